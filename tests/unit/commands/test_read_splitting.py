"""read: how a line becomes the values of the variables (POSIX read), as a pure function."""

from __future__ import annotations

import pytest

from azos_shell.commands.read import _split


@pytest.mark.parametrize(
    ("line", "names", "ifs", "values"),
    [
        ("a b c", 2, " ", ["a", "b c"]),
        ("  a   b  c  ", 2, " ", ["a", "b  c"]),
        ("a", 3, " ", ["a", "", ""]),
        ("", 2, " ", ["", ""]),
        ("   ", 1, " ", [""]),
        ("a:b:c", 2, ":", ["a", "b:c"]),
        ("a:b:", 2, ":", ["a", "b"]),
        ("a:b::", 2, ":", ["a", "b::"]),
        ("a::b", 3, ":", ["a", "", "b"]),
        (":a", 2, ":", ["", "a"]),
        ("a:b:c:", 3, ":", ["a", "b", "c"]),
        ("a:b:c:d:", 3, ":", ["a", "b", "c:d:"]),
        (" a : b : c ", 2, " :", ["a", "b : c"]),
        ("a b", 1, "", ["a b"]),
        (" a ", 1, ":", [" a "]),
    ],
)
def test_the_last_variable_takes_the_rest(line: str, names: int, ifs: str, values: list[str]) -> None:
    assert _split(line, set(), ["x"] * names, ifs) == values


def test_what_a_backslash_protects_is_no_delimiter() -> None:
    assert _split("a b c", {1}, ["x", "y"], " ") == ["a b", "c"]
    assert _split(" a", {0}, ["x"], " ") == [" a"]
    assert _split("a ", {1}, ["x"], " ") == ["a "]


def test_without_names_the_line_is_kept_whole() -> None:
    assert _split("  a  b ", set(), [], " ") == ["  a  b "]
