"""A script of SQL cut into its statements and dot commands, each with the line it begins on.

Unlike a search for semicolons this looks at every character once: strings, names in quotes and comments are
passed over as a whole. A trigger's body holds semicolons of its own, so SQLite is asked at each of those.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

_TOKENS = re.compile(
    r"'(?:[^']|'')*+(?:'|\Z)"
    r'|"(?:[^"]|"")*+(?:"|\Z)'
    r"|`(?:[^`]|``)*+(?:`|\Z)"
    r"|\[[^\]]*+(?:\]|\Z)"
    r"|--[^\n]*+"
    r"|/\*.*?(?:\*/|\Z)"
    r"|;",
    re.DOTALL,
)
_BLANK = re.compile(r"(?:\s|;|--[^\n]*+(?:\n|\Z)|/\*.*?(?:\*/|\Z))*+", re.DOTALL)
_DOT = re.compile(r"\.[A-Za-z][^\n]*")
_ROWS = re.compile(r"(?:select|values|with|explain|pragma|from|describe|show|summarize)\b", re.IGNORECASE)
_READS = re.compile(r"(?:select|values|explain)\b", re.IGNORECASE)
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)
_PARTLY = re.compile(r"\bor\s+(?:fail|rollback)\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?:begin|savepoint)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement, or one dot command, and the line of the script that it begins on."""

    text: str
    line: int = 1

    @property
    def is_dot(self) -> bool:
        """Whether it is a dot command."""
        return self.text.startswith(".")

    @property
    def may_give_rows(self) -> bool:
        """Whether it could have an answer: never False for one that has."""
        return self.is_dot or _ROWS.match(self.text) is not None or _RETURNING.search(self.text) is not None

    @property
    def only_reads(self) -> bool:
        """Whether it surely changes nothing, so that it may end when nobody reads its answer any more."""
        return self.is_dot or _READS.match(self.text) is not None

    @property
    def is_quiet(self) -> bool:
        """Whether it gives no rows, and has done nothing if it fails."""
        return not self.may_give_rows and _PARTLY.search(self.text) is None

    @property
    def begins_transaction(self) -> bool:
        """Whether it opens a transaction of its own."""
        return _BEGINS.match(self.text) is not None


def pieces_of(script: str) -> Iterator[Piece]:
    """The pieces that do something, in order; comments before and after a statement are left off."""
    at, line = 0, 1
    while True:
        begin = _end_of_blank(script, at)
        line += script.count("\n", at, begin)
        if begin >= len(script):
            return
        dot = _DOT.match(script, begin) if _begins_line(script, begin) else None
        end = dot.end() if dot is not None else _end_of_statement(script, begin)
        text = script[begin:end].strip()
        yield Piece(text, line)
        line += script.count("\n", begin, end)
        at = end


def is_unfinished(text: str) -> bool:
    """Whether a statement that is typed needs more lines."""
    begin = _end_of_blank(text, 0)
    if begin >= len(text):
        return _in_comment(text)
    if _DOT.match(text, begin) is not None and _begins_line(text, begin):
        return False
    last = text
    for piece in pieces_of(text):
        last = piece.text
    return not (last.startswith(".") or is_complete(last))


def is_complete(text: str) -> bool:
    """Whether SQLite takes it for whole statements; characters that SQLite can't take are not its end."""
    return sqlite3.complete_statement(text.replace("\0", " ").encode("utf-8", "replace").decode())


def _in_comment(text: str) -> bool:
    return text.count("/*") > text.count("*/")


def _begins_line(script: str, position: int) -> bool:
    return not script[script.rfind("\n", 0, position) + 1 : position].strip(" \t")


def _end_of_blank(script: str, at: int) -> int:
    found = _BLANK.match(script, at)
    return at if found is None else found.end()


def _end_of_statement(script: str, begin: int) -> int:
    for token in _TOKENS.finditer(script, begin):
        if token.group() == ";" and is_complete(script[begin : token.end()]):
            return token.end()
    return len(script)
