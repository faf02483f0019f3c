"""Aliases: where they are looked for, how far they go, and what errors then say."""

from __future__ import annotations

import pytest
from tree_shape import shape

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import Parser, parse

ALIASES = {
    "ll": "ls -l",
    "ls": "ls --color",
    "sudo": "sudo ",
    "two": "a; b",
    "loop": "while x; do",
    "open": "{ a;",
    "quote": "echo 'a",
    "not": "! true",
    "none": "",
    "ping": "pong 1",
    "pong": "ping 2",
    "env": "A=1 ",
    "gr": "grep ",
    "comment": "a # ",
    "lines": "a\nb",
}

EXPANSIONS = [
    ("ll", "[ls --color -l]"),
    ("ll x", "[ls --color -l x]"),
    ("echo ll", "[echo ll]"),
    ("'ll'", "['ll']"),
    (r"\ll", "['l'.l]"),
    ("$ll", "[${ll}]"),
    ("a=b ll", "[a=b ls --color -l]"),
    (">x ll", "[ls --color -l >x]"),
    ("x | ll && ll", "[x] | [ls --color -l] && [ls --color -l]"),
    ("ll; (ll)", "[ls --color -l]; ([ls --color -l])"),
    ("if ll; then ll; fi", "if [ls --color -l] then [ls --color -l]"),
    ("$(ll)", "[$([ls --color -l])]"),
    ("`ll`", "[$([ls --color -l])]"),
    ("sudo ll", "[sudo ls --color -l]"),
    ("sudo sudo ll", "[sudo sudo ls --color -l]"),
    ("sudo -u x ll", "[sudo -u x ll]"),
    ("sudo 'll'", "[sudo 'll']"),
    ("env ll", "[A=1 ls --color -l]"),
    ("two c", "[a]; [b c]"),
    ("loop y; done", "while [x] do [y]"),
    ("open b; }", "{[a]; [b]}"),
    ("quote b'", "[echo 'a b']"),
    ("not | x", "! [true] | [x]"),
    ("none", ""),
    ("none x", "[x]"),
    ("ping", "[ping 2 1]"),
    ("comment b", "[a]"),
    ("lines", "[a]; [b]"),
    ("$((ll; ll) )", "[$(([ls --color -l]; [ls --color -l]))]"),
    ("for ll in ll; do ll; done", "for ll in ll do [ls --color -l]"),
    ("case ll in ll) ll;; esac", "case ll ll) [ls --color -l];;"),
    ("ll() { a; }", None),
]


@pytest.mark.parametrize(("text", "expected"), EXPANSIONS)
def test_an_alias_stands_for_its_text_where_a_command_is_named(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ShellSyntaxError):
            parse(text, aliases=ALIASES.get)
    else:
        assert shape(parse(text, aliases=ALIASES.get)) == expected


def test_an_error_after_an_alias_shows_the_line_as_it_was_written() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("x\nll | ll )\n", aliases=ALIASES.get)
    assert (caught.value.line, caught.value.column) == (2, 9)
    assert caught.value.source_line == "ll | ll )"


def test_an_error_inside_an_alias_points_at_its_name() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("a; bad b", aliases={"bad": "x | | y"}.get)
    assert (caught.value.column, caught.value.source_line) == (4, "a; bad b")


def test_offsets_and_lines_after_a_line_with_aliases_are_those_of_the_text() -> None:
    text = "lines\nll; ll\necho x\n"
    parser = Parser(text, aliases=ALIASES.get)
    for _ in range(3):  # the two lines of the alias are two command lines
        parser.next_line()
    line = parser.next_line()
    assert line is not None
    assert text[line.start : line.end] == "echo x"
    assert getattr(line.items[0].command, "line", 0) == 3


def test_an_alias_may_change_from_line_to_line() -> None:
    aliases: dict[str, str] = {}
    parser = Parser("x\nx\n", aliases=aliases.get)
    assert shape(parser.next_line()) == "[x]"
    aliases["x"] = "y z"
    assert shape(parser.next_line()) == "[y z]"
