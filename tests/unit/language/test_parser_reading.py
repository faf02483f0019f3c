"""Reading line by line: what is looked at, when more is asked for, and what offsets and lines then mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tree_shape import shape

from azos_shell.language.errors import IncompleteInput, ShellSyntaxError
from azos_shell.language.parser import Parser


def feed(*pieces: str) -> tuple[Callable[[], str | None], list[str]]:
    """A ``more`` that gives ``pieces`` one by one, and the list of those not yet given."""
    left = list(pieces)
    return (lambda: left.pop(0) if left else None), left


def test_nothing_after_the_command_line_is_looked_at() -> None:
    parser = Parser("a\nb; c\n) | 'x")
    assert [shape(parser.next_line()), shape(parser.next_line())] == ["[a]", "[b]; [c]"]
    with pytest.raises(ShellSyntaxError) as caught:
        parser.next_line()
    assert caught.value.line == 3


def test_lines_are_asked_for_only_when_they_are_needed() -> None:
    more, left = feed("a\n", "# c\n", "\n", "if b\n", "then c\n", "fi\n", "d\n")
    parser = Parser("", more=more)
    assert shape(parser.next_line()) == "[a]"
    assert len(left) == 6
    assert shape(parser.next_line()) == "if [b] then [c]"
    assert left == ["d\n"]
    assert shape(parser.next_line()) == "[d]"
    assert parser.next_line() is None
    assert parser.next_line() is None


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a 'b\n", "c' d\n"], "[a 'b\nc' d]"),
        (['a "b\n', "$c\n", '"\n'], "[a \"'b\n'.${c}.'\n'\"]"),
        (["a \\\n", "b\n"], "[a b]"),
        (["a\\\n", "b\n"], "[ab]"),
        (["a &&\n", "\n", "b\n"], "[a] && [b]"),
        (["a |\n", "b\n"], "[a] | [b]"),
        (["a $(b\n", "c)\n"], "[a $([b]; [c])]"),
        (["a `b\n", "c`\n"], "[a $([b]; [c])]"),
        (["a $((1\n", "+2))\n"], "[a (('1\n+2'))]"),
        (["a ${b:-c\n", "d}\n"], "[a ${b :- c\n.d}]"),
        (["a $'b\n", "c'\n"], "[a 'b\nc']"),
        (["cat <<E\n", "b\n", "E\n"], "[cat <<'b\n']"),
        (["f()\n", "{\n", "a\n", "}\n"], "f() {[a]}"),
        (["a=(b\n", "c)\n"], "[a=(b c)]"),
        (["[[ a &&\n", "b ]]\n"], "[[&&(-n a, -n b)]]"),
        (["((1 +\n", "2))\n"], "(('1 +\n2'))"),
        (["a", " b", "\n"], "[a b]"),
        (["a b"], "[a b]"),
    ],
)
def test_what_spans_lines_is_read_piece_by_piece(pieces: list[str], expected: str) -> None:
    more, left = feed(*pieces, "next\n")
    if not pieces[-1].endswith("\n"):
        more, left = feed(*pieces)
    parser = Parser("", more=more)
    assert shape(parser.next_line()) == expected
    assert left == (["next\n"] if pieces[-1].endswith("\n") else [])


def test_a_text_that_ends_in_mid_line_goes_on_with_more() -> None:
    more, _ = feed("o x\n")
    assert shape(Parser("ech", more=more).next_line()) == "[echo x]"


def test_the_end_of_more_inside_something_is_incomplete() -> None:
    more, _ = feed("a 'b\n")
    parser = Parser("", more=more)
    with pytest.raises(IncompleteInput):
        parser.next_line()


def test_lines_count_on_when_text_is_dropped() -> None:
    more, _ = feed("a\n", "b 'x\n", "y'\n", "c\n", "d |\n", "| e\n")
    parser = Parser("", more=more, first_line=10)
    lines = []
    for _ in range(3):
        line = parser.next_line()
        assert line is not None
        lines.append(getattr(line.items[0].command, "line", 0))
    assert lines == [10, 11, 13]
    with pytest.raises(ShellSyntaxError) as caught:
        parser.next_line()
    assert (caught.value.line, caught.value.column) == (15, 1)


def test_the_offset_is_where_parsing_has_got_to() -> None:
    parser = Parser("a b\nc\n")
    line = parser.next_line()
    assert line is not None
    assert parser.offset == 4
    assert parser.source(line.start, line.items[0].end) == "a b"
    assert "line 1" in repr(parser)


def test_a_comment_line_that_ends_in_a_backslash_asks_for_no_more() -> None:
    more, left = feed("a\n", "# c \\\n", "b\n", "c\n")
    parser = Parser("", more=more)
    parser.next_line()
    assert shape(parser.next_line()) == "[b]"
    assert left == ["c\n"]


def test_the_end_of_a_script_ends_a_backslash_newline() -> None:
    assert shape(Parser("a \\\n", final=True).next_line()) == "[a]"
    assert shape(Parser("a\\", final=True).next_line()) == "[a.'\\']"
