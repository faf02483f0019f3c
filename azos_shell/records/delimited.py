"""Lines of fields as records: CSV and TSV, as azos writes them and as the world does.

CSV is RFC 4180. A field in quotes is text, whatever it looks like, and ``""`` is the empty text; an empty field
without quotes is NULL. TSV has no quotes but those two, and escapes instead (``\\t \\n \\r \\\\ \\"``); ``\\N``, as
databases write it, is NULL, too. In both, unquoted fields are numbers and truth values where they look like them.
Blank lines are skipped, but where there is one column only: there, an empty line is a row that holds NULL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from azos_shell.core.values import Records
from azos_shell.records.blocks import Refusals, decoded
from azos_shell.records.cells import typed_column
from azos_shell.records.columns import header_names
from azos_shell.records.splitting import RecordReader

Mark = tuple[int, str | None]
"""A field that is not to be looked at: its place in the row, and its value."""

_QUOTE_LIMIT = 4 * 2**20
"""Characters of a field in quotes that goes over lines: whole documents stand in some."""

_TEXT = "x"
"""Stands for a marked field while its column is looked at: text, as most marked fields are."""


class DelimitedReader:
    """Give it blocks of whole lines, take records. The first batch comes with the header, rows or not."""

    def __init__(self, separator: str, *, header: bool, refusals: Refusals) -> None:
        self._refusals = refusals
        self._header_due = header
        self._special: tuple[str, ...]
        self._cut: Callable[[str], tuple[list[str], list[Mark]]]
        if separator == "\t":
            self._special, self._cut = _TSV_SPECIAL, _cut_escaped
            self._records = RecordReader(None)
        else:
            self._special, self._cut = ('"',), lambda record: _cut_quoted(record, separator)
            self._records = RecordReader(separator, quote_limit=_QUOTE_LIMIT)
        self._separator = separator
        self._line = 1
        self.columns: tuple[str, ...] = ()

    def feed(self, block: bytes, *, last: bool = False) -> Records | None:
        """The records that these lines complete; None if there is nothing to tell of."""
        lines = decoded(block).split("\n")
        if not lines[-1]:
            lines.pop()
        had_columns = bool(self.columns)
        rows: list[list[str]] = []
        marks: list[tuple[int, int, str | None]] = []
        for record in self._records.records(lines, last=last):
            number, self._line = self._line, self._line + 1 + record.count("\n")
            self._take(record.removesuffix("\r"), number, rows, marks)
            if self._refusals.error is not None:
                break
        if not rows and (had_columns or not self.columns):
            return None
        return Records(self.columns, _typed(rows, marks))

    def _take(
        self, record: str, line: int, rows: list[list[str]], marks: list[tuple[int, int, str | None]]
    ) -> None:
        if not record and len(self.columns) != 1:
            return
        fields: list[str]
        marked: list[Mark] = []
        if any(special in record for special in self._special):
            fields, marked = self._cut(record)
            if marked and marked[-1] == _OPEN:
                self._refusals.refuse(f"line {line}", "a quote is opened and never closed")
                return
        else:
            fields = record.split(self._separator)
        if not self.columns:
            self._begin(fields, marked)
            if self._header_due:
                return
        if len(fields) != len(self.columns):
            self._refusals.refuse(f"line {line}", _ragged(len(fields), len(self.columns), self._header_due))
            return
        for place, value in marked:
            marks.append((len(rows), place, value))
        rows.append(fields)

    def _begin(self, fields: list[str], marked: list[Mark]) -> None:
        if self._header_due:
            names = list(fields)
            for place, value in marked:
                names[place] = value or ""
            self.columns = header_names(names)
        else:
            self.columns = tuple(f"c{number}" for number in range(1, len(fields) + 1))

    def __repr__(self) -> str:
        return f"<DelimitedReader {self._separator!r} {self.columns}, line {self._line}>"


def _typed(rows: list[list[str]], marks: list[tuple[int, int, str | None]]) -> list[tuple[Any, ...]]:
    if not rows:
        return []
    columns = [typed_column(fields) for fields in zip(*rows, strict=True)]
    typed = list(zip(*columns, strict=True))
    changed: dict[int, list[Any]] = {}
    for row, place, value in marks:
        if row not in changed:
            changed[row] = list(typed[row])
        changed[row][place] = value
    for row, values in changed.items():
        typed[row] = tuple(values)
    return typed


def _ragged(there: int, wanted: int, header: bool) -> str:
    fields = "1 field" if there == 1 else f"{there} fields"
    return f"{fields} where the {'header' if header else 'first line'} has {wanted}"


# -- CSV ----------------------------------------------------------------------------------------------------

_OPEN: Mark = (-1, None)
"""The last mark of a record whose quote is not closed."""


def _cut_quoted(record: str, separator: str) -> tuple[list[str], list[Mark]]:
    """The fields, and those of them that stand in quotes."""
    fields: list[str] = []
    marks: list[Mark] = []
    for place, (quoted, plain) in enumerate(field_pattern(separator).findall(record + separator)):
        if quoted:
            marks.append((place, quoted[1:-1].replace('""', '"') + plain))
            fields.append(_TEXT)
        elif plain[:1] == '"':
            return fields, [_OPEN]
        else:
            fields.append(plain)
    return fields, marks


@lru_cache(maxsize=8)
def field_pattern(separator: str) -> re.Pattern[str]:
    """Finds the fields of a record with a separator at its end: what stands in quotes, with them, and what does not."""
    mark = re.escape(separator)
    return re.compile(rf'("(?:[^"]|"")*+")?+([^{mark}]*+){mark}')


# -- TSV ----------------------------------------------------------------------------------------------------

_TSV_SPECIAL = ("\\", '""')
_ESCAPE = re.compile(r'\\([tnr\\"])')
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", '"': '"'}
_MARKED = {'""': "", "\\N": None}


def _cut_escaped(record: str) -> tuple[list[str], list[Mark]]:
    """The fields, and those of them that are written with escapes."""
    fields = record.split("\t")
    marks: list[Mark] = []
    for place, field in enumerate(fields):
        if field in _MARKED:
            marks.append((place, _MARKED[field]))
            fields[place] = _TEXT
        elif "\\" in field:
            marks.append((place, unescaped(field)))
            fields[place] = _TEXT
    return fields, marks


def unescaped(field: str) -> str:
    """The text that a field of TSV with escapes stands for."""
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], field)
