"""The table that people read: fits the terminal, streams, and shows nothing a terminal would act on.

Column widths come from the rows that are there when the table begins, up to ``SAMPLE_ROWS``. Later batches
keep them: longer text is shortened, only a column of numbers grows from where it must (half a number would
be a wrong one). Lines are put together here and only the widths of characters are rich's: rich's own table
lays each batch out anew and draws about 4,000 rows a second where this draws over 100,000 (five columns,
one core of 2.1 GHz).
"""

from __future__ import annotations

from codecs import utf_8_decode
from typing import TYPE_CHECKING, Any

from azos_shell.rendering.cells import table_text
from azos_shell.rendering.layout import GAP, Layout, fit, lay_out
from azos_shell.rendering.text import duration, encode_text, escape_control

if TYPE_CHECKING:
    from azos_shell.core.values import Records

SAMPLE_ROWS = 200
"""Rows looked at for the widths: two of a query's batches, more than any terminal shows at once."""

_LONGEST_CELL = 1000
"""Characters of a cell that are looked at, where the terminal is not even wider."""

_NULL = "NULL"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class TableFormatter:
    """Holds the first rows back until the widths are known, then writes rows as they come.

    ``width`` is the terminal's, in cells. Without ``colour`` there are no escape codes at all.
    """

    def __init__(self, *, width: int = 80, colour: bool = False) -> None:
        self._width = max(width, 1)
        self._longest = max(_LONGEST_CELL, width)
        self._colour = colour
        self._columns: tuple[str, ...] = ()
        self._held: list[tuple[Any, ...]] = []
        self._layout: Layout | None = None
        self._rows = 0

    def feed(self, batch: Records) -> bytes:
        """The rows of the batch, or nothing while widths are being learned."""
        if len(batch.columns) > len(self._columns):
            self._columns = tuple(escape_control(name[: self._longest]) for name in batch.columns)
        self._rows += len(batch)
        if self._layout is not None:
            return encode_text(self._lines(batch.rows))
        self._held += batch.rows
        return self._begin() if len(self._held) >= SAMPLE_ROWS else b""

    def flush(self) -> bytes:
        """The rows held back; from now on the widths stay."""
        return self._begin() if self._held else b""

    def finish(self, seconds: float | None = None) -> bytes:
        """What is left, and the footer: ``3 rows · 12 ms``."""
        begun = self._begin() if self._layout is None and self._columns else b""
        return begun + encode_text(self._styled(_DIM, self._footer(seconds)) + "\n")

    def _footer(self, seconds: float | None) -> str:
        footer = f"{self._rows} row{'' if self._rows == 1 else 's'}"
        if seconds is not None:
            footer += f" · {duration(seconds)}"
        hidden = len(self._columns) - len(self._layout.widths) if self._layout else 0
        if hidden:
            footer += f" · {hidden} column{'' if hidden == 1 else 's'} left out"
            advice = ", --json shows all"
            footer += advice if len(footer) + len(advice) <= self._width else ""
        return footer

    def _begin(self) -> bytes:
        count = len(self._columns)
        held = [row + (None,) * (count - len(row)) for row in self._held]  # columns may have come later
        texts = [[self._shown(value) for value in row] for row in held]
        self._layout = layout = lay_out(self._columns, texts, held, self._width)
        names = [
            fit(name, width, right)
            for name, width, right in zip(self._columns, layout.widths, layout.right, strict=False)
        ]
        header = self._styled(_BOLD, (" " * GAP).join(names).rstrip())
        rule = self._styled(_DIM, (" " * GAP).join("─" * width for width in layout.widths))
        lines = self._lines(held)
        self._held = []
        return encode_text(f"{header}\n{rule}\n{lines}")

    def _lines(self, rows: list[tuple[Any, ...]]) -> str:
        return "".join([self._line(row) for row in rows])

    def _line(self, row: tuple[Any, ...]) -> str:
        assert self._layout is not None
        texts = [self._shown(value) for value in row[: len(self._layout.widths)]]
        for index, text in enumerate(texts):
            is_cut = self._layout.right[index] and len(text) > self._layout.widths[index]
            if is_cut and not isinstance(row[index], str):  # in a column of numbers text is the exception
                self._layout = self._layout.widened(index, len(text), self._width)
        layout = self._layout
        cells = [*map(fit, texts, layout.widths, layout.right)]
        if self._colour and None in row:
            cells = [
                self._dim(cell) if value is None else cell for cell, value in zip(cells, row, strict=False)
            ]
        return (" " * GAP).join(cells).rstrip() + "\n"

    def _shown(self, value: Any) -> str:
        """A value as its cell shows it; the rest of an enormous one is not even looked at."""
        if value is None:
            return _NULL
        if value.__class__ is str:
            text = value
        elif value.__class__ is bytes and len(value) > self._longest:
            text = _beginning(value[: self._longest])
        else:
            text = table_text(value)
        if len(text) > self._longest:
            text = text[: self._longest] + "…"
        return text if text.isprintable() else escape_control(text)

    def _dim(self, cell: str) -> str:
        text = cell.strip()  # what is around it stays plain, so that the end of a line can be left out
        return cell.replace(text, self._styled(_DIM, text), 1)

    def _styled(self, code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if self._colour else text

    def __repr__(self) -> str:
        state = "learning widths" if self._layout is None else f"widths {self._layout.widths}"
        return f"<TableFormatter {self._rows} rows, {state}>"


def _beginning(data: bytes) -> str:
    """The beginning of binary data as ``table_text`` shows the whole; a character that is cut in two is left out."""
    try:
        return utf_8_decode(data, "strict", False)[0] + "…"
    except UnicodeDecodeError:
        return f"x'{data.hex()}…"
