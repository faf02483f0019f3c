"""Field splitting as a pure function: a table, and a second, simpler statement of POSIX 2.6.5 to hold it to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.shell.expansion import BREAK, DEFAULT_IFS, LITERAL, QUOTED, SPLIT, Run, split_fields


def texts(runs: list[Run], ifs: str) -> list[str]:
    """The fields as plain text."""
    return ["".join(text for text, _ in pieces) for pieces in split_fields(runs, ifs)]


@pytest.mark.parametrize(
    ("text", "ifs", "fields"),
    [
        ("", DEFAULT_IFS, []),
        ("  ", DEFAULT_IFS, []),
        ("a", DEFAULT_IFS, ["a"]),
        (" a  b\tc\n", DEFAULT_IFS, ["a", "b", "c"]),
        ("a:b", ":", ["a", "b"]),
        ("a::b", ":", ["a", "", "b"]),
        (":a", ":", ["", "a"]),
        ("a:", ":", ["a"]),
        ("a::", ":", ["a", ""]),
        (":", ":", [""]),
        ("::", ":", ["", ""]),
        ("a : b", " :", ["a", "b"]),
        ("a : : b", " :", ["a", "", "b"]),
        (" : a", " :", ["", "a"]),
        (" a : ", " :", ["a"]),
        ("a b", "", ["a b"]),
        ("a b", ":", ["a b"]),
        ("a]b^c-d", "^]-", ["a", "b", "c", "d"]),
        ("a\\b", "\\", ["a", "b"]),
    ],
)
def test_an_unquoted_expansion_is_split(text: str, ifs: str, fields: list[str]) -> None:
    assert texts([(SPLIT, text)], ifs) == fields


@pytest.mark.parametrize(
    ("runs", "fields"),
    [
        ([(QUOTED, "")], [""]),
        ([(LITERAL, "")], []),
        ([(QUOTED, " a ")], [" a "]),
        ([(LITERAL, "a b")], ["a b"]),
        ([(LITERAL, "x"), (SPLIT, "a b"), (LITERAL, "y")], ["xa", "by"]),
        ([(LITERAL, "x"), (SPLIT, " a "), (LITERAL, "y")], ["x", "a", "y"]),
        ([(SPLIT, "a "), (QUOTED, "")], ["a", ""]),
        ([(QUOTED, ""), (SPLIT, " a")], ["", "a"]),
        ([(SPLIT, "a b"), (SPLIT, "c d")], ["a", "bc", "d"]),
        ([(QUOTED, "a"), (BREAK, ""), (QUOTED, "b")], ["a", "b"]),
        ([(QUOTED, ""), (BREAK, ""), (QUOTED, "")], ["", ""]),
        ([(SPLIT, ""), (BREAK, ""), (SPLIT, "")], []),
        ([(SPLIT, "a b"), (BREAK, ""), (SPLIT, "c")], ["a", "b", "c"]),
    ],
)
def test_runs_join_and_break_fields(runs: list[Run], fields: list[str]) -> None:
    assert texts(runs, DEFAULT_IFS) == fields


def test_only_what_was_not_quoted_is_open_to_pathname_expansion() -> None:
    runs = [(LITERAL, "*"), (QUOTED, "*"), (SPLIT, "* ?")]
    assert split_fields(runs, DEFAULT_IFS) == [[("*", True), ("*", False), ("*", True)], [("?", True)]]


def model(text: str, ifs: str) -> list[str]:
    """POSIX 2.6.5 a character at a time.

    White space of IFS at both ends goes; then a delimiter is one other IFS character with the white space beside it,
    or white space alone; a delimiter at the very end ends the last field and begins no other.
    """
    soft = {character for character in ifs if character in " \t\n"}
    hard = set(ifs) - soft
    text = text.strip("".join(soft)) if soft else text
    fields: list[str] = []
    field = ""
    index = 0
    while index < len(text):
        if text[index] not in soft | hard:
            field += text[index]
            index += 1
            continue
        fields.append(field)
        field = ""
        while index < len(text) and text[index] in soft:
            index += 1
        if index < len(text) and text[index] in hard:
            index += 1
            while index < len(text) and text[index] in soft:
                index += 1
    return [*fields, field] if field else fields


@given(
    text=st.text("ab :-\t\n", max_size=12),
    ifs=st.sampled_from([" \t\n", ":", " :", ":-", " :-", "a", "", "\n-"]),
)
def test_splitting_agrees_with_the_model(text: str, ifs: str) -> None:
    expected = model(text, ifs) if ifs else [text] * bool(text)
    assert texts([(SPLIT, text)], ifs) == expected


@given(
    pieces=st.lists(st.tuples(st.sampled_from([QUOTED, LITERAL]), st.text("ab :", max_size=4)), max_size=5)
)
def test_what_is_no_expansion_is_never_split(pieces: list[Run]) -> None:
    fields = texts(pieces, " :")
    assert len(fields) <= 1
    assert "".join(fields) == "".join(text for _, text in pieces)
