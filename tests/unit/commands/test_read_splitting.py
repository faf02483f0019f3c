"""read: how a line becomes the values of the variables (POSIX read), as a pure function."""

from __future__ import annotations

import pytest

from azos_shell.commands.read_fields import split_line


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
        (":a b:", 2, ": ", ["", "a b:"]),
        (":a b :", 2, ": ", ["", "a b :"]),
        (":a : ", 2, ": ", ["", "a"]),
        (" a ", 1, ":", [" a "]),
    ],
)
def test_the_last_variable_takes_the_rest(line: str, names: int, ifs: str, values: list[str]) -> None:
    assert split_line(line, set(), names, ifs) == values


def test_what_a_backslash_protects_is_no_delimiter() -> None:
    assert split_line("a b c", {1}, 2, " ") == ["a b", "c"]
    assert split_line(" a", {0}, 1, " ") == [" a"]
    assert split_line("a ", {1}, 1, " ") == ["a "]


def test_an_array_gets_every_field_and_no_empty_last_one() -> None:
    assert split_line("a:b:c:", set(), None, ":") == ["a", "b", "c"]
    assert split_line("  a  b ", set(), None, " ") == ["a", "b"]
    assert split_line("", set(), None, " ") == []
