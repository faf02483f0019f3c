"""What the parser says of broken scripts: where, what was opened and not closed, what should have stood there."""

from __future__ import annotations

import pytest

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse

BROKEN = [
    ("if true", "line 1, column 1: 'if' opened here is not closed: expected 'then', found end of input"),
    (
        "if true; then",
        "line 1, column 1: 'if' opened here is not closed: expected a command after 'then', found end of input",
    ),
    (
        "if true; then echo; else",
        "line 1, column 1: 'if' opened here is not closed: expected a command after 'else', found end of input",
    ),
    ("if true; echo; fi", "line 1, column 16: expected 'then' for 'if' of line 1, found 'fi'"),
    (
        "if true; then echo; elif",
        "line 1, column 1: 'if' opened here is not closed: expected a command after 'elif', found end of input",
    ),
    (
        "if true; then echo; elif true; fi",
        "line 1, column 32: expected 'then' for 'elif' of line 1, found 'fi'",
    ),
    ("if ; then echo; fi", "line 1, column 4: expected a command after 'if', found ';'"),
    ("if true; then; fi", "line 1, column 14: expected a command after 'then', found ';'"),
    ("if true; then echo; done", "line 1, column 21: expected 'fi' for 'if' of line 1, found 'done'"),
    ("fi", "line 1, column 1: expected a command, found 'fi'"),
    ("while true", "line 1, column 1: 'while' opened here is not closed: expected 'do', found end of input"),
    (
        "while true; do",
        "line 1, column 1: 'while' opened here is not closed: expected a command after 'do', found end of input",
    ),
    (
        "while true; do echo",
        "line 1, column 1: 'while' opened here is not closed: expected 'done', found end of input",
    ),
    ("while; do echo; done", "line 1, column 6: expected a command after 'while', found ';'"),
    ("while true; do done", "line 1, column 16: expected a command after 'do', found 'done'"),
    ("until true; do echo; fi", "line 1, column 22: expected 'done' for 'until' of line 1, found 'fi'"),
    ("done", "line 1, column 1: expected a command, found 'done'"),
    ("for", "line 1, column 4: expected a name after 'for', found end of line"),
    ("for 1x in a; do :; done", "line 1, column 5: expected a name after 'for', found '1x'"),
    ("for x y in a; do :; done", "line 1, column 7: expected 'do' for 'for' of line 1, found 'y'"),
    ("for x in a; echo; done", "line 1, column 13: expected 'do' for 'for' of line 1, found 'echo'"),
    ("for x in a | b; do :; done", "line 1, column 12: expected a word, ';' or a newline, found '|'"),
    (
        "for x in a; do",
        "line 1, column 1: 'for' opened here is not closed: expected a command after 'do', found end of input",
    ),
    ("for x in", "line 1, column 1: 'for' opened here is not closed: expected 'do', found end of input"),
    ("for ((i=0; i<3)); do :; done", "line 1, column 15: expected ';' in 'for ((…; …; …))'"),
    ("for ((i=0; i<3; i++); do :; done", "line 1, column 21: expected '))' in 'for ((…; …; …))'"),
    ("for ((i=0", "line 1, column 5: '((' opened here is not closed: expected '))', found end of input"),
    ("for ((;;)) echo", "line 1, column 12: expected 'do' for 'for' of line 1, found 'echo'"),
    ("case", "line 1, column 5: expected a word after 'case', found end of line"),
    ("case x", "line 1, column 1: 'case' opened here is not closed: expected 'in', found end of input"),
    ("case x on", "line 1, column 8: expected 'in' for 'case' of line 1, found 'on'"),
    ("case x in", "line 1, column 1: 'case' opened here is not closed: expected 'esac', found end of input"),
    ("case x in a", "line 1, column 12: expected ')' after a pattern of 'case', found end of line"),
    ("case x in a b) :;; esac", "line 1, column 13: expected ')' after a pattern of 'case', found 'b'"),
    (
        "case x in a) echo",
        "line 1, column 1: 'case' opened here is not closed: expected 'esac', found end of input",
    ),
    (
        "case x in a) echo;; ",
        "line 1, column 1: 'case' opened here is not closed: expected 'esac', found end of input",
    ),
    ("case x in a) echo; fi", "line 1, column 20: expected ';;' or 'esac', found 'fi'"),
    ("case x in |a) :;; esac", "line 1, column 11: expected a pattern or 'esac', found '|'"),
    ("case x in a|) :;; esac", "line 1, column 13: expected a pattern after '|', found ')'"),
    ("( echo", "line 1, column 1: '(' opened here is not closed: expected ')', found end of input"),
    ("( )", "line 1, column 3: expected a command after '(', found ')'"),
    ("(echo))", "line 1, column 7: expected a newline, ';', '&' or another operator, found ')'"),
    ("{ echo; ", "line 1, column 1: '{' opened here is not closed: expected '}', found end of input"),
    ("{ echo }", "line 1, column 1: '{' opened here is not closed: expected '}', found end of input"),
    ("{ }", "line 1, column 3: expected a command after '{', found '}'"),
    ("}", "line 1, column 1: expected a command, found '}'"),
    ("((1+2", "line 1, column 1: '((' opened here is not closed: expected '))', found end of input"),
    ("((1+2)", "line 1, column 1: '(' opened here is not closed: expected ')', found end of input"),
    ("f() {", "line 1, column 5: '{' opened here is not closed: expected a command, found end of input"),
    ("f( x", "line 1, column 4: expected ')' of a function definition, found 'x'"),
    ("f(", "line 1, column 3: expected ')' of a function definition, found end of input"),
    ("f()", "line 1, column 4: expected a compound command as the body of function 'f', found end of input"),
    ("f() echo", "line 1, column 5: expected a compound command as the body of function 'f', found 'echo'"),
    ("function", "line 1, column 9: expected a name after 'function', found end of line"),
    (
        "function f",
        "line 1, column 11: expected a compound command as the body of function 'f', found end of input",
    ),
    (
        "function f; { :; }",
        "line 1, column 11: expected a compound command as the body of function 'f', found ';'",
    ),
    ("[[ a", "line 1, column 1: '[[' opened here is not closed: expected ']]', found end of input"),
    ("[[ a ==", "line 1, column 1: '[[' opened here is not closed: expected ']]', found end of input"),
    ("[[ a == ]]", "line 1, column 9: expected a pattern in '[[', found ']]'"),
    ("[[ a b ]]", "line 1, column 6: expected ']]' for '[[' of line 1, found 'b'"),
    ("[[ ( a ]]", "line 1, column 8: expected ')', found ']]'"),
    ("[[ && a ]]", "line 1, column 4: expected a word in '[[', found '&&'"),
    ("a=(b", "line 1, column 3: '(' opened here is not closed: expected ')', found end of input"),
    ("a=(b | c)", "line 1, column 6: expected a word or ')' in an array, found '|'"),
    ("a |", "line 1, column 4: expected a command after '|', found end of input"),
    ("a | | b", "line 1, column 5: expected a command after '|', found '|'"),
    ("| a", "line 1, column 1: expected a command, found '|'"),
    ("a &&", "line 1, column 5: expected a command after '&&', found end of input"),
    ("a || && b", "line 1, column 6: expected a command after '||', found '&&'"),
    ("a & & b", "line 1, column 5: expected a command after '&', found '&'"),
    ("a ;; b", "line 1, column 3: expected a newline, ';', '&' or another operator, found ';;'"),
    ("; a", "line 1, column 1: expected a command, found ';'"),
    ("! ", "line 1, column 3: expected a command after '!', found end of input"),
    ("a >", "line 1, column 4: expected a file name after '>', found end of line"),
    ("a > > b", "line 1, column 5: expected a file name after '>', found '>'"),
    ("a <<", "line 1, column 5: expected a here-document delimiter after '<<'"),
    ("a <<<", "line 1, column 6: expected a word after '<<<', found end of line"),
    ("a 2>&", "line 1, column 6: expected a file name after '>&', found end of line"),
    ("'a", 'line 1, column 1: "\'" opened here is not closed: expected "\'", found end of input'),
    ('"a', "line 1, column 1: '\"' opened here is not closed: expected '\"', found end of input"),
    ('"a $(b "c', "line 1, column 8: '\"' opened here is not closed: expected '\"', found end of input"),
    ("$'a", 'line 1, column 1: "$\'" opened here is not closed: expected "\'", found end of input'),
    ("`a", "line 1, column 1: '`' opened here is not closed: expected '`', found end of input"),
    ("echo `a | | b`", "line 1, column 11: expected a command after '|', found '|'"),
    ("$(a", "line 1, column 1: '$(' opened here is not closed: expected ')', found end of input"),
    ("echo $(a;;)", "line 1, column 9: expected ')', found ';;'"),
    ("$((1+", "line 1, column 1: '((' opened here is not closed: expected '))', found end of input"),
    ("$((1+2)", "line 1, column 1: '$(' opened here is not closed: expected ')', found end of input"),
    ("${a", "line 1, column 1: '${' opened here is not closed: expected '}', found end of input"),
    ("${a:-", "line 1, column 1: '${' opened here is not closed: expected '}', found end of input"),
    ('${a:-"b}', "line 1, column 6: '\"' opened here is not closed: expected '\"', found end of input"),
    ('"${a', "line 1, column 2: '${' opened here is not closed: expected '}', found end of input"),
    ("${a[1", "line 1, column 1: '${' opened here is not closed: expected '}', found end of input"),
    ("<(a", "line 1, column 1: '<(' opened here is not closed: expected ')', found end of input"),
    ("echo a)", "line 1, column 7: expected a newline, ';', '&' or another operator, found ')'"),
    ("echo (a", "line 1, column 7: expected ')' of a function definition, found 'a'"),
    ("echo a(b)", "line 1, column 7: expected a newline, ';', '&' or another operator, found '('"),
    ("time |", "line 1, column 6: expected a command after 'time', found '|'"),
    ("a\nb\nc )", "line 3, column 3: expected a newline, ';', '&' or another operator, found ')'"),
    (
        'echo ok\nif true; then\n  while false; do\n    echo "x\n  done\nfi',
        "line 4, column 10: '\"' opened here is not closed: expected '\"', found end of input",
    ),
    (
        "x() {\n  case $1 in\n    a) echo a ;;\n    b) echo b\n  esac\n  if true; then echo\n}",
        "line 7, column 1: expected 'fi' for 'if' of line 6, found '}'",
    ),
]


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=[repr(text) for text, _ in BROKEN])
def test_a_broken_script_is_told_by_place_and_by_what_is_missing(text: str, message: str) -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text, final=True)
    assert caught.value.status == 2
    assert str(caught.value) == message
