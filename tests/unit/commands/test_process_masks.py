"""umask and the names of signals: the pure parts."""

from __future__ import annotations

import signal

import pytest

from azos_shell.commands.process import _parsed, _symbolic
from azos_shell.commands.signals import signal_name, signal_number


@pytest.mark.parametrize(
    ("text", "current", "mask"),
    [
        ("022", 0, 0o022),
        ("0", 0o777, 0),
        ("777", 0, 0o777),
        ("1000", 0, None),
        ("8", 0, None),
        ("", 0, None),
        ("u=rwx,g=rx,o=", 0o777, 0o027),
        ("go-w", 0, 0o022),
        ("a+r", 0o777, 0o333),
        ("+x", 0o777, 0o666),
        ("=r", 0, 0o333),
        ("ug+rw,o=", 0o077, 0o017),
        ("u=z", 0, None),
        ("u", 0, None),
        ("u=r,", 0, None),
    ],
)
def test_masks_are_octal_or_symbolic(text: str, current: int, mask: int | None) -> None:
    assert _parsed(text, current) == mask


def test_the_symbolic_form_says_what_is_allowed() -> None:
    assert _symbolic(0o027) == "u=rwx,g=rx,o=\n"
    assert _symbolic(0o777) == "u=,g=,o=\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15", 15),
        ("TERM", 15),
        ("SIGTERM", 15),
        ("term", 15),
        ("EXIT", 0),
        ("0", 0),
        ("NOSUCH", None),
        ("", None),
    ],
)
def test_signals_go_by_number_and_name(text: str, number: int | None) -> None:
    assert signal_number(text) == number


def test_names_and_numbers_agree() -> None:
    for one in signal.Signals:
        name = signal_name(one)
        assert name is not None
        assert signal_number(name) == one
