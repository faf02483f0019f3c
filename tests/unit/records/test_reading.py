"""Bytes of any format read as records."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from azos_shell.core.errors import AzosError
from azos_shell.records.reading import Reading, RecordsReader, read_records


def batches(data: bytes, *, size: int = 0, **reading: Any) -> list[Any]:
    reader = RecordsReader(Reading(**reading), "in")
    pieces = [data[start : start + size] for start in range(0, len(data), size)] if size else [data]
    found = [batch for piece in pieces for batch in reader.feed(piece)]
    return [*found, *reader.finish()]


def read(data: bytes, **reading: Any) -> list[dict[str, Any]]:
    return [
        dict(zip(batch.columns, row, strict=True)) for batch in batches(data, **reading) for row in batch.rows
    ]


ANN_AND_BOB = [{"name": "ann", "age": 3}, {"name": "bob", "age": None}]


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize(
    "data",
    [
        b"name,age\nann,3\nbob,\n",
        b"name;age\r\nann;3\r\nbob;",
        b"\xef\xbb\xbfname,age\nann,3\n\nbob,\n",
        b"name\tage\nann\t3\nbob\t\n",
        b"name\tage\nann\t3\nbob\t\\N\n",
        b'"name","age"\n"ann",3\n"bob",\n',
        b'{"name":"ann","age":3}\n\n{"name":"bob","age":null}',
        b'[{"name":"ann","age":3},{"name":"bob","age":null}]',
        b'[\n  {\n"name": "ann", "age": 3}, {"name": "bob",\n "age": null\n}\n]\n',
        b'{"name":"ann",\n"age":3}\n{"name":"bob","age":null}\n',
        gzip.compress(b"name,age\nann,3\n") + gzip.compress(b"bob,\n"),
    ],
)
def test_the_format_is_told_by_content_however_it_comes(data: bytes, size: int) -> None:
    assert read(data, size=size) == ANN_AND_BOB


def test_lines_without_a_separator_are_records_of_one_column() -> None:
    assert read(b"one\ntwo\r\n") == [{"line": "one"}, {"line": "two"}]
    assert read(b"7c1 Mend it, please\na40 Again\n9ff Done\n")[0] == {"line": "7c1 Mend it, please"}


def test_nothing_gives_nothing_and_a_header_gives_its_columns() -> None:
    assert batches(b"") == []
    [batch] = batches(b"a,b\n")
    assert (batch.columns, batch.rows) == (("a", "b"), [])


def test_a_quoted_field_is_text_and_an_unquoted_one_what_it_looks_like() -> None:
    [row] = read(b'a,b,c,d,e,f,g,h\n1,"1",true,"true",,"",1.5,1e5\n')
    assert list(row.values()) == [1, "1", True, "true", None, "", 1.5, "1e5"]


def test_numbers_that_would_not_come_back_stay_text() -> None:
    fields = ["007", "+49", "1e5", "1" * 30, "-0x1", "2024-01-01", "1.", "nan"]
    [row] = read(f"{','.join('abcdefgh')}\n{','.join(fields)}\n".encode())
    assert list(row.values()) == fields


def test_quotes_go_over_lines_and_keep_their_line_ends() -> None:
    assert read(b'a,b\r\n"x\r\ny",1\r\n"say ""hi""",2\r\n') == [
        {"a": "x\r\ny", "b": 1},
        {"a": 'say "hi"', "b": 2},
    ]


def test_a_whole_document_may_stand_in_a_quoted_field() -> None:
    text = "a line, and\n" * 20_000
    assert read(b'a,b\n"%b",1\n' % text.encode(), size=65_536) == [{"a": text, "b": 1}]


def test_names_of_a_header_are_made_distinct() -> None:
    [batch] = batches(b"id,id,,id_2,\n")
    assert batch.columns == ("id", "id_3", "c3", "id_2", "c5")


def test_without_a_header_columns_are_numbered() -> None:
    assert read(b"ann,3\n", header=False) == [{"c1": "ann", "c2": 3}]


def test_bytes_that_are_no_utf8_pass_as_surrogates_and_nul_as_it_is() -> None:
    assert read(b"a,b\nRen\xe9,x\0y\n") == [{"a": "Ren\udce9", "b": "x\0y"}]
    assert read(b'{"a":"Ren\xe9"}\n{"a":"Ren\\udce9"}\n') == [{"a": "Ren\udce9"}] * 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,2\n3\n4,5\n", "in, line 3: 1 field where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n4,5\n", "in, line 3: 3 fields where the header has 2"),
        (b'a,b\n"x\ny",2\n3,"4\n5,6\n', "in, line 4: a quote is opened and never closed"),
        (b'{"a":1}\n{"a":}\n{"a":2}\n', "in, line 2: not JSON"),
        (b'{"a":1}\n[1]\n', "in, line 2: an array, not an object"),
        (b'[{"a":1},\n{"a":oops},\n {"a":2}]\n', "in, line 2, after 1 objects: not JSON (Expecting value)"),
        (b'[{"a":1},\n{"a":2}', "in, after 2 objects: the array does not end"),
        (b"\xff\xfea\0,\0", "in: is UTF-16"),
        (b"\x7fELF\0\0\1\n\0", "in: is binary data, not text"),
        (gzip.compress(b"a,b\n1,2\n")[:-9], "in: the gzip data is cut short"),
        (b"\x1f\x8bnonsense", "in: the gzip data is damaged"),
    ],
)
def test_malformed_input_names_the_line(data: bytes, message: str) -> None:
    with pytest.raises(AzosError) as raised:
        read(data)
    assert raised.value.message.startswith(message)


@pytest.mark.parametrize(
    "data",
    [
        b"a\n1\n2,3\n4\n",
        b'a,b\n1,0\n2\n4,0\n"',
        b'{"a":1}\n{"a":}\n{"a":4}\n',
        b'[{"a":1},\n{"a":oops},\n {"a":4}]\n',
    ],
)
def test_malformed_input_is_left_out_and_counted_where_that_is_asked_for(data: bytes) -> None:
    said: list[str] = []
    found = read(data, on_error="skip", tell=said.append, format="csv" if data[:2] == b"a\n" else None)
    assert [row["a"] for row in found] == [1, 4]
    assert len(said) == 1
    assert "left out as malformed; the first: line " in said[0]


def test_a_later_batch_has_further_columns_at_its_end() -> None:
    first, second = batches(b'{"a":1}\n{"b":2,"a":3}\n', size=8)
    assert (first.columns, second.columns, second.rows) == (("a",), ("a", "b"), [(3, 2)])


@pytest.mark.parametrize(
    ("first", "row"), [(b"a,b\n1,2\n", (1, 2)), (b'{"a":1}\n', (1,)), (b"one\n", ("one",))]
)
async def test_the_first_row_is_there_before_the_second_is_read(first: bytes, row: tuple[Any, ...]) -> None:
    read_so_far: list[bytes] = []
    closed = False

    async def chunks() -> Any:
        nonlocal closed
        try:
            for _ in range(10):
                read_so_far.append(first)
                yield first
        finally:
            closed = True

    records = read_records(chunks())
    assert (await anext(records)).rows == [row]
    assert len(read_so_far) == 1
    await records.aclose()
    assert closed
