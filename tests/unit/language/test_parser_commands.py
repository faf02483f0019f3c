"""Commands: lists, pipelines, redirections, compound commands and functions."""

from __future__ import annotations

import pytest
from tree_shape import line_shape

from azos_shell.language import tree
from azos_shell.language.parser import Parser, parse

LINES = [
    ("a b c", "[a b c]"),
    ("a; b;", "[a]; [b]"),
    ("a & b &", "[a] &; [b] &"),
    ("a&&b||c", "[a] && [b] || [c]"),
    ("a && b & c", "[a] && [b] &; [c]"),
    ("a | b | c", "[a] | [b] | [c]"),
    ("a |& b | c", "[a] |& [b] | [c]"),
    ("! a | b", "! [a] | [b]"),
    ("! ! a", "[a]"),
    ("time a", "time [a]"),
    ("time -p a | b", "posix [a] | [b]"),
    ("time -v a", "[time -v a]"),
    ("time", "time []"),
    ("time ! a", "! time [a]"),
    ("a |\n\n b", "[a] | [b]"),
    ("a &&\n# c\n b", "[a] && [b]"),
    ("a # b; c", "[a]"),
    ("a\nb\n\nc", "[a]; [b]; [c]"),
    ("# only a comment\n\n  \n", ""),
    ("a \\\n b", "[a b]"),
    ("a &\\\n& b", "[a] && [b]"),
    ("i\\\nf a; then b; fi", "if [a] then [b]"),
    ("echo if then { } !", "[echo if then { } !]"),
    ("'if' a", "['if' a]"),
    ("\\if a", "['i'.f a]"),
    ("a >b", "[a >b]"),
    ("<a b >>c", "[b <a >>c]"),
    ("a 2>&1 3<&- 10>|x <>y", "[a 2>&1 3<&- 10>|x <>y]"),
    ("a 2 >b", "[a 2 >b]"),
    ("a2>b", "[a2 >b]"),
    ("a 2\\\n>b", "[a 2>b]"),
    ("a >&1>b", "[a >&1 >b]"),
    ("a &>b &>>c", "[a &>b &>>c]"),
    ("a <<< $x", "[a <<<${x}]"),
    (">a", "[>a]"),
    ("a=b >c", "[a=b >c]"),
    ("{ a; }", "{[a]}"),
    ("{ a & }", "{[a] &}"),
    ("{ a\n}", "{[a]}"),
    ("{<x a; } >y 2>&1", "{[a <x]} >y 2>&1"),
    ("(a; b)", "([a]; [b])"),
    ("(a) | (b) && c", "([a]) | ([b]) && [c]"),
    ("((1+2))", "(('1+2'))"),
    ("((a)) && b", "(('a')) && [b]"),
    ("((a); b)", "(([a]); [b])"),
    ("( (a) )", "(([a]))"),
    ("if a; then b; fi", "if [a] then [b]"),
    ("if a\nthen b\nelif c; then d\nelse e; f; fi >x", "if [a] then [b] if [c] then [d] else [e]; [f] >x"),
    ("while a; do b; done<x", "while [a] do [b] <x"),
    ("until a\ndo b\ndone", "until [a] do [b]"),
    ("for x in a b; do c; done", "for x in a b do [c]"),
    ("for x\nin a\ndo b; done", "for x in a do [b]"),
    ("for x; do a; done", "for x in @ do [a]"),
    ("for x do a; done", "for x in @ do [a]"),
    ("for x in; do a; done", "for x in  do [a]"),
    ("for x in {1..3} $y; do a; done", "for x in 1 2 3 ${y} do [a]"),
    ("for ((i=0; i<3; i++)); do a; done", "for 'i=0',' i<3',' i++' do [a]"),
    ("for ((;;)) do a; done", "for ø,ø,ø do [a]"),
    ("for ((;;)) { a; }", "for ø,ø,ø do [a]"),
    ("case x in esac", "case x "),
    ("case x in a) b;; (c|d) e; f;& *) ;;& g) h; esac", "case x a) [b];; c|d) [e]; [f];& *) ;;& g) [h];;"),
    ("case x in\n\na)\nb\n;;\nesac", "case x a) [b];;"),
    ("case $x in 'a b') c;; (esac) d;; esac", "case ${x} 'a b') [c];; esac) [d];;"),
    ("f() { a; }", "f() {[a]}"),
    ("f ()\n(a) >x", "f() ([a]) >x"),
    ("f() if a; then b; fi", "f() if [a] then [b]"),
    ("function f { a; }", "f() {[a]}"),
    ("function f() { a; }", "f() {[a]}"),
    ("function f (a)", "f() ([a])"),
    ("f-g() { a; }; f-g", "f-g() {[a]}; [f-g]"),
    ("[[ a ]]", "[[-n a]]"),
    ("[[ -f a && ! $b == c* ]]", "[[&&(-f a, !(${b} == c*))]]"),
    ("[[ a < b || ( c -eq 1 ) ]]", "[[||(a < b, c -eq 1)]]"),
    ("[[ a =~ ^(b|c d)+$ ]]", "[[a =~ ^.(.b|c d.).+$]]"),
    ("[[ $a == @(b|c)?d ]]", "[[${a} == @.(.b|c.).?d]]"),
    ("[[ -z $a\n&& b ]]", "[[&&(-z ${a}, -n b)]]"),
    ("[[ a<b ]]", "[[a < b]]"),
    ("[[ 1<2 ]]", "[[1 < 2]]"),
]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[text for text, _ in LINES])
def test_a_command_line_is_read_as_its_tree(text: str, expected: str) -> None:
    assert line_shape(text) == expected


def test_every_command_knows_its_place_and_line() -> None:
    text = "a b\n\nif c; then\n  d &\nfi >x\n"
    first, second = parse(text).items
    assert (first.start, first.end) == (0, 3)
    clause = second.command
    assert isinstance(clause, tree.If)
    assert text[clause.start : clause.end] == "if c; then\n  d &\nfi >x"
    assert clause.line == 3
    inner = clause.clauses[0][1].items[0]
    assert inner.background
    assert isinstance(inner.command, tree.SimpleCommand)
    assert inner.command.line == 4
    assert text[inner.command.start : inner.command.end] == "d"


def test_the_commands_of_a_substitution_know_their_place_in_the_line() -> None:
    text = 'echo "x `a $(b c)`"'
    outer = parse(text).items[0].command
    assert isinstance(outer, tree.SimpleCommand)
    part = outer.words[1].parts[0]
    assert isinstance(part, tree.DoubleQuoted)
    assert text[part.parts[1].start : part.parts[1].end] == "`a $(b c)`"


def test_braces_can_be_left_alone() -> None:
    line = Parser("echo {a,b}", braces=False).next_line()
    assert line is not None
    command = line.items[0].command
    assert isinstance(command, tree.SimpleCommand)
    assert [word.text for word in command.words] == ["echo", "{a,b}"]
