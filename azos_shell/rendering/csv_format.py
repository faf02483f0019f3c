"""CSV: RFC 4180, but with the line ends of Unix, since what follows in a pipeline (``cut``, ``sort``, ``while read``)
would take a carriage return for data.

Types are kept, and NULL is told from empty: NULL is an empty field and the empty text ``""``; text that would be read
as a number or a truth value stands in quotes, and what stands in quotes is text. What does not come back as it was:
bytes and nested values (they are text then), integers beyond 64 bits, infinities and NaN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azos_shell.core.numbers import field_value
from azos_shell.rendering.cells import cell_text, check_columns
from azos_shell.rendering.text import encode_text

if TYPE_CHECKING:
    from azos_shell.core.values import Records

_NUMBERS = frozenset({int, float})

# A column of text that needs no quotes is told by one look at all of it: ten times as fast as text by text.
_PLAIN = re.compile(r'(?:[^-+.0-9tf",\r\n][^",\r\n]*+\n)*+')
_SPECIAL = re.compile(r'[",\r\n]')
_SPECIAL_NAME = re.compile(r'[",;\t\r\n]|\A\s*[\ufeff{\[]')
"""Names in quotes also where whoever reads might take them for something else: another separator, JSON."""


class CsvFormatter:
    """A header and comma-separated values, quoted where they must be.

    Raises AzosError for a batch with columns that the header has not.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._header: tuple[str, ...] | None = None

    def feed(self, batch: Records) -> bytes:
        lines = []
        if self._header is None:
            self._header = batch.columns
            lines.append(",".join(map(_name, batch.columns)))
        elif batch.columns != self._header:
            check_columns(self._header, batch, self._rows)
        self._rows += len(batch)
        if batch.rows:
            lines += map(",".join, zip(*map(_fields, zip(*batch.rows, strict=True)), strict=True))
        return encode_text("".join([line + "\n" for line in lines]))

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b""

    def __repr__(self) -> str:
        return f"<CsvFormatter {self._rows} rows>"


def _fields(values: Sequence[Any]) -> Sequence[str]:
    """One column as its fields."""
    kinds = set(map(type, values))
    if kinds == {str}:
        joined = "\n".join(values) + "\n"
        if joined.count("\n") == len(values) and _PLAIN.fullmatch(joined):
            return values
    elif kinds <= _NUMBERS:
        return list(map(str, values))
    return list(map(_field, values))


def _field(value: Any) -> str:
    if value is None:
        return ""
    text = cell_text(value)
    if isinstance(value, bool | int | float):
        return text
    return _quoted(text) if _SPECIAL.search(text) or field_value(text) is not text else text


def _name(name: str) -> str:
    return _quoted(name) if not name or _SPECIAL_NAME.search(name) else name


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
