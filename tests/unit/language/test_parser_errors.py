"""Errors: what is wrong is told apart from what is unfinished, and shown in its place."""

from __future__ import annotations

import pytest

from azos_shell.language.errors import IncompleteInput, ShellSyntaxError
from azos_shell.language.parser import Parser, parse
from azos_shell.language.source import Source
from azos_shell.language.visible import visible

UNFINISHED = [
    "a |", "a | \n", "a |&", "a &&", "a ||\n\n", "a && # c\n", "'a", '"a', '"a$(b)', "$'a", "`a", "$(a", "$(",
    "$(a;", "$((1+", "$((1)", "((1+", "${x", "${x:-", "${x:-a b", '"${x', "${x[", "<(a", "a \\\n", "a\\\n", "a \\",
    "(", "(a", "(a;\n", "{ a", "{ a;", "{", "if", "if a", "if a; then", "if a; then b", "if a; then b; else",
    "if a; then b; elif", "if a; then b; else c\n", "while a", "while a; do", "while a; do b\n", "until", "for x",
    "for x in a", "for x in", "for x in a;", "for x in a; do b", "for ((i=0;", "for ((;;))", "case x", "case x in",
    "case x in a)", "case x in a) b", "case x in a) b;;\n", "f()", "f() {", "function f", "function f()", "[[ a",
    "[[ a &&", "[[ a ==", "[[ ( a", "a=(b", "a=(", "! ", "{ (a;",
]  # fmt: skip


@pytest.mark.parametrize("text", UNFINISHED)
def test_input_that_ends_inside_something_is_incomplete(text: str) -> None:
    with pytest.raises(IncompleteInput):
        parse(text)


WRONG = [
    ")", "}", "fi", "then", "do", "done", "esac", "else", "elif", "in", ";", "&", "|", "&&", ";;", "a | | b",
    "a || && b", "a ;; b", "a ; ; b", "& a", "a & & b", "(a))", "( )", "{ }", "{ a; } b", "(a) b", "if; then b; fi",
    "if a; then fi", "if a; fi", "if a; then b; done", "while a; do done", "while do a; done", "for", "for\n",
    "for 1x in a", "for x in a do b; done", "for x in a; b; done", "case", "case x y", "case x in a b) c;; esac",
    "case x in |a) b;; esac", "case x in a) b;; c", "f( a", "f(a) { b; }", "f() a", "f() { }", "if() { a; }",
    "echo (", "echo a(b)", "a >", "a >\n", "a > | b", "a 2> & b", "a <<<", "$(a;;)", "$(if a)", "`(`", "`if`",
    "a=(b|c)", "a=b() { c; }", "for ((i=0)); do a; done", "[[ a b ]]", "[[ ]]", "[[ a == ]]", "[[ && a ]]",
    "[[ a ) ]]", "function", "function ;", "a | ! b",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_input_that_nothing_can_complete_is_wrong(text: str) -> None:
    if (
        text == "case x in a) b;; c"
    ):  # a pattern may still get its parenthesis on this line, but the line is over
        text += "\n"
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text)
    assert not isinstance(caught.value, IncompleteInput)
    assert caught.value.status == 2


MESSAGES = [
    ("ls | | wc", "line 1, column 6: expected a command after '|', found '|'"),
    ("ls | ; wc", "line 1, column 6: expected a command after '|', found ';'"),
    ("a &&", "line 1, column 5: expected a command after '&&', found end of input"),
    ("a\nb )\n", "line 2, column 3: expected a newline, ';', '&' or another operator, found ')'"),
    (")", "line 1, column 1: expected a command, found ')'"),
    ("if a; then\nfi", "line 2, column 1: expected a command after 'then', found 'fi'"),
    ("a >\n", "line 1, column 4: expected a file name after '>', found end of line"),
    ("a >", "line 1, column 4: expected a file name after '>', found end of line"),
    ("\n\nwhile a; b; done", "line 3, column 13: expected 'do' for 'while' of line 3, found 'done'"),
    ("f() a", "line 1, column 5: expected a compound command as the body of function 'f', found 'a'"),
    ('echo "x', "line 1, column 6: '\"' opened here is not closed: expected '\"', found end of input"),
    ("a\nb $(c\n", "line 2, column 3: '$(' opened here is not closed: expected ')', found end of input"),
    ("if a; then b", "line 1, column 1: 'if' opened here is not closed: expected 'fi', found end of input"),
    ("{ a; ", "line 1, column 1: '{' opened here is not closed: expected '}', found end of input"),
    ("echo `a | | b`", "line 1, column 11: expected a command after '|', found '|'"),
    ("cat <<E\nx\n$(a | | b)\nE\n", "line 3, column 7: expected a command after '|', found '|'"),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_a_message_says_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text)
    assert str(caught.value) == message
    assert caught.value.message == message


def test_an_error_shows_its_line_with_a_caret() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("true\nls | | wc\n", name="script")
    assert caught.value.render() == (
        "script: line 2, column 6: expected a command after '|', found '|'\n    ls | | wc\n         ^"
    )
    assert (caught.value.expected, caught.value.found) == ("a command after '|'", "'|'")


def test_a_long_line_is_cut_round_the_caret() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("a " * 5000 + ") " + "b " * 5000)
    _, shown, caret = caught.value.render().split("\n")
    assert len(shown) < 120
    assert shown[caret.index("^")] == ")"


def test_the_caret_stands_under_wide_and_escaped_characters() -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse("echo 日本\t\x1b[31m )")
    _, shown, caret = caught.value.render().split("\n")
    assert "^[[31m" in shown
    assert caret.index("^") == len("    echo 日本 ^[[31m ") + 2


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\x07", "\x9b31m", "\udc9b", "\u202e", "\x7f", "\u2028"])
def test_no_foreign_control_character_gets_into_a_message(hostile: str) -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse(f"{{ a; }} {hostile}x")
    rendered = caught.value.render()
    assert hostile not in rendered
    assert visible(hostile) in rendered


def test_visible_spells_out_what_a_terminal_would_obey() -> None:
    assert visible("a\x1b\x7f\x85\udcff\u202e\n") == r"a^[^?\x85\xff\u202e^J"


def test_the_parser_goes_on_after_the_line_with_the_error() -> None:
    parser = Parser("a | | b\necho ok\n")
    with pytest.raises(ShellSyntaxError):
        parser.next_line()
    line = parser.next_line()
    assert line is not None
    assert (line.start, parser.next_line()) == (8, None)


def test_an_unfinished_word_inside_unfinished_arithmetic_is_told_as_such() -> None:
    with pytest.raises(IncompleteInput, match=r"'\(\(' opened here"):
        parse("echo $(( (1+2) * 3")


def test_a_source_counts_lines_and_columns_from_one() -> None:
    source = Source("f", "ab\ncd\n")
    assert [source.position(n) for n in (0, 2, 3, 4, 6, 99)] == [
        (1, 1),
        (1, 3),
        (2, 1),
        (2, 2),
        (3, 1),
        (3, 1),
    ]
    assert source.line_of(4) == "cd"
