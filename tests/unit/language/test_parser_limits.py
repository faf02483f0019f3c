"""Limits: whatever its size or depth, a text is parsed or refused in reasonable time and stack."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from types import FrameType

import pytest

from azos_shell.app import RECURSION_LIMIT
from azos_shell.language.errors import IncompleteInput, NestedTooDeeply, ShellSyntaxError
from azos_shell.language.input import MAX_NESTING
from azos_shell.language.parser import Parser, parse

NESTS = [
    ("( ", " )"),
    ("{ ", "; }"),
    ("$(", ")"),
    ('"$(', ')"'),
    ("$((", "))"),
    ("$( (", ") )"),
    ("<(", ")"),
    ("${x:-", "}"),
    ('"${x:-', '}"'),
    ("${x#", "}"),
    ("${x:${x:", "}}"),
    ("${x[$(", ")]}"),
    ("if ", "; then a; fi"),
    ("if a; then ", "; fi"),
    ("while ", "; do a; done"),
    ("case a in a) ", ";; esac"),
    ("case $(", ") in a) ;; esac"),
    ("for x in $(", "); do a; done"),
    ("f() { ", "; }"),
    ("a=($(", "))"),
    ("a[$(", ")]=1"),
    ("! { ", "; }"),
    ("a | { ", "; }"),
    ("a && ( ", " )"),
    ("a <<< $(", ")"),
    ("[[ a = $(", ") ]]"),
    ("cat <<< `a` $(", ")"),
]


@pytest.fixture
def much_stack() -> Iterator[None]:
    """As many frames as the shell allows itself."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION_LIMIT)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(("opening", "closing"), NESTS)
def test_nesting_up_to_the_limit_takes_half_of_the_stack_at_most(
    opening: str, closing: str, much_stack: None
) -> None:
    refused = bisect_left(
        range(MAX_NESTING + 3), True, key=lambda n: not _parses(opening * n + "a" + closing * n)
    )
    deepest = refused - 1
    assert deepest >= MAX_NESTING // 4
    frames = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal frames
        if event == "call":
            frames += 1
            most[0] = max(most[0], frames)
        elif event == "return":
            frames -= 1

    most = [0]
    sys.setprofile(count)
    try:
        parse(opening * deepest + "a" + closing * deepest)
    finally:
        sys.setprofile(None)
    assert most[0] < MAX_NESTING * 8 + 40 <= RECURSION_LIMIT / 2


def _depth() -> int:
    depth = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


def _parses(text: str) -> bool:
    try:
        parse(text)
    except NestedTooDeeply:
        return False
    return True


@pytest.mark.parametrize(
    ("opening", "closing"), [*NESTS, ("(", ")"), ("((", "))"), ("`", "`"), ("{", "}"), ("[[ ( ", "")]
)
@pytest.mark.parametrize("closed", [False, True])
def test_ten_thousand_levels_are_refused(opening: str, closing: str, closed: bool) -> None:
    text = opening * 10_000 + ("a" + closing * 10_000 if closed else "")
    try:
        parse(text)
    except ShellSyntaxError as error:
        assert len(error.render()) < 500


def test_a_parser_called_with_little_stack_left_says_so_too() -> None:
    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        else:
            parse("( " * 70 + "a" + " )" * 70)

    with pytest.raises(NestedTooDeeply):
        deep(sys.getrecursionlimit() - _depth() - 100)


@pytest.mark.parametrize(
    "text",
    [
        "$(( " * 40 + "x" + ") " * 80,
        "(( " * 40 + "x" + ") " * 80,
        "${x:" * 40 + ")" * 40 + "}" * 40,
        "a=([$(" * 20 + "x" + ")] )" * 20,
        "a[$(" * 20 + "x" + ")] " * 20,
    ],
)
def test_reading_twice_does_not_double_at_each_level(text: str) -> None:
    try:
        parse(text)
    except ShellSyntaxError as error:
        assert error.status == 2


@pytest.mark.parametrize(
    "text",
    [
        "a " * 100_000,
        "a" * 1_000_000,
        "'" + "a" * 1_000_000 + "'",
        '"' + "a\\$" * 300_000 + '"',
        "\\a" * 500_000,
        "a\\\n" * 100_000 + "b",
        "a \\\n" * 100_000 + "b",
        "$," * 300_000,
        '"$x"' * 30_000,
        "a;" * 30_000,
        "a|" * 30_000 + "a",
        "a&&" * 30_000 + "a",
        "if a; then b; " + "elif a; then b; " * 10_000 + "fi",
        "case a in " + "a) b;; " * 10_000 + "esac",
        "! " * 100_000 + "a",
        "[[ " + "! " * 50_000 + "a ]]",
        "a=(" + "[x] " * 30_000 + ")",
        "x[" * 300_000,
        "[x " * 30_000,
        "{x}" * 100_000,
        "a=~:" * 50_000,
        "#\n" * 50_000,
        "cat <<E\n" + "x $y\n" * 20_000 + "E\n",
        "\0" * 1_000_000,
        "\udcff" * 1_000_000,
        "a\r\n" * 30_000,
    ],
    ids=lambda text: text[:8].encode("unicode_escape").decode(),
)
def test_large_lines_are_parsed_in_linear_time(text: str) -> None:
    assert parse(text) is not None


def test_a_long_document_or_string_read_line_by_line_takes_linear_time() -> None:
    for opening, closing in (("cat <<E\n", "E\n"), ("a '", "'\n"), ('a "', '"\n')):
        lines = iter([opening, *["some text\n"] * 50_000, closing])
        assert Parser("", more=partial(next, lines, None)).next_line() is not None


def test_an_unfinished_line_of_parentheses_is_incomplete() -> None:
    with pytest.raises(IncompleteInput):
        parse("((" * 10 + "1")
