"""A screenful of text: cut to the screen, harmless, and with what differs marked."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from azos_shell.language.visible import is_acted_on
from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.screen_text import painted, screen_lines

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
