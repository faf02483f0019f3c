"""Untrusted text never drives the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azos_shell.language.visible import visible


def test_controls_are_written_out() -> None:
    assert visible("a\x1b]0;x\x07\x7f\x9b1m\u202e\udcff") == "a^[]0;x^G^?\\x9b1m\\u202e\\xff"


@given(st.text(st.characters()))
def test_what_is_shown_is_always_printable(text: str) -> None:
    assert visible(text).isprintable()
