"""echo: bash's options and escapes, compared with bash itself where it is there."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from fakes.builtin_call import builtin_call

from azos_shell.commands.echo import echo


def echoed(*words: str) -> bytes:
    call = builtin_call("echo", *words)
    assert echo.function(call) == 0
    return call.out


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ((), b"\n"),
        (("a", "", "b  c"), b"a  b  c\n"),
        (("",), b"\n"),
        (("-n", "a"), b"a"),
        (("-n", "-e", r"a\tb"), b"a\tb"),
        (("-nE", r"a\tb"), rb"a\tb"),
        (("-eE", r"\n"), b"\\n\n"),
        (("-",), b"-\n"),
        (("--", "-n"), b"-- -n\n"),
        (("-nx", "a"), b"-nx a\n"),
        (("a", "-n"), b"a -n\n"),
        (("-e", r"one\ctwo", "three"), b"one"),
        ((r"a\nb",), b"a\\nb\n"),
    ],
)
def test_options_are_read_as_bash_reads_them(words: tuple[str, ...], output: bytes) -> None:
    assert echoed(*words) == output


def test_bytes_that_are_no_utf8_leave_as_they_came() -> None:
    assert echoed(b"\xff\xc3".decode("utf-8", "surrogateescape")) == b"\xff\xc3\n"
    assert echoed("-e", b"\xff\\t".decode("utf-8", "surrogateescape")) == b"\xff\t\n"


ESCAPES = [
    r"\a\b\e\E\f\n\r\t\v\\",
    r"\101 \0101 \01012 \0 \8",
    r"\x \x4 \x414 \xe9\xc3\xa9 \x{41}",
    r"\u \u41 \u00e9 \U1F600 \ud800",
    r"\' \" \? \q",
    "ends in a backslash \\",
    "\\\\",
    r"\0777",
    r"x\cy",
    r"\xc3\c",
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash")
@pytest.mark.parametrize("text", ESCAPES)
def test_escapes_give_the_bytes_that_bash_gives(text: str) -> None:
    expected = subprocess.run(
        ["bash", "-c", 'echo -e "$1"', "bash", text],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    ).stdout
    assert echoed("-e", text) == expected
