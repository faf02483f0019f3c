"""Whatever the text: it is parsed, or refused with a syntax error, and nothing else happens."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from snippets import snippets

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import Parser, parse
from azos_shell.language.unparse import unparse

CASES = snippets()
PIECES = sorted({piece for case in CASES for piece in re.findall(r"\w+|\s|.", case, re.DOTALL)})

shell_like = st.lists(st.sampled_from([*PIECES, *"$(){}[]'\"`\\\n;&|<>#~!=:"]), max_size=30).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A snippet with a few pieces taken out, put in or repeated."""
    pieces = re.findall(r"\w+|\s|.", draw(st.sampled_from(CASES)), re.DOTALL)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(pieces)))
        pieces[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(PIECES), max_size=2))
    return "".join(pieces)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), shell_like, damaged()), st.booleans())
@example("$((", False)
@example("\\", False)
@example("a=([", False)
@example("${!", True)
def test_any_text_is_parsed_or_refused(text: str, final: bool) -> None:
    try:
        tree = parse(text, final=final, aliases={"a": "b ", "b": "echo 'x\n"}.get)
    except ShellSyntaxError as error:
        assert error.line >= 1
        assert error.column >= 1
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", error.render())
    else:
        assert tree.items or tree.end >= 0


@settings(max_examples=300, deadline=None)
@given(st.one_of(shell_like, damaged()))
def test_text_in_pieces_is_parsed_as_when_whole(text: str) -> None:
    lines = iter(text.splitlines(keepends=True) if "\r" not in text else [text])
    parser = Parser("", more=lambda: next(lines, None))
    pieces: list[str] = []
    try:
        while (line := parser.next_line()) is not None:
            pieces.append(unparse(line))
        outcome = "parsed"
    except ShellSyntaxError as error:
        outcome = f"{type(error).__name__} {error.line} {error.column}"
    whole = Parser(text)
    expected: list[str] = []
    try:
        while (line := whole.next_line()) is not None:
            expected.append(unparse(line))
        expected_outcome = "parsed"
    except ShellSyntaxError as error:
        expected_outcome = f"{type(error).__name__} {error.line} {error.column}"
    assert (pieces, outcome) == (expected, expected_outcome)


@settings(max_examples=300, deadline=None)
@given(st.one_of(shell_like, damaged()))
def test_what_was_parsed_can_be_written_and_parsed_again(text: str) -> None:
    try:
        tree = parse(text, final=True)
    except ShellSyntaxError:
        return
    written = unparse(tree)
    again = unparse(parse(written, final=True))
    assert again == unparse(parse(again, final=True))
