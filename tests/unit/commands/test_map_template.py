"""The template of map: what fills a place is data, wherever in the command that stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.map_items import Entry
from azos_shell.commands.map_template import template_of
from azos_shell.core.errors import AzosError, UsageError
from azos_shell.language import tree
from azos_shell.language.unparse import unparse


def no_alias(name: str) -> str | None:
    return None


def filled(words: list[str], text: str = "a b", fields: dict[str, object] | None = None) -> str:
    return unparse(template_of(words, no_alias).filled(Entry(7, text, fields).place))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("echo {}", "echo 'a b'"),
        ("echo x{}y", "echo 'xa by'"),
        ("echo '{}'", "echo 'a b'"),
        ('echo "{} $x"', 'echo "a b $x"'),
        ("gzip -9", "gzip -9 'a b'"),
        ("{}", "'a b'"),
        ("echo {#}", "echo 7"),
        ("x={} env", "x='a b' env"),
        ("cat > {}.out", "cat > 'a b.out'"),
        ("f {} | g {} && h", "f 'a b' | g 'a b' && h"),
        ("for i in {1..2}; do echo $i {}; done", "for i in 1 2; do echo $i 'a b'; done"),
        ("case {} in a*) echo {};; esac", "case 'a b' in a*) echo 'a b' ;; esac"),
        ("echo $(basename {})", "echo $(basename 'a b')"),
        ("[[ {} == a* ]]", "[[ 'a b' == a* ]]"),
    ],
)
def test_a_place_may_stand_anywhere(line: str, wanted: str) -> None:
    shown = filled([line])
    assert shown.replace('"', "'") == wanted.replace('"', "'")


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("{}", "dir.d/file.tar.gz"),
        ("{.}", "dir.d/file.tar"),
        ("{/}", "file.tar.gz"),
        ("{//}", "dir.d"),
        ("{/.}", "file.tar"),
        ("{1}", "dir.d/file.tar.gz"),
    ],
)
def test_places_give_parts_of_a_path(place: str, wanted: str) -> None:
    assert filled([f"echo {place}"], "dir.d/file.tar.gz") == f"echo {wanted}"


def test_fields_fill_their_places() -> None:
    fields = {"name": "it's", "first name": "Ann", "n": 3, "none": None, "yes": True}
    assert filled(["echo {name} {n} '{first name}' {none} {yes}"], "", fields).split() == [
        "echo", "'it'\\''s'", "3", "Ann", "''", "true",
    ]  # fmt: skip


def test_fields_can_be_told_by_their_number() -> None:
    assert filled(["echo {2}{1}{3}"], "", {"a": "x", "b": "y"}) == "echo 'yx{3}'"


def test_text_fills_no_fields() -> None:
    assert filled(["awk '{print}' {}"]) == "awk '{print}' 'a b'"


def test_braces_with_a_blank_behind_them_are_no_place() -> None:
    assert filled(["awk '{ print }'"]) == "awk '{ print }' 'a b'"


def test_several_words_stay_as_they_are() -> None:
    assert filled(["echo", "$(date) {}", "*"]) == "echo '$(date) a b' *".replace(" *", " *")
    first = template_of(["echo", "*", "{}"], no_alias).filled(Entry(1, "x").place).items[0].command
    assert isinstance(first, tree.SimpleCommand)
    assert [word.text for word in first.words] == ["echo", "*", "x"]


@pytest.mark.parametrize("line", ["a; b", "a | b", "for i in 1 2; do echo $i; done", "(a)"])
def test_more_than_a_simple_command_must_say_where_the_item_goes(line: str) -> None:
    with pytest.raises(UsageError, match=r"no \{\}"):
        template_of([line], no_alias)


@pytest.mark.parametrize("line", ["", "  ", "# only a comment"])
def test_no_command_is_refused(line: str) -> None:
    with pytest.raises(UsageError):
        template_of([line], no_alias)


def test_a_command_line_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="expected"):
        template_of(["if {}"], no_alias)


@pytest.mark.parametrize(
    "line",
    ["echo $(( {} + 1 ))", "(( {} > 1 ))", "a[{}]=1", "[[ {} -gt 1 ]]", "[[ 1 -eq {} ]]"],
)
def test_where_the_shell_computes_only_whole_numbers_are_let_in(line: str) -> None:
    assert "12" in filled([line], "12")
    assert "-3" in filled([line], "-3")
    for text in ("x", "a[$(date)]", "1+1", "", "0x10", "٣"):
        with pytest.raises(AzosError, match="no whole number"):
            filled([line], text)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
FORMS: list[Callable[[str], list[str]]] = [
    lambda place: ["printf", "%s", place],
    lambda place: [f"printf %s {place}"],
    lambda place: [f'printf %s "{place}"'],
    lambda place: [f"printf %s '{place}'"],
]


@given(TEXTS, st.sampled_from(FORMS))
def test_whatever_an_item_holds_is_one_word_as_it_is(text: str, form: Callable[[str], list[str]]) -> None:
    command = template_of(form("{}"), no_alias).filled(Entry(1, text).place).items[0].command
    assert isinstance(command, tree.SimpleCommand)
    word = command.words[2]
    assert word.text == text
    assert all(isinstance(part, tree.Quoted) or part.text.isascii() for part in word.parts)  # type: ignore[union-attr]
    assert len(command.words) == 3


@given(TEXTS)
def test_beside_an_expansion_an_item_is_quoted_text(text: str) -> None:
    command = template_of(['printf %s "$x{}"$y{}'], no_alias).filled(Entry(1, text).place).items[0].command
    assert isinstance(command, tree.SimpleCommand)
    _, _, word = command.words
    double, _, alone = word.parts
    assert isinstance(double, tree.DoubleQuoted)
    assert isinstance(double.parts[1], tree.Quoted)
    assert isinstance(alone, tree.Quoted)
    assert (double.parts[1].text, alone.text) == (text, text)
