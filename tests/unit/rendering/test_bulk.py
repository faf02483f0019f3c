"""A batch written at once is what it would be value by value, or is left to be written so."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.values import Records
from azos_shell.rendering import bulk, formats

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(),
    st.text(alphabet='\\"\t\n\r,[]null\x1b', max_size=8),
    st.binary(max_size=4),
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[VALUES] * width), min_size=1, max_size=12)
)


def one_by_one(monkeypatch, write, *arguments):
    """What is written where no batch is large enough to be written at once."""
    with monkeypatch.context() as patched:
        patched.setattr(formats, "_BULK_ROWS", math.inf)
        return write(*arguments)


@given(table=TABLES)
def test_tsv_at_once_is_tsv_value_by_value(table):
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = one_by_one(monkeypatch, formats._tsv_lines, table)
    assert bulk.tsv_lines(table) in (None, expected)


@given(table=TABLES)
def test_json_lines_at_once_are_those_object_by_object(table):
    batch = Records(tuple("abcd"[: len(table[0])]), table)
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = one_by_one(monkeypatch, formats._json_lines, batch)
    assert bulk.json_lines(batch.columns, table) in (None, expected)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -1,
        2**80,
        0.1,
        1e15,
        1e-4,
        -0.0,
        "",
        "null",
        "a,b[c]",
        'say "x"',
        "back\\slash\\",
        "\\n",
        "a\tb\nc\r",
        "\x7f",
        "é☃",
    ],
)
def test_what_tables_are_made_of_is_written_at_once(value):
    rows = [(value,), (value, 1, value), (1, value)]
    for row in rows:
        written = bulk.tsv_lines([row] * 20)
        assert written == formats.encode_text("".join([formats._tsv_line(row)] * 20))
        names = tuple("abc"[: len(row)])
        lines = bulk.json_lines(names, [row] * 20)
        assert lines is not None
        assert [json.loads(line) for line in lines.splitlines()] == [dict(zip(names, row, strict=True))] * 20


@pytest.mark.parametrize(
    "value", [b"x", "\udcff", "\x1b[m", "\b", math.inf, 1e16, -1e300, 1e-7, 5e-324, math.nan, [1], {"a": 1}]
)
def test_what_has_no_such_text_is_left_to_others(value):
    assert bulk.tsv_lines([(1, value)]) is None
    assert bulk.tsv_lines([(None, 1.5, value)]) is None


@pytest.mark.parametrize("value", [b"x", "\udcff", [1], {"a": 1}])
def test_what_is_not_of_json_as_it_stands_is_left_to_others(value):
    assert bulk.json_lines(("a", "b"), [(1, value)]) is None


COMMON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(1e-4, 1e15),
    st.floats(-1e15, -1e-4),
    st.text(alphabet='ab,[]nul"\\\t\n\ré', max_size=6).filter(lambda text: text != '""'),
)
COLUMNS_OF = st.sampled_from(
    [COMMON, st.none() | st.text("ab", max_size=2), st.integers() | st.floats(1e-4, 1e15)]
)


@given(data=st.data(), rows=st.integers(1, 12))
def test_common_values_are_written_at_once_whatever_stands_beside_them(data, rows):
    columns = data.draw(st.lists(COLUMNS_OF, min_size=1, max_size=4))
    table = data.draw(st.lists(st.tuples(*columns), min_size=rows, max_size=rows))
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = one_by_one(monkeypatch, formats._tsv_lines, table)
    assert bulk.tsv_lines(table) == expected


def test_whole_numbers_beyond_any_float_stand_beside_floats():
    assert bulk.tsv_lines([(1.5,), (10**400,)]) == f"1.5\n{10**400}\n".encode()


def test_an_infinity_is_found_among_nulls():
    assert bulk.tsv_lines([(None, 1.5), (None, math.inf)]) is None
    assert bulk.tsv_lines([(None, 1.5), (None, 2.5)]) == b"\t1.5\n\t2.5\n"


@pytest.mark.parametrize("name", ['json_extract(x, "$.a")', "a\\b", "a\nb", "", "é", "f1"])
def test_columns_may_have_any_name(name):
    assert bulk.json_lines((name, "f0"), [(1, 2)] * 2) == b"".join(
        [formats.encode_json({name: 1, "f0": 2}) + b"\n"] * 2
    )


def test_rows_without_columns_are_left_to_others():
    assert bulk.tsv_lines([()]) is None
    assert bulk.tsv_lines([]) is None
    assert bulk.json_lines((), [(), ()]) == b"{}\n{}\n"
