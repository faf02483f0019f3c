"""Here-documents: where their text begins and ends, and what in it expands."""

from __future__ import annotations

import pytest
from tree_shape import line_shape

from azos_shell.language.errors import IncompleteInput, ShellSyntaxError
from azos_shell.language.parser import Parser, parse

DOCUMENTS = [
    ("cat <<E\na b\nE\n", "[cat <<'a b\n']"),
    ("cat <<E\nE", "[cat <<ø]"),
    (
        'cat <<E\n$x `b` $((1)) \\$y \\` \\\\ \\z "q"\nE\n',
        "[cat <<${x}.' '.$([b]).' '.(('1')).' $y ` \\ \\z \"q\"\n']",
    ),
    ("cat <<'E'\n$x \\$y\nE\n", "[cat <<'$x \\$y\n']"),
    ('cat <<"E F"\n$x\nE F\n', "[cat <<'$x\n']"),
    ("cat <<\\E\n$x\nE\n", "[cat <<'$x\n']"),
    ('cat <<E"O"F\n$x\nEOF\n', "[cat <<'$x\n']"),
    ("cat <<''\n$x\n\nb", "[cat <<'$x\n']; [b]"),
    ("cat <<-E\n\t\ta\n\tb\n\tE\nc", "[cat <<-'a\nb\n']; [c]"),
    ("cat <<E\na\\\nb\nE\n", "[cat <<'ab\n']"),
    ("cat <<E\na\\\nE\nE\n", "[cat <<'aE\n']"),
    ("cat <<E\nE\\\n\nb", "[cat <<ø]; [b]"),
    ("cat <<A <<B\n1\nA\n2\nB\nc", "[cat <<'1\n' <<'2\n']; [c]"),
    ("cat <<A; b <<B\n1\nA\n2\nB\n", "[cat <<'1\n']; [b <<'2\n']"),
    ("cat <<E | b && c\nx\nE\nd", "[cat <<'x\n'] | [b] && [c]; [d]"),
    ("cat <<E |\nx\nE\nb", "[cat <<'x\n'] | [b]"),
    ("if cat <<E; then b; fi\nx\nE\nc", "if [cat <<'x\n'] then [b]; [c]"),
    ("while a; do b; done <<E\nx\nE", "while [a] do [b] <<'x\n'"),
    ("{ cat <<E\nx\nE\n}", "{[cat <<'x\n']}"),
    ("echo $(cat <<E\n)\nE\n)", "[echo $([cat <<')\n'])]"),
    ("cat <<E $(a\nb)\nx\nE\n", "[cat $([a]; [b]) <<'x\n']"),
    ("cat <<E 'a\nb'\nx\nE\n", "[cat 'a\nb' <<'x\n']"),
    ("cat <<E # comment\nx\nE\n", "[cat <<'x\n']"),
    ("3<<E cat\nx\nE\n", "[cat 3<<'x\n']"),
    ("cat <<$x\na\n$x\n", "[cat <<'a\n']"),
    ("cat << \\\n E\na\nE\n", "[cat <<'a\n']"),
    ("cat <<E\n$(cat <<F\nx\nF\n)\nE\n", "[cat <<$([cat <<'x\n']).'\n']"),
]


@pytest.mark.parametrize(("text", "expected"), DOCUMENTS, ids=[text for text, _ in DOCUMENTS])
def test_a_here_document_is_the_text_up_to_its_delimiter(text: str, expected: str) -> None:
    assert line_shape(text) == expected


@pytest.mark.parametrize(
    "text", ["cat <<E", "cat <<E\n", "cat <<E\nx\n", "cat <<-'E'\nx\nE x", "cat <<A <<B\nA\n"]
)
def test_without_its_delimiter_a_here_document_is_unfinished(text: str) -> None:
    with pytest.raises(IncompleteInput, match=r"here-document opened by '<<-?' here is not closed"):
        parse(text)


def test_the_end_of_a_script_closes_a_here_document() -> None:
    assert parse("cat <<E\nx", final=True).items


@pytest.mark.parametrize(
    "text", ["cat <<", "cat <<\n", "cat << ; b", "echo $(cat <<E)\nE\n", "cat <<E\n$(\nE\n"]
)
def test_a_wrong_here_document_is_an_error(text: str) -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text)
    assert not isinstance(caught.value, IncompleteInput)


def test_commands_after_a_here_document_have_the_right_line() -> None:
    parser = Parser("cat <<E\n1\n2\nE\nfoo | |\n")
    parser.next_line()
    with pytest.raises(ShellSyntaxError) as caught:
        parser.next_line()
    assert caught.value.line == 5
