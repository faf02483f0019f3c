"""The table: widths, streaming, shortening, and nothing foreign on the terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from azos_shell.core.values import Records
from azos_shell.rendering import formatter
from azos_shell.rendering.layout import cell_width, fit, fit_widths
from azos_shell.rendering.table import SAMPLE_ROWS, TableFormatter

CODES = re.compile("\x1b\\[[0-9;]*m")


def table(columns: tuple[str, ...], *rows: tuple[Any, ...], width: int = 80, colour: bool = False) -> str:
    one = formatter("table", width=width, colour=colour)
    return (one.feed(Records(columns, list(rows))) + one.finish(0.012)).decode("utf-8", "surrogateescape")


def test_a_small_table_fits_its_content() -> None:
    assert table(("name", "age"), ("Ann", 31), ("Robert", None), ("Cy", 7)) == (
        "name     age\n──────  ────\nAnn       31\nRobert  NULL\nCy         7\n3 rows · 12 ms\n"
    )


def test_the_footer_counts_and_may_have_no_time() -> None:
    one = formatter("table")
    assert one.feed(Records(("a",), [(1,)])) == b""
    assert one.finish(None).decode().endswith("1\n1 row\n")


def test_a_result_without_rows_still_shows_its_columns() -> None:
    assert table(("a", "bc")) == "a  bc\n─  ──\n0 rows · 12 ms\n"


def test_without_any_batch_there_is_only_the_footer() -> None:
    assert formatter("table").finish(None) == b"0 rows\n"


def test_rows_are_held_back_until_the_widths_are_known() -> None:
    one = TableFormatter()
    assert one.feed(Records(("n",), [(i,) for i in range(SAMPLE_ROWS - 1)])) == b""
    assert "learning widths" in repr(one)
    assert one.feed(Records(("n",), [(0,)])).count(b"\n") == SAMPLE_ROWS + 2
    assert one.feed(Records(("n",), [(1,)])) == b"  1\n"
    assert one.flush() == b""
    assert one.finish(None) == b"201 rows\n"


def test_a_flush_shows_what_is_there_and_fixes_the_widths() -> None:
    one = TableFormatter(width=40)
    assert one.flush() == b""
    one.feed(Records(("word",), [("short",)]))
    assert one.flush().decode() == "word\n─────\nshort\n"
    assert one.feed(Records(("word",), [("longer than that",)])).decode() == "long…\n"


def test_a_number_that_outgrows_its_column_is_never_shortened_while_there_is_room() -> None:
    one = TableFormatter(width=30)
    one.feed(Records(("id", "text"), [(1, "x" * 50)]))
    one.flush()
    line = one.feed(Records(("id", "text"), [(123456789, "y" * 50)])).decode()
    assert line == "123456789  " + "y" * 18 + "…\n"


def test_long_texts_give_way_before_numbers() -> None:
    lines = table(("id", "text", "n"), (1234567890123, "x" * 200, 42), width=40).splitlines()
    assert lines[2] == "1234567890123  " + "x" * 20 + "…  42"
    assert max(map(len, lines[:3])) <= 40


def test_columns_that_cannot_be_shown_are_left_out_and_that_is_said() -> None:
    columns = tuple(f"column{i}" for i in range(30))
    lines = table(columns, tuple(range(30)), width=60).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[-1] == "1 row · 12 ms · 22 columns left out, --json shows all"
    lines = table(columns, tuple(range(30)), width=40).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[-1] == "1 row · 12 ms · 24 columns left out"


def test_wide_characters_are_counted_as_two_cells() -> None:
    lines = table(("語", "b"), ("漢字漢字漢字漢字漢字", "x"), ("é", "y"), width=14).splitlines()
    assert lines[2] == "漢字漢字漢…  x"
    assert lines[3] == "é            y"


def test_a_half_fitting_wide_character_is_padded() -> None:
    assert fit("漢字漢字", 6, right=False) == "漢字… "
    assert cell_len(fit("漢字漢字", 6, right=True)) == 6


def test_binary_data_and_nested_values_are_readable() -> None:
    lines = table(
        ("a", "b", "c", "d"),
        (b"\xff\x00", [1, {"k": None}], True, "two\nlines"),
    ).splitlines()
    assert lines[2] == "x'ff00'  [1,{\"k\":null}]  true  two\\nlines"


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (1.0, "1.0"), (1e300, "1e+300"), (2**70, str(2**70))]
)
def test_numbers_read_as_people_write_them(value: float, text: str) -> None:
    assert table(("v",), (value,)).splitlines()[2].strip() == text


def test_colour_marks_the_header_and_null_only() -> None:
    output = table(("a", "b"), (None, "x"), colour=True)
    assert output.startswith("\x1b[1ma     b\x1b[0m\n")
    assert "\x1b[2mNULL\x1b[0m  x\n" in output
    assert CODES.sub("", output) == table(("a", "b"), (None, "x"))


def test_columns_that_come_with_later_rows_are_shown_while_widths_are_learned() -> None:
    one = formatter("table")
    one.feed(Records(("a",), [(1,)]))
    one.feed(Records(("a", "b"), [(2, "x")]))
    assert one.finish(None).decode().splitlines() == ["a  b", "─  ────", "1  NULL", "2  x", "2 rows"]


def test_columns_that_come_after_the_widths_are_fixed_are_told_of() -> None:
    one = formatter("table")
    one.feed(Records(("a",), [(1,)]))
    one.flush()
    assert one.feed(Records(("a", "b"), [(2, "x")])) == b"2\n"
    assert one.finish(None).decode() == "2 rows · 1 column left out, --json shows all\n"


def test_a_long_text_in_a_column_of_numbers_does_not_push_the_others_aside() -> None:
    one = TableFormatter(width=40)
    one.feed(Records(("n", "text"), [(1, "x" * 30)]))
    one.flush()
    assert one.feed(Records(("n", "text"), [("not a number", "y" * 30)])).decode() == "…  " + "y" * 30 + "\n"
    assert one.feed(Records(("n", "text"), [(None, "y" * 30)])).decode() == "NULL  " + "y" * 30 + "\n"


def test_an_enormous_value_is_cut_and_that_is_seen() -> None:
    wide = table(("a",), ("x" * 5000,), width=2000).splitlines()[2]
    assert cell_len(wide) == 2000
    assert wide.endswith("x…")
    marked = table(("a",), ("e" + "\u0301" * 5000,)).splitlines()[2]
    assert marked.endswith("…")
    assert len(marked) < 1100
    assert table(("a",), (b"\xff" * 10**6,)).splitlines()[2] == "x'" + "ff" * 38 + "f…"
    assert table(("a",), ("é".encode() * 10**6,), width=10).splitlines()[2] == "é" * 9 + "…"


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize("width", [1, 2, 3, 80])
def test_any_number_of_columns_fits_any_terminal(count: int, width: int) -> None:
    columns = tuple(f"c{number}" for number in range(count))
    lines = table(columns, tuple(range(count)), ("漢字",) * count, width=width).splitlines()
    assert len(lines) == 5
    assert max(cell_len(line) for line in lines[:-1]) <= width


def test_rows_without_columns_are_counted() -> None:
    assert table((), (), ()).endswith("2 rows · 12 ms\n")


FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        (FAMILY, 2, FAMILY),
        (FAMILY * 2, 3, FAMILY + "…"),
        (FAMILY * 2, 2, "… "),
        ("❤️❤️❤️", 5, "❤️❤️…"),
        ("e\u0301" * 4, 3, "e\u0301e\u0301…"),
        ("a\u200db\u200dc", 3, "a\u200db\u200dc"),  # letters are not drawn as one, joined or not
        ("a\u200db\u200dc", 2, "… "),
        ("1️⃣2️⃣", 4, "1️⃣2️⃣"),
    ],
)
def test_no_character_is_torn_apart(text: str, width: int, shown: str) -> None:
    assert fit(text, width, right=False) == shown


PIECES = st.sampled_from(["a", "漢", "é", "👩", "❤", "🇩", "🏽", "\u0301", "\u200c", "\u200d", "\ufe0f"])


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(1, 9), st.booleans())
def test_a_cell_is_exactly_as_wide_as_asked_whatever_is_joined_in_it(
    text: str, width: int, right: bool
) -> None:
    assert cell_width(fit(text, width, right)) == width


def test_a_line_that_ends_with_null_ends_there_in_colour_too() -> None:
    output = table(("a", "long name"), (1, None), (None, ""), colour=True)
    assert "   1  \x1b[2mNULL\x1b[0m\n\x1b[2mNULL\x1b[0m\n" in output


TEXTS = st.text(st.characters(), max_size=20)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), TEXTS, st.integers(1, 60))
def test_no_foreign_control_character_reaches_the_terminal(
    rows: list[tuple[str, str]], name: str, width: int
) -> None:
    output = table((name, "b"), *rows, width=width, colour=True)
    left = CODES.sub("", output)
    assert all(char == "\n" or (ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0) for char in left)
    assert "\u202e" not in left


@given(
    st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 200),
)
def test_widths_fit_whatever_is_asked(wanted: list[tuple[int, bool]], width: int) -> None:
    widths = fit_widths([w for w, _ in wanted], width, [rigid for _, rigid in wanted])
    assert 1 <= len(widths) <= len(wanted)
    assert sum(widths) + 2 * (len(widths) - 1) <= max(width, 1) or len(widths) == 1
    assert all(got <= asked for got, (asked, _) in zip(widths, wanted, strict=False))


@given(
    st.lists(
        st.tuples(st.integers() | st.none(), st.text("ab 漢", max_size=30), st.none() | st.floats(0, 1)),
        min_size=1,
        max_size=20,
    ),
    st.integers(20, 100),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[Any, ...]], width: int) -> None:
    lines = table(("id", "text", "x"), *rows, width=width).splitlines()
    assert max(cell_len(line) for line in lines[:-1]) <= width
