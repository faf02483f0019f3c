"""Trees written back as text."""

from __future__ import annotations

import pytest

from azos_shell.language.parser import parse
from azos_shell.language.unparse import unparse

WRITTEN = [
    ("a  b;c", "a b; c"),
    ("a&b &", "a & b &"),
    ("a|b|&c&&! d||e", "a | b |& c && ! d || e"),
    ("time -p a", "time -p a"),
    ("x=1 y+=2 a=(b [2]=c) a[1]=d e", "x=1 y+=2 a=(b [2]=c) a[1]=d e"),
    ("a >b 2>&1 <<<c 3<&-", "a > b 2>&1 <<< c 3<&-"),
    ("cat <<E\na b\nE", "cat <<< 'a b'"),
    ("cat <<E\na $x\nE", 'cat <<< "a $x"'),
    ("cat <<E\na\nb\nE", r"cat <<< $'a\nb'"),
    ("cat <<E\nE", "cat < /dev/null"),
    (
        "echo \"a $x\" 'b c' \\d ${y:-e f} ${#z} ${!w} ${v[1]}",
        "echo \"a $x\" 'b c' 'd' ${y:-e f} ${#z} ${!w} ${v[1]}",
    ),
    (
        "echo ${x/a/b} ${x:1:2} ${x^^} ${x@Q} ${!y@} ${x!}",
        "echo ${x/a/b} ${x:1:2} ${x^^} ${x@Q} ${!y@} ${x!}",
    ),
    ("echo `a` $(b;c) $((1+$x)) <(d) ~/e *.f", "echo $(a) $(b; c) $((1+$x)) <(d) ~/e *.f"),
    ("$((a);b)", "$( ( a ); b)"),
    ("{ a; b& }>c", "{ a; b & } > c"),
    ("(a;b)", "( a; b )"),
    ("if a\nthen b\nelif c; then d; else e; fi", "if a; then b; elif c; then d; else e; fi"),
    ("while a; do b; done <c", "while a; do b; done < c"),
    ("until a; do b; done", "until a; do b; done"),
    ("for x in a b; do c; done", "for x in a b; do c; done"),
    ("for x do c; done", "for x; do c; done"),
    ("for ((i=0;i<3;i++)); do a; done", "for ((i=0;i<3;i++)); do a; done"),
    ("case $x in a|b) c;; (esac) d;& *) esac", "case $x in a | b) c ;; (esac) d ;& *)  ;; esac"),
    ("<x if; {if,then}; {a=1,b}", "'if' < x; 'if' then; 'a=1' b"),
    ("a '' $ $\\b", "a '' $ \\$'b'"),
    ("f() { a; }", "f() { a; }"),
    ("function f (a) >b", "f() ( a ) > b"),
    ("((x+1))", "((x+1))"),
    ("[[ -f a && ! ( $b == c* || d ) ]]", "[[ -f a && ( ! ( $b == c* || -n d ) ) ]]"),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_a_tree_is_written_on_one_line(text: str, expected: str) -> None:
    assert unparse(parse(text)) == expected


@pytest.mark.parametrize("expected", [expected for _, expected in WRITTEN])
def test_what_is_written_reads_back_as_what_is_written(expected: str) -> None:
    again = unparse(parse(expected))
    assert again == expected.replace("\\$'b'", "'$b'")


def test_deep_trees_are_written_without_recursion() -> None:
    text = "( " * 70 + "a" + " )" * 70
    assert unparse(parse(text)) == text


def test_a_dollar_that_stands_for_itself_stays_one_before_backquotes() -> None:
    assert unparse(parse("echo $`a`")).strip() == "echo \\$$(a)"
