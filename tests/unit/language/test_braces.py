"""Brace expansion: lists, sequences, nesting, and what stands for itself."""

from __future__ import annotations

import pytest
from tree_shape import first_command, shape

from azos_shell.language.braces import expand_braces
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse

EXPANSIONS = [
    ("{a,b}", "a b"),
    ("x{a,b}y", "xay xby"),
    ("{a,b}{c,d}", "ac ad bc bd"),
    ("{a,b{c,d}e}", "a bce bde"),
    ("{{a,b},c}", "a b c"),
    ("a{,b}", "a ab"),
    ("{,}", ""),
    ("a{b}", "a{b}"),
    ("{a{b,c}}", "{ab} {ac}"),
    ("{a,b", "{a,b"),
    ("{{a,b}", "{a {b"),
    ("{a,b}}", "a} b}"),
    ("a,b", "a,b"),
    ("{}", "{}"),
    ("{a,{b,c}", "{a,b {a,c"),
    ("{1..4}", "1 2 3 4"),
    ("{4..1}", "4 3 2 1"),
    ("{-1..1}", "-1 0 1"),
    ("{1..10..3}", "1 4 7 10"),
    ("{10..1..-4}", "10 6 2"),
    ("{1..5..0}", "1 2 3 4 5"),
    ("{01..3}", "01 02 03"),
    ("{8..011}", "008 009 010 011"),
    ("{-01..1}", "-01 000 001"),
    ("{a..e}", "a b c d e"),
    ("{e..a..2}", "e c a"),
    ("{a..3}", "{a..3}"),
    ("{1...3}", "{1...3}"),
    ("{a,'b c',$x,\"d e\"}", "a 'b c' ${x} \"'d e'\""),
    ("'{a,b}'", "'{a,b}'"),
    (r"\{a,b}", "'{'.a,b}"),
    (r"{a\,b,c}", "a.','.b c"),
    ("${x}{a,b}", "${x}.a ${x}.b"),
    ("{~,b}/c", "~./c b/c"),
    ("{a,~}$x", "a.${x} ~.${x}"),
    ("{a,b}*", "a* b*"),
    ("~/{a,b}", "~./a ~./b"),
    ('"{a,b}"{c,d}', "\"'{a,b}'\".c \"'{a,b}'\".d"),
]


@pytest.mark.parametrize(("text", "expected"), EXPANSIONS)
def test_braces_make_one_word_to_several(text: str, expected: str) -> None:
    assert " ".join(map(shape, first_command("echo " + text).words[1:])) == expected


def test_braces_inside_a_parameter_or_around_one_are_left_alone() -> None:
    assert len(first_command("echo ${x:-{a,b}}").words) == 2
    assert len(first_command("echo {1..$x}").words) == 2


def test_assignments_and_redirections_are_not_expanded() -> None:
    command = first_command("a={b,c} >{d,e}")
    assert shape(command) == "[a={b,c} >{d,e}]"


def test_a_word_without_braces_is_itself() -> None:
    word = first_command("echo a'b'").words[1]
    assert expand_braces(word) == (word,)


def test_the_words_have_texts_and_places() -> None:
    words = first_command("echo a{b,'c d',*}").words[1:]
    assert [word.text for word in words] == ["ab", "ac d", None]
    assert {(word.start, word.end) for word in words} == {(5, 17)}


@pytest.mark.parametrize(
    "text", ["{1..99999999}", "{a,b}" * 30, "{1..1000}{1..1001}", "{" * 600 + "a,b" + "}" * 600]
)
def test_more_than_memory_should_hold_is_refused(text: str) -> None:
    with pytest.raises(ShellSyntaxError, match=r"the braces|the sequence"):
        parse("echo " + text)
