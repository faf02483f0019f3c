"""Rows piped in, as a table."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from functools import partial

import pytest

from azos_shell.commands.sql_input import LINE_LIMIT_BYTES, InputTable
from azos_shell.commands.sql_layout import Layout
from azos_shell.commands.sql_table import COLUMN_LIMIT
from azos_shell.core.errors import AzosError


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        yield connection


def load(connection, data, *, pieces=None, **options):
    table = InputTable(connection, Layout(**options))
    for piece in pieces or [data]:
        table.feed(piece)
    table.finish()
    return table


def rows(connection, query="SELECT * FROM stdin"):
    return connection.execute(query).fetchall()


def test_text_has_numbered_columns_and_the_line_last(connection):
    table = load(connection, b"ann,3\nbob,4\n")
    assert table.columns == ["c1", "c2", "line"]
    assert rows(connection) == [("ann", 3, "ann,3"), ("bob", 4, "bob,4")]


def test_numbers_compare_and_sort_as_numbers_however_they_are_written(connection):
    load(connection, b"a 9\nb 10\nc 2.5\nd -1\n")
    assert rows(connection, "SELECT sum(c2) FROM stdin") == [(20.5,)]
    assert rows(connection, "SELECT c1 FROM stdin ORDER BY c2 DESC") == [("b",), ("a",), ("c",), ("d",)]
    assert rows(connection, "SELECT c1 FROM stdin WHERE c2 > 9") == [("b",)]
    assert rows(connection, "SELECT c1 FROM stdin WHERE c2 = '10'") == [("b",)]


def test_numbers_are_the_nearest_doubles(connection):
    source = random.Random(1)
    numbers = [source.uniform(-180, 180) for _ in range(2_000)] + [-87.59553528, 1e-30, 0.1, 1.5e99]
    load(connection, "".join(f"{number!r},x\n" for number in numbers).encode())
    assert [number for (number,) in rows(connection, "SELECT c1 FROM stdin")] == numbers


def test_a_first_row_of_names_does_not_spoil_the_numbers_below_it(connection):
    load(connection, b"user cpu\nann 9\nbob 10\n")
    assert rows(connection, "SELECT c1 FROM stdin WHERE typeof(c2) = 'integer' AND c2 > 9") == [("bob",)]


def test_codes_keep_their_zeros_and_compare_as_text_and_number(connection):
    load(connection, b"berlin,10115\nboston,02134\n")
    assert rows(connection, "SELECT c2 FROM stdin") == [("10115",), ("02134",)]
    assert rows(connection, "SELECT c1 FROM stdin WHERE c2 = '02134'") == [("boston",)]
    assert rows(connection, "SELECT c1 FROM stdin WHERE c2 = 10115") == [("berlin",)]


def test_a_code_far_down_makes_the_numbers_above_it_text_as_they_were_written(connection):
    data = b"".join(b"%d,1.50,x\n" % number for number in range(50_000)) + b"007,2.50,y\n"
    load(connection, data, pieces=[data[start : start + 65_536] for start in range(0, len(data), 65_536)])
    assert rows(connection, "SELECT count(*), min(typeof(c1)), max(typeof(c1)), sum(c2) FROM stdin") == [
        (50_001, "text", "text", 75_002.5)
    ]
    assert rows(connection, "SELECT c1 FROM stdin WHERE line LIKE '007%' OR c1 = '49999'") == [
        ("49999",),
        ("007",),
    ]


def test_ragged_rows_are_filled_with_null(connection):
    load(connection, b"a,b\nc\nd,e,f\n,,\n", separator=",")
    assert rows(connection) == [
        ("a", "b", None, "a,b"),
        ("c", None, None, "c"),
        ("d", "e", "f", "d,e,f"),
        (None, None, None, ",,"),
    ]


def test_a_row_wider_than_all_before_adds_columns(connection):
    wide = b" ".join(b"%d" % number for number in range(50))
    data = b"a b\n" * 40_000 + wide + b"\n"
    load(connection, data, pieces=[data[start : start + 10_000] for start in range(0, len(data), 10_000)])
    assert rows(connection, "SELECT c50, c1 FROM stdin WHERE c50 IS NOT NULL") == [(49, 0)]


def test_names_come_from_the_first_row_if_asked(connection):
    table = load(connection, b'Name,,name,line,"two words"\nann,1,2,3,4,5\n', header=True)
    assert table.columns == ["Name", "c2", "name_2", "line", "two words", "c6", "line_2"]
    assert rows(connection, 'SELECT "two words", name_2 FROM stdin') == [(4, 2)]


def test_quoted_fields_span_lines(connection):
    load(connection, b'a,"one\ntwo",3\r\nb,"say ""hi""",4\r\n')
    assert rows(connection, "SELECT c2, c3, line FROM stdin") == [
        ("one\ntwo", 3, 'a,"one\ntwo",3'),
        ('say "hi"', 4, 'b,"say ""hi""",4'),
    ]


def test_a_separator_can_be_said(connection):
    load(connection, b"root:x:0\nann:x:1000\n", separator=":")
    assert rows(connection, "SELECT c1, c3 FROM stdin") == [("root", 0), ("ann", 1000)]


def test_bytes_that_are_no_utf8_come_back(connection):
    load(connection, b"caf\xe9,1\n\xff\xfe,2\nok,3\n")
    assert rows(connection) == [
        ("caf\udce9", 1, "caf\udce9,1"),
        ("\udcff\udcfe", 2, "\udcff\udcfe,2"),
        ("ok", 3, "ok,3"),
    ]
    assert rows(connection, "SELECT typeof(c1), typeof(c2), hex(c1) FROM stdin LIMIT 1") == [
        ("text", "integer", "636166E9")
    ]


def test_json_lines_keep_names_and_types(connection):
    data = b'{"a": 1, "b": "2"}\n\n{"b": null, "c": [1, {"d": "\xc3\xa9"}], "A": true}\n{"a": 123456789012345678901}\n'
    table = load(connection, data)
    assert table.columns == ["a", "b", "c", "A_2"]
    assert rows(connection) == [
        (1, "2", None, None),
        (None, None, '[1,{"d":"é"}]', 1),
        ("123456789012345678901", None, None, None),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": 1}, {"a": 2}]',
        b'[\n  {\n    "a": 1\n  },\n  {"a": 2}\n]\n',
        b'{\n"a": 1\n}\n{\n"a": 2\n}\n',
        b'\xef\xbb\xbf{"a": 1}\n{"a": 2}',
    ],
)
def test_json_documents_are_taken_apart(connection, data):
    load(connection, data)
    assert rows(connection, "SELECT a FROM stdin") == [(1,), (2,)]


def test_a_large_array_is_loaded_piece_by_piece(connection):
    data = json.dumps(
        [{"n": number, "text": "é" * 10} for number in range(20_000)], ensure_ascii=False
    ).encode()
    load(connection, data, pieces=[data[start : start + 4_097] for start in range(0, len(data), 4_097)])
    assert rows(connection, "SELECT count(*), sum(n), min(text) FROM stdin") == [
        (20_000, 199_990_000, "é" * 10)
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1}\n{"a": \n', "line 2: not JSON"),
        (b'{"a": 1}\n[1]\n', "line 2: an array, not an object"),
        (b'[{"a": 1}, 5]', "value 2: a number, not an object"),
        (b'[{"a": 1}', "after 1 objects: the array does not end"),
        (b'[{"a": 1}, {"b"', "after 1 objects: not JSON"),
        (b"{" + b'"a":[' * 100_000, "not JSON"),
    ],
)
def test_damaged_json_is_told_with_its_place(connection, data, message):
    with pytest.raises(AzosError, match="standard input") as caught:
        load(connection, data)
    assert message in caught.value.message


def test_too_many_columns_are_told(connection):
    with pytest.raises(AzosError, match=f"more than {COLUMN_LIMIT} columns"):
        load(connection, b"a," * 3_000 + b"\n" + b"b," * 3_000)


def test_an_endless_line_is_told_before_it_fills_the_memory(connection):
    table = InputTable(connection)
    piece = b"x" * (LINE_LIMIT_BYTES // 8)
    with pytest.raises(AzosError, match="longer than 64 MiB"):
        for _ in range(9):
            table.feed(piece)


def test_nothing_at_all_has_the_columns_one_asks_for(connection):
    table = load(connection, b"")
    assert table.is_empty
    assert rows(connection) == []
    assert table.add_column("c1")
    assert not table.add_column("C1")
    assert rows(connection, "SELECT c1, count(*) FROM stdin GROUP BY 1") == []
    assert rows(connection, "SELECT count(*) FROM stdin") == [(0,)]
    assert not load(connection_with(connection), b"a\n").add_column("c9")


def connection_with(connection):
    connection.execute("DROP VIEW temp.stdin")
    connection.execute('DROP TABLE temp."azos rows of stdin"')
    return connection


@pytest.mark.parametrize("data", [b"[]", b"\n\n", b"{}\n"])
def test_input_without_rows_is_an_empty_table(connection, data):
    load(connection, data)
    assert rows(connection) == []


def test_however_the_input_is_cut_the_table_is_the_same(connection):
    data = 'é1,"a,b",3\nx,"c\nd",007\r\n,,\nlast,"",9'.encode() * 3 + b"\xff,\n"
    load(connection, data)
    whole = rows(connection)
    chance = random.Random(3)
    for _ in range(30):
        connection_with(connection)
        pieces, rest = [], data
        while rest:
            size = chance.randrange(1, 9)
            pieces.append(rest[:size])
            rest = rest[size:]
        load(connection, data, pieces=pieces, separator=",")
        assert rows(connection) == whole


def test_random_bytes_load_or_are_refused_in_words(connection):
    chance = random.Random(11)
    for seed in range(150):
        begin = chance.choice((b"", b"[", b"{", b'[{"', b'{"a":', b'"', b"a,b\n"))
        data = begin + bytes(chance.choice(b' ,\t\n"[]{}:01ae\xff\x00') for _ in range(chance.randrange(200)))
        try:
            load(connection, data, header=bool(seed % 2))
            rows(connection)
        except AzosError as error:
            assert error.message.startswith("standard input")
        for statement in ("DROP VIEW IF EXISTS temp.stdin", 'DROP TABLE IF EXISTS temp."azos rows"'):
            connection.execute(statement)
