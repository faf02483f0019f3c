"""How the shape of piped rows is found out, and how lines are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.numbers import is_code, typed
from azos_shell.records.shape import Kind, Shape, guess_separator, guess_shape
from azos_shell.records.splitting import OPEN_QUOTE_LIMIT, RecordReader, ends_open, split_quoted, splitter


@pytest.mark.parametrize(
    ("sample", "shape"),
    [
        ('{"a": 1}\n{"a": 2}\n', Shape(Kind.JSON_LINES)),
        ('\n  {"a": 1}\n', Shape(Kind.JSON_LINES)),
        ('{\n  "a": 1\n}\n', Shape(Kind.JSON_DOCUMENT)),
        ('[{"a": 1}]', Shape(Kind.JSON_DOCUMENT)),
        (" [\n {", Shape(Kind.JSON_DOCUMENT)),
        ("[]", Shape(Kind.JSON_DOCUMENT)),
        ("[2024-01-01 10:00] started\n[2024-01-01 10:01] stopped\n", Shape(Kind.TEXT, " ")),
        ("{curly} braces\n{more} braces\n", Shape(Kind.TEXT, " ")),
        ("a,b\nc,d\n", Shape(Kind.TEXT, ",")),
        ("", Shape(Kind.TEXT, None)),
        ("one\ntwo\n", Shape(Kind.TEXT, None)),
    ],
)
def test_the_shape_is_told_from_the_beginning(sample, shape):
    assert guess_shape(sample, whole=True) == shape


def test_the_last_line_of_a_sample_may_be_cut_short():
    assert guess_shape("a\tb c\nd\te f\ng", whole=False).separator == "\t"


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        (["a,b", "c,d"], ","),
        (["a\tb,c", "d\te"], "\t"),
        (["a b,c", "d  e"], " "),
        (["a, b", "c, d"], ","),  # comma before blanks
        (["a,b,c", "d,e"], ","),  # in every line, if nowhere the same
        (['"x, y",1', "z,2"], ","),
        (["total 48", "-rw-r--r-- 1 root root", "drwxr-xr-x 2 root root"], " "),
        (["a,b", "c,d", "e"], ","),  # in most lines
        (["one", "two", "three,four"], None),
    ],
)
def test_the_separator_follows_the_rule(lines, separator):
    assert guess_separator(lines) == separator


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("a,b", ["a", "b"]),
        ("a,,b,", ["a", "", "b", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say ""hi""",""', ['say "hi"', ""]),
        ('"a"b,c', ["ab", "c"]),
        ('5" pipe,b', ['5" pipe', "b"]),
        ('"two\nlines",b', ["two\nlines", "b"]),
        ('"never closed,b', ['"never closed', "b"]),
        ("", [""]),
    ],
)
def test_fields_may_be_quoted(record, fields):
    assert split_quoted(record, ",") == fields


@given(st.lists(st.text(alphabet='ab",\n ', max_size=8), min_size=1, max_size=6))
def test_what_a_csv_writer_writes_is_cut_as_it_was(fields):
    record = ",".join('"' + field.replace('"', '""') + '"' for field in fields)
    assert split_quoted(record, ",") == fields
    assert not ends_open(record, ",")
    assert RecordReader(",").records(record.split("\n"), last=True) == [record]


@given(st.text(alphabet='ab",\n'), st.integers(1, 5))
def test_every_character_comes_through_however_the_input_is_cut(text, size):
    reader = RecordReader(",")
    lines = text.split("\n")
    records = []
    for start in range(0, len(lines), size):
        records += reader.records(lines[start : start + size])
    records += reader.records([], last=True)
    assert "\n".join(records) == text
    for record in records:
        assert ",".join(splitter(",")(record)).count("a") == record.count("a")


def test_a_quote_that_is_never_closed_swallows_nothing():
    lines = ['"open,1', *(f"line {number},2" for number in range(OPEN_QUOTE_LIMIT // 5))]
    reader = RecordReader(",")
    assert reader.records(lines) == lines
    assert reader.records([], last=True) == []
    assert repr(reader) == "<RecordReader ',', 0 lines open>"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-12", -12),
        ("0", 0),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e-05", 1e-05),
        ("2.5E+10", 2.5e10),
        ("9223372036854775807", "9223372036854775807"),
        ("1700000000000000000", 1_700_000_000_000_000_000),
        ("007", "007"),
        ("+49", "+49"),
        ("1e5", "1e5"),
        ("1.", "1."),
        ("1.0e400", "1.0e400"),
        ("12345678901234567890", "12345678901234567890"),
        ("2024-01-01", "2024-01-01"),
        ("0x10", "0x10"),
        ("nan", "nan"),
        ("", ""),
        ("١", "١"),
    ],
)
def test_what_would_not_come_back_as_written_is_no_number(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_text_is_no_code():
    assert not is_code("abc")
    assert not is_code("01-02-2024")
    assert not is_code("09:30")
    assert is_code(" 007 ")
