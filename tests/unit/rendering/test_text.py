"""Text for people: escapes, durations, sizes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.rendering.text import duration, encode_text, escape_control, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢字 👩‍🔧", "plain é 漢字 👩‍🔧"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("\u2028\u2066\ufeff", "\\u2028\\u2066\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("non\u00a0breaking", "non\u00a0breaking"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown(text: str, shown: str) -> None:
    assert escape_control(text) == shown


@given(st.text(st.characters(), max_size=50))
def test_nothing_that_a_terminal_acts_on_is_left(text: str) -> None:
    left = {unicodedata.category(char) for char in escape_control(text) if char not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 µs"),
        (-1.0, "0 µs"),
        (3.4e-6, "3.4 µs"),
        (850e-6, "850 µs"),
        (999.6e-6, "1.0 ms"),
        (0.012, "12 ms"),
        (0.00996, "10 ms"),
        (0.9996, "1.0 s"),
        (3.4, "3.4 s"),
        (59.4, "59 s"),
        (59.7, "1 m 00 s"),
        (123, "2 m 03 s"),
        (3599.6, "1 h 00 m"),
        (3720, "1 h 02 m"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (48234496, "46 MiB"),
        (1024**2 - 1, "1.0 MiB"),
        (-2048, "-2.0 KiB"),
        (10**24, "867362 EiB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


def test_bytes_that_were_no_utf8_leave_as_they_came_and_lone_surrogates_do_not_fail() -> None:
    assert encode_text(b"\xffabc\xc3".decode("utf-8", "surrogateescape")) == b"\xffabc\xc3"
    assert encode_text("\ud800\udcff") == "\ufffd".encode() + b"\xff"
