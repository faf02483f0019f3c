"""JSON Lines, JSON, CSV and TSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.errors import AzosError
from azos_shell.core.names import distinct_names
from azos_shell.core.values import Records
from azos_shell.rendering import FORMATS, formatter


def rendered(name: str, *batches: Records) -> bytes:
    one = formatter(name)
    return b"".join([*map(one.feed, batches), one.flush(), one.finish(0.012)])


def rows(*values: Any) -> Records:
    return Records(("v",), [(value,) for value in values])


PEOPLE = Records(("name", "age"), [("Ann", 31), ("Bob", None)])


def test_json_lines_are_one_object_a_line() -> None:
    assert rendered("jsonl", PEOPLE, PEOPLE) == b'{"name":"Ann","age":31}\n{"name":"Bob","age":null}\n' * 2


def test_json_is_one_array_over_all_batches() -> None:
    output = rendered("json", PEOPLE, Records(PEOPLE.columns, []), PEOPLE)
    assert json.loads(output) == [{"name": "Ann", "age": 31}, {"name": "Bob", "age": None}] * 2
    assert output.startswith(b'[\n{"name"')
    assert output.endswith(b"}\n]\n")


def test_json_of_no_rows_is_an_empty_array() -> None:
    assert rendered("json", Records(("a",), [])) == b"[]\n"
    assert rendered("json") == b"[]\n"
    assert rendered("jsonl", Records(("a",), [])) == b""


def test_csv_quotes_what_must_be_and_ends_lines_as_unix_does() -> None:
    batch = Records(("a", "b,c"), [('say "hi"', "x\ny"), ("cr\rhere", None), (" plain ", 1.5)])
    assert rendered("csv", batch) == b'a,"b,c"\n"say ""hi""","x\ny"\n"cr\rhere",\n plain ,1.5\n'


def test_the_header_is_written_once_and_even_without_rows() -> None:
    assert rendered("csv", Records(("a", "b"), []), Records(("a", "b"), [(1, 2)])) == b"a,b\n1,2\n"
    assert rendered("tsv", Records(("a", "b"), []), Records(("a", "b"), [(1, 2)])) == b"a\tb\n1\t2\n"


def test_tsv_escapes_what_would_break_lines_and_columns() -> None:
    batch = Records(("a", "b"), [("x\ty", "1\n2"), ("back\\slash", "\r"), (None, "")])
    assert rendered("tsv", batch) == b'a\tb\nx\\ty\t1\\n2\nback\\\\slash\t\\r\n\t""\n'


@pytest.mark.parametrize(
    ("value", "as_json", "as_csv"),
    [
        (True, b"true", b"true"),
        (2**70, b"1180591620717411303424", b"1180591620717411303424"),
        (-(2**63), b"-9223372036854775808", b"-9223372036854775808"),
        (float("nan"), b"null", b"nan"),
        (float("-inf"), b"null", b"-inf"),
        (1.0, b"1.0", b"1.0"),
        (b"text \xc3\xa9", '"text é"'.encode(), "text é".encode()),
        (b"\xff\x00", b'"/wA="', b"\xff\x00"),
        ([1, None, b"x"], b'[1,null,"x"]', b'"[1,null,""x""]"'),
        ({"k": [1.5]}, b'{"k":[1.5]}', b'"{""k"":[1.5]}"'),
        ("\x1b\u202e", b'"\\u001b\xe2\x80\xae"', b"\x1b\xe2\x80\xae"),
    ],
)
def test_values_keep_their_types(value: Any, as_json: bytes, as_csv: bytes) -> None:
    assert rendered("jsonl", rows(value)) == b'{"v":' + as_json + b"}\n"
    assert rendered("csv", rows(value)) == b"v\n" + as_csv + b"\n"


def test_bytes_that_were_no_utf8_come_back_the_same_from_every_format() -> None:
    name = b"Ren\xe9".decode("utf-8", "surrogateescape")
    line = rendered("jsonl", rows(name))
    assert json.loads(line) == {"v": name}
    assert line.decode("utf-8") == '{"v":"Ren\\udce9"}\n'
    assert rendered("csv", rows(name)) == b"v\nRen\xe9\n"
    assert rendered("tsv", rows(name)) == b"v\nRen\xe9\n"
    assert json.loads(rendered("jsonl", rows("\ud800", float("inf")))[:-11]) == {"v": "\ud800"}


def test_columns_of_one_name_are_told_apart_in_objects() -> None:
    batch = Records(("id", "id", "id_2", "id"), [(1, 2, 3, 4)])
    assert json.loads(rendered("jsonl", batch)) == {"id": 1, "id_3": 2, "id_2": 3, "id_4": 4}
    assert rendered("csv", batch).startswith(b"id,id,id_2,id\n")


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b", ""]), max_size=8).map(tuple))
def test_distinct_names_are_distinct_and_keep_the_first_of_a_name(columns: tuple[str, ...]) -> None:
    distinct = distinct_names(columns)
    assert len(set(distinct)) == len(columns)
    assert all(distinct[columns.index(name)] == name for name in columns)


TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[st.text(max_size=6)] * width), min_size=1, max_size=5)
)


@given(TABLES)
def test_csv_reads_back_as_it_was(table: list[tuple[str, ...]]) -> None:
    columns = tuple(f"c{i}" for i in range(len(table[0])))
    output = rendered("csv", Records(columns, table)).decode()
    assert [tuple(row) for row in csv.reader(io.StringIO(output, newline=""))] == [columns, *table]


def test_null_and_the_empty_text_are_told_apart_in_csv_and_tsv() -> None:
    batch = Records(("a", "b", "c"), [(None, "", '""'), (None, b"", None)])
    assert rendered("csv", batch) == b'a,b,c\n,"",""""""\n,"",\n'
    assert rendered("tsv", batch) == b'a\tb\tc\n\t""\t\\""\n\t""\t\n'


def test_text_that_would_be_read_as_something_else_is_quoted_in_csv() -> None:
    texts = ("12", "-1.5", "true", "007", "1e5", "x", "9223372036854775807")
    assert rendered("csv", Records(tuple("abcdefg"), [texts])).split(b"\n")[1] == (
        b'"12","-1.5","true",007,1e5,x,"9223372036854775807"'
    )
    assert rendered("csv", Records(("a;b", "", "{c"), [])) == b'"a;b","","{c"\n'


@pytest.mark.parametrize("name", ["csv", "tsv", "markdown"])
def test_columns_that_come_after_the_header_are_an_error_not_lost(name: str) -> None:
    one = formatter(name)
    one.feed(Records(("a",), [(1,)]))
    with pytest.raises(AzosError, match=r"row 2 and what follows have columns .* has not: b "):
        one.feed(Records(("a", "b"), [(1, 2)]))


def test_markdown_aligns_numbers_and_escapes_what_is_its_own() -> None:
    batch = Records(("name", "n"), [("a|b *c*", 10), ("snake_case _x_\n<i>", None), ("", 2.5)])
    assert rendered("markdown", batch).decode() == (
        "| name                     |   n |\n"
        "| ------------------------ | --: |\n"
        "| a\\|b \\*c\\*               |  10 |\n"
        "| snake_case \\_x\\_<br>\\<i> |     |\n"
        '| ""                       | 2.5 |\n'
    )


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8) | st.binary(max_size=8)
)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=6))
def test_json_lines_are_always_valid_json_in_valid_utf8(table: list[tuple[Any, Any]]) -> None:
    lines = rendered("jsonl", Records(("a", "b"), table)).decode("utf-8").split("\n")
    assert len([json.loads(line) for line in lines if line]) == len(table)


def test_there_is_no_other_format() -> None:
    assert all(formatter(name) is not None for name in FORMATS)
    with pytest.raises(ValueError, match="no such format: 'xml'"):
        formatter("xml")


def test_a_formatter_tells_how_far_it_is() -> None:
    one = formatter("jsonl")
    one.feed(PEOPLE)
    assert repr(one) == "<JsonLinesFormatter 2 rows>"
