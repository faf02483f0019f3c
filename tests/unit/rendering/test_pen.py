"""The pen: of any SGR sequences, what holds in the end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.rendering.pen import SGR, Pen


def after(*sequences: str) -> str:
    pen = Pen()
    for parameters in sequences:
        pen.take(parameters)
    return pen.style


@pytest.mark.parametrize(
    ("sequences", "style"),
    [
        ((), ""),
        (("31",), "\x1b[31m"),
        (("31", ""), ""),
        (("1", "31", "39"), "\x1b[1m"),
        (("31;1;0;4",), "\x1b[4m"),
        (("38;5;208",), "\x1b[38;5;208m"),
        (("48;2;1;2;3;1",), "\x1b[48;2;1;2;3;1m"),
        (("38:2::1:2:3",), "\x1b[38:2::1:2:3m"),
        (("4:3",), "\x1b[4:3m"),
        (("4:3", "4:0"), ""),
        (("1", "22"), ""),
        (("2", "1"), "\x1b[1m"),
        (("8",), ""),
        (("38;5",), ""),
        (("38;5;999",), ""),
        (("999999999999",), ""),
        (("58;5;1", "59"), ""),
        (("31;",), ""),
    ],
)
def test_what_holds_is_the_sum(sequences: tuple[str, ...], style: str) -> None:
    assert after(*sequences) == style


@given(st.lists(st.text("0123456789;:", max_size=30), max_size=20))
def test_the_style_is_one_short_sequence_that_a_pen_takes_for_itself(sequences: list[str]) -> None:
    style = after(*sequences)
    assert len(style) < 300
    if style:
        assert (found := re.fullmatch(SGR, style))
        assert after(found[1]) == style
