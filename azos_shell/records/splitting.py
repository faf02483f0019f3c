"""Cutting lines of text into fields, and text into records where a quoted field may go on over a line's end.

Quotes are those of RFC 4180: a field that begins with a quotation mark ends at the next that is not doubled.
What stands behind that mark, which the RFC doesn't allow, is kept, as spreadsheets do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

QUOTED_SEPARATORS = ",;"
"""The separators whose fields may be quoted; beside others a quotation mark is a character like any other."""

OPEN_QUOTE_LIMIT = 65_536
"""A quote that is not closed within so many characters isn't one."""

Splitter = Callable[[str], list[str]]


def splitter(separator: str | None) -> Splitter:
    """What cuts a record.

    ``None`` not at all, a blank at runs of blanks, comma and semicolon outside quotes.
    """
    if separator is None:
        return lambda record: [record]
    if separator == " ":
        return split_blanks
    if separator in QUOTED_SEPARATORS:
        return lambda record: split_quoted(record, separator)
    return lambda record: split_with(record, separator)


def split_blanks(record: str) -> list[str]:
    """Fields between runs of spaces and tabs; none are empty."""
    return record.split()


def split_with(record: str, separator: str) -> list[str]:
    """Fields between every two separators."""
    return record.split(separator)


def split_quoted(record: str, separator: str) -> list[str]:
    """Fields between separators outside quotes, without their quotes."""
    if '"' not in record:
        return record.split(separator)
    fields = _patterns(separator).field.findall(record + separator)
    return [quoted.replace('""', '"') + rest for quoted, rest in fields]


def ends_open(record: str, separator: str) -> bool:
    """Whether the record ends inside a quoted field."""
    return '"' in record and _patterns(separator).complete.fullmatch(record) is None


def closes(line: str, separator: str) -> bool:
    """Whether a line that begins inside a quoted field ends outside of one."""
    return '"' in line and _patterns(separator).closing.fullmatch(line) is not None


class _Patterns:
    """Possessive throughout: every character is looked at once, whatever the input."""

    def __init__(self, separator: str) -> None:
        mark = re.escape(separator)
        plain = rf"[^{mark}]*+"
        inside = r'(?:[^"]|"")*+"'
        field = rf'(?:"{inside}{plain}|(?!"){plain})'
        self.field = re.compile(rf'(?:"((?:[^"]|"")*+)")?+({plain}){mark}')
        self.complete = re.compile(rf"{field}(?:{mark}{field})*+")
        self.closing = re.compile(rf"{inside}{plain}(?:{mark}{field})*+")


@lru_cache(maxsize=8)
def _patterns(separator: str) -> _Patterns:
    return _Patterns(separator)


class RecordReader:
    """Turns lines into records.

    A line, or the lines that a quoted field spans. Feed it lines, take records.
    """

    def __init__(self, separator: str | None, *, quote_limit: int = OPEN_QUOTE_LIMIT) -> None:
        self._quote_limit = quote_limit
        self._separator = separator if separator is not None and separator in QUOTED_SEPARATORS else None
        self._open: list[str] = []
        self._open_size = 0
        self._broken: list[str] = []

    def take_broken(self) -> list[str]:
        """Those of the records given since the last time whose quote is never closed: lines as they came."""
        broken, self._broken = self._broken, []
        return broken

    def records(self, lines: list[str], *, last: bool = False) -> list[str]:
        """The records that these lines complete; with ``last``, all that is left."""
        separator = self._separator
        if separator is None or (not self._open and '"' not in "".join(lines)):
            return lines
        records: list[str] = []
        pending = list(reversed(lines))
        while pending or (last and self._open):
            if not pending or self._open_size > self._quote_limit:
                records.append(self._open[0])  # its quote is never closed: it was a line like any other
                self._broken.append(self._open[0])
                pending += reversed(self._open[1:])
                self._open, self._open_size = [], 0
                continue
            line = pending.pop()
            if not self._open and not ends_open(line, separator):
                records.append(line)
                continue
            is_end = bool(self._open) and closes(line, separator)
            self._open.append(line)
            self._open_size += len(line) + 1
            if is_end:
                records.append("\n".join(self._open))
                self._open, self._open_size = [], 0
        return records

    def __repr__(self) -> str:
        return f"<RecordReader {self._separator!r}, {len(self._open)} lines open>"
