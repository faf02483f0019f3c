"""The items of map: lines and records, as they come, however the pieces fall."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.map_items import Entry, entries_of_input, entries_of_lines, entries_of_words
from azos_shell.core.drive import run
from azos_shell.core.errors import UsageError
from azos_shell.core.values import Chunk, Records


async def chunks(*pieces: Chunk) -> AsyncGenerator[Chunk, None]:
    for piece in pieces:
        yield piece


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def all_of(entries: AsyncGenerator[list[Entry], None]) -> list[Entry]:
    return [entry async for some in entries for entry in some]


async def texts(entries: AsyncGenerator[list[Entry], None]) -> list[str]:
    return [entry.text for entry in await all_of(entries)]


async def of_input(*pieces: Chunk, fields: str = "", end: bytes = b"\n") -> list[Entry]:
    return await all_of(entries_of_input(chunks(*pieces), frozenset(fields.split()), end))


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        ([], []),
        ([b"a\nb\n"], ["a", "b"]),
        ([b"a\nb"], ["a", "b"]),
        ([b"a", b"b\nc", b"\n"], ["ab", "c"]),
        ([b"\n\n"], ["", ""]),
        ([b" a \r\n"], [" a \r"]),
        ([b"\xff\n"], ["\udcff"]),
    ],
)
async def test_each_line_is_an_item(pieces: list[bytes], wanted: list[str]) -> None:
    assert await texts(entries_of_lines(pieces_of(*pieces))) == wanted


async def test_items_may_end_in_nul_bytes() -> None:
    assert await texts(entries_of_lines(pieces_of(b"a\nb\0c\0"), b"\0")) == ["a\nb", "c"]


async def test_items_are_numbered_over_all_batches() -> None:
    entries = await all_of(entries_of_lines(pieces_of(b"x\n" * 1000, b"y\n" * 3)))
    assert [entry.number for entry in entries] == list(range(1, 1004))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_lines_do_not_depend_on_how_the_pieces_fall(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(places)]

    async def work() -> list[str]:
        return await texts(entries_of_lines(pieces_of(*[piece for piece in pieces if piece])))

    wanted = data.split(b"\n")
    if wanted[-1] == b"":
        wanted.pop()
    assert run(work()) == [line.decode("utf-8", "surrogateescape") for line in wanted]


async def test_records_are_items_with_fields() -> None:
    entries = await of_input(Records(("a", "b"), [(1, "x"), (None, "y")]))
    assert [entry.fields for entry in entries] == [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]
    assert [entry.text for entry in entries] == ['{"a":1,"b":"x"}', '{"a":null,"b":"y"}']
    assert [entry.place("a") for entry in entries] == ["1", ""]


async def test_the_text_of_a_record_of_one_field_is_its_value() -> None:
    assert [entry.text for entry in await of_input(Records(("name",), [("ann",), (7,)]))] == ["ann", "7"]


async def test_json_is_records_where_a_field_is_named() -> None:
    data = b'{"name":"ann"}\n{"name":"bob"}\n'
    assert [entry.place("name") for entry in await of_input(data, fields="name")] == ["ann", "bob"]
    assert [entry.text for entry in await of_input(data)] == ['{"name":"ann"}', '{"name":"bob"}']


async def test_csv_is_records_where_its_first_line_has_all_the_fields() -> None:
    data = b"name,age\nann,3\n"
    assert [entry.place("age") for entry in await of_input(data, fields="name age")] == ["3"]
    assert [entry.text for entry in await of_input(data, fields="print")] == ["name,age", "ann,3"]


async def test_the_beginning_may_come_in_pieces() -> None:
    assert [entry.place("b") for entry in await of_input(b"a,", b"b\n", b"1,2\n", fields="b")] == ["2"]


async def test_records_without_a_field_that_is_named_are_an_error() -> None:
    with pytest.raises(UsageError, match=r"no field \{nmae\}: the records have name, age"):
        await of_input(Records(("name", "age"), [("ann", 3)]), fields="nmae")


async def test_words_are_items() -> None:
    assert entries_of_words(["a b", ""]) == [Entry(1, "a b"), Entry(2, "")]
