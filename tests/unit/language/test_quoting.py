"""Quoting: a word that reads back as itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_shape import first_command

from azos_shell.language.quoting import quote, quote_always
from azos_shell.language.tree import SimpleCommand

QUOTED = [
    ("abc", "abc"),
    ("a-b_c.d/e:f,g@h%i+j", "a-b_c.d/e:f,g@h%i+j"),
    ("--a=b", "--a=b"),
    ("é日本", "é日本"),
    ("", "''"),
    ("a b", "'a b'"),
    ("it's", "'it'\\''s'"),
    ("$x", "'$x'"),
    ("*", "'*'"),
    ("~", "'~'"),
    ("#a", "'#a'"),
    ("{a,b}", "'{a,b}'"),
    ("!", "'!'"),
    ("a=b", "'a=b'"),
    ("a+=b", "'a+=b'"),
    ("if", "'if'"),
    ("a\nb\t\x1b\\'", r"$'a\nb\t\E\\\''"),
    ("\udcff", r"$'\xff'"),
    ("\x01\x7f", r"$'\x01\x7f'"),
    ("\u202e\x85", r"$'\u202e\u0085'"),
    ("\U000e0001", r"$'\U000e0001'"),
]


@pytest.mark.parametrize(("text", "expected"), QUOTED)
def test_a_text_is_quoted_no_more_than_it_needs(text: str, expected: str) -> None:
    assert quote(text) == expected


def as_bytes_would_be_read(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


texts = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary().map(lambda data: data.replace(b"\0", b"").decode("utf-8", "surrogateescape")),
)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_a_quoted_text_reads_back_as_itself(text: str) -> None:
    assert as_bytes_would_be_read(text) == text
    for quoted in (quote(text), quote_always(text)):
        command = first_command(quoted)
        assert isinstance(command, SimpleCommand)
        assert [word.text for word in command.words] == [text]
        assert not command.assignments
