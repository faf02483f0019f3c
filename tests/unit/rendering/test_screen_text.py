"""A screenful of text: cut to the screen, harmless, and with what differs marked."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from azos_shell.language.visible import is_acted_on
from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.screen_text import counterparts, frame, painted, screen_lines

SGR = re.compile(r"\x1b\[[0-9;:]*m")


def texts(data: bytes, width: int = 20, height: int = 5, *, colour: bool = False) -> list[str]:
    return ["".join(char for char, _ in line) for line in screen_lines(data, width, height, colour=colour)]


def test_lines_are_cut_to_the_screen() -> None:
    assert texts(b"a\nbcdef\n\nd\n", width=3, height=3) == ["a", "bcd"]
    assert texts(b"a\n\nb\nc\nd\n", height=3) == ["a", "", "b"]
    assert texts(b"") == []


def test_tabs_and_wide_characters_take_their_cells() -> None:
    assert texts("a\tb\n日本語".encode(), width=9) == ["a       b", "日本語"]
    assert texts("日本語".encode(), width=5) == ["日本"]


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert texts(b"\x1b[2Jx\rz\x9b\n") == ["^[[2Jx^Mz\\x9b"]


def test_colours_are_left_out_unless_wanted() -> None:
    assert texts(b"\x1b[31mred\x1b[0m") == ["red"]
    (line,) = screen_lines(b"\x1b[31mred\x1b[0m!", 20, 5, colour=True)
    assert painted(line, None) == "\x1b[31mred\x1b[0m!"


def test_a_colour_goes_on_in_the_next_line_and_ends_with_each() -> None:
    first, second = screen_lines(b"\x1b[31ma\nb\x1b[0mc", 20, 5, colour=True)
    assert painted(first, None) == "\x1b[31ma\x1b[0m"
    assert painted(second, None) == "\x1b[31mb\x1b[0mc"


def test_what_differs_is_reversed() -> None:
    (before,) = screen_lines(b"count 9", 20, 5, colour=False)
    (now,) = screen_lines(b"count 10", 20, 5, colour=False)
    assert painted(now, before) == "count \x1b[7m10\x1b[0m"
    assert painted(now, now) == "count 10"
    assert painted(now, []) == "\x1b[7mcount 10\x1b[0m"
    assert painted(now, None) == "count 10"


@given(st.binary(max_size=300), st.integers(1, 40), st.integers(1, 10), st.booleans())
def test_nothing_is_obeyed_and_nothing_is_wider_than_the_screen(
    data: bytes, width: int, height: int, colour: bool
) -> None:
    lines = screen_lines(data, width, height, colour=colour)
    assert len(lines) <= height
    for line in lines:
        shown = SGR.sub("", painted(line, []))
        assert not any(is_acted_on(char) for char in shown)
        assert cell_width(shown) <= width


def test_a_reset_with_a_colour_behind_it_resets() -> None:
    (line,) = screen_lines(b"\x1b[1;44ma\x1b[0;31mb", 20, 5, colour=True)
    assert painted(line, None) == "\x1b[1;44ma\x1b[0m\x1b[31mb\x1b[0m"


def test_any_number_of_colours_is_one_colour() -> None:
    (line,) = screen_lines(b"\x1b[38;2;1;2;3m\x1b[31m\x1b[1m" * 1000 + b"a", 20, 5, colour=True)
    assert painted(line, None) == "\x1b[31;1ma\x1b[0m"


def test_what_differs_stands_out_where_the_command_reverses_itself() -> None:
    (before,) = screen_lines(b"\x1b[7m1", 20, 5, colour=True)
    (now,) = screen_lines(b"\x1b[7m2", 20, 5, colour=True)
    assert painted(now, before) == "\x1b[7m\x1b[27m2\x1b[0m"


def test_an_accent_stays_with_its_letter_and_takes_no_cell() -> None:
    (line,) = screen_lines("e\u0301x".encode(), 2, 5, colour=False)
    assert [char for char, _ in line] == ["e\u0301", "x"]
    (line,) = screen_lines(("e" + "\u0301" * 10_000).encode(), 2, 5, colour=False)
    assert len(line[0][0]) == 8


def test_joined_emoji_are_drawn_side_by_side() -> None:
    assert texts("👩\u200d💻|".encode()) == ["👩💻|"]


def marked(now: bytes, before: bytes) -> list[str]:
    lines, earlier = (screen_lines(data, 20, 9, colour=False) for data in (now, before))
    return [painted(line, then) for line, then in zip(lines, counterparts(lines, earlier), strict=True)]


def test_a_line_put_in_marks_itself_alone() -> None:
    assert marked(b"new\na\nb\n", b"a\nb\n") == ["\x1b[7mnew\x1b[0m", "a", "b"]
    assert marked(b"a\nb\n", b"gone\na\nb\n") == ["a", "b"]


def test_a_line_that_changed_is_compared_cell_by_cell() -> None:
    assert marked(b"a\nx 2\nb\n", b"a\nx 1\nb\n") == ["a", "x \x1b[7m2\x1b[0m", "b"]


def test_a_row_is_cleared_before_it_is_written_and_the_rest_after() -> None:
    assert frame(["ab", "c"], 3) == "\x1b[1;1H\x1b[Kab\x1b[2;1H\x1b[Kc\x1b[3;1H\x1b[J"
    assert frame(["ab", "c"], 1) == "\x1b[1;1H\x1b[Kab"
