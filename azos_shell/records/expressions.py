"""SQL expressions as text: cut at their commas, and asked which names they quote. SQLite reads all the rest.

Nothing is judged here but strings, quoted names, comments and brackets, by SQLite's rules
(https://sqlite.org/lang_keywords.html, https://sqlite.org/lang_comment.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)
  | (?P<string>[xX]?'(?:[^']|'')*(?:'|\Z))
  | (?P<quoted>"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)|\[[^\]]*(?:\]|\Z))
  | (?P<word>[^\W\d]\w*)
  | (?P<other>\d\w*|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression: ``kind`` is string, quoted, word or other."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The name that a word or a quoted one is."""
        if self.kind != "quoted":
            return self.text
        mark = {"[": "]"}.get(self.text[0], self.text[0])
        inside = self.text[1:].removesuffix(mark)
        return inside if mark == "]" else inside.replace(mark * 2, mark)


@dataclass(frozen=True, slots=True)
class Item:
    """One of several expressions: its text, and, where it is only a column's name, that and what it is called."""

    text: str
    column: str | None = None
    called: str | None = None

    @property
    def is_star(self) -> bool:
        """Whether it stands for all columns."""
        return self.text == "*"


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an expression, without blanks and comments."""
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "blank" and found.lastgroup is not None:
            yield Token(found.lastgroup, found[0])


def items_of(text: str) -> list[Item]:
    """The expressions between commas, commas in brackets and quotes aside."""
    parts = [""]
    depth = 0
    for found in _TOKEN.finditer(text):
        part = found[0]
        if found.lastgroup == "other":
            depth += (part == "(") - (part == ")")
        if part == "," and not depth:
            parts.append("")
        else:
            parts[-1] += part
    return [_item(part.strip()) for part in parts]


def _item(text: str) -> Item:
    there = list(tokens(text))
    if not 1 <= len(there) <= 3 or not all(_is_name(token) for token in there):
        return Item(text)
    if there[0].kind == "word" and there[0].text.lower() in _VALUES:
        return Item(text)
    if len(there) == 1:
        return Item(text, there[0].name)
    if len(there) == 3 and (there[1].kind != "word" or there[1].text.lower() != "as"):
        return Item(text)
    return Item(text, there[0].name, there[-1].name)


_VALUES = frozenset(
    {"null", "current_date", "current_time", "current_timestamp", "not", "cast", "case", "exists"}
)
"""Words that begin an expression and are no names; ``true`` and ``false`` are, where there is such a column."""


def _is_name(token: Token) -> bool:
    return token.kind in ("word", "quoted")


def is_balanced(text: str) -> bool:
    """Whether no bracket is closed that was not opened: put into brackets it is one expression, or none at all."""
    depth = 0
    for token in tokens(text):
        if token.kind == "other":
            depth += (token.text == "(") - (token.text == ")")
            if depth < 0:
                return False
    return True


def quoted_names(text: str) -> list[str]:
    """The names in quotation marks that are not given by ``AS``.

    SQLite takes one that names no column for a string, so a slip of the pen would go unnoticed.
    """
    names = []
    before = ""
    for token in tokens(text):
        if token.kind == "quoted" and token.text[0] == '"' and before != "as":
            names.append(token.name)
        before = token.text.lower()
    return names
