"""Markdown: a table as GitHub has it (GFM 4.10), which reads well as plain text, too.

Columns are as wide as the first batch needs, numbers on the right. NULL is an empty cell, the empty text ``""``. What
Markdown would take for its own in a value is escaped, and a line end is ``<br>``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from azos_shell.rendering.cells import check_columns, table_text
from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.text import encode_text

if TYPE_CHECKING:
    from azos_shell.core.values import Records

_WIDEST = 40
"""A longer cell sticks out instead of widening all others."""

_NARROWEST = 3
"""The rule needs three characters (``--:``) in every Markdown."""

_OWN = re.compile(r"[\\`*|<\[~]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_LINE_ENDS = re.compile(r"\r\n|[\r\n]")


class MarkdownFormatter:
    """Raises AzosError for a batch with columns that the header has not."""

    def __init__(self) -> None:
        self._rows = 0
        self._header: tuple[str, ...] | None = None
        self._widths: list[int] = []
        self._right: list[bool] = []

    def feed(self, batch: Records) -> bytes:
        rows = [[_cell(value) for value in row] for row in batch.rows]
        lines = []
        if self._header is None:
            self._header = batch.columns
            names = [_cell(name) if name else "" for name in batch.columns]
            self._widths = [
                max([_NARROWEST, *(w for w in map(cell_width, column) if w <= _WIDEST)])
                for column in zip(names, *rows, strict=True)
            ]
            self._right = [_is_numeric(row[place] for row in batch.rows) for place in range(len(names))]
            lines = [self._line(names), self._rule()]
        elif batch.columns != self._header:
            check_columns(self._header, batch, self._rows)
        self._rows += len(batch)
        lines += map(self._line, rows)
        return encode_text("".join([line + "\n" for line in lines]))

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b""

    def _line(self, cells: list[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, self._widths, self._right, strict=True):
            room = " " * (width - cell_width(cell))
            padded.append(room + cell if right else cell + room)
        return f"| {' | '.join(padded)} |"

    def _rule(self) -> str:
        rules = [
            "-" * (width - 1) + (":" if right else "-")
            for width, right in zip(self._widths, self._right, strict=True)
        ]
        return f"| {' | '.join(rules)} |"

    def __repr__(self) -> str:
        return f"<MarkdownFormatter {self._rows} rows>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = table_text(value)
    return _LINE_ENDS.sub("<br>", _OWN.sub(r"\\\g<0>", text)) if text else '""'


def _is_numeric(values: Any) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
