"""The formats that programs read: JSON Lines, JSON, CSV and TSV.

JSON Lines: one object a line (jsonlines.org). JSON: one array. CSV: RFC 4180, but with the line ends of
Unix, since what follows in a pipeline (``cut``, ``sort``, ``while read``) would take a carriage return for
data. TSV: a header and tab-separated values (IANA text/tab-separated-values), with tabs, newlines, carriage
returns and backslashes in values written as ``\\t \\n \\r \\\\``. NULL is null in JSON and nothing in CSV
and TSV.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.rendering.cells import cell_text, encode_json
from azos_shell.rendering.text import encode_text

if TYPE_CHECKING:
    from azos_shell.core.values import Records

_BULK_ROWS = 16
"""From so many rows on a batch is worth being written at once."""

_TSV_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Formatter(Protocol):
    """Turns batches of one stream of records into the bytes of its output."""

    def feed(self, batch: Records) -> bytes:
        """The bytes of this batch, or nothing if it is held back."""
        ...

    def flush(self) -> bytes:
        """What is held back, now: the source is taking its time."""
        ...

    def finish(self, seconds: float | None = None) -> bytes:
        """The end of the output; ``seconds`` is how long the stream took, if anybody shall see it."""
        ...


class JsonLinesFormatter:
    """One JSON object a line."""

    def __init__(self) -> None:
        self._rows = 0

    def feed(self, batch: Records) -> bytes:
        self._rows += len(batch)
        return _json_lines(batch)

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b""

    def __repr__(self) -> str:
        return f"<JsonLinesFormatter {self._rows} rows>"


class JsonFormatter:
    """One JSON array of objects, an object a line."""

    def __init__(self) -> None:
        self._rows = 0

    def feed(self, batch: Records) -> bytes:
        lines = _json_lines(batch)
        if not lines:
            return b""
        before = b",\n" if self._rows else b"[\n"
        self._rows += len(batch)
        return before + lines[:-1].replace(b"\n", b",\n")  # a newline inside a value is written as \n

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b"\n]\n" if self._rows else b"[]\n"

    def __repr__(self) -> str:
        return f"<JsonFormatter {self._rows} rows>"


class CsvFormatter:
    """A header and comma-separated values, quoted where they must be."""

    def __init__(self) -> None:
        import csv

        self._lines: list[str] = []
        # The dialect ends lines as RFC 4180 does, so that both of CR and LF get a value quoted; _take_lines
        # trims.
        self._writer = csv.writer(_LineSink(self._lines), lineterminator="\r\n")
        self._rows = 0
        self._begun = False

    def feed(self, batch: Records) -> bytes:
        if not self._begun:
            self._begun = True
            self._writer.writerow(batch.columns)
        self._rows += len(batch)
        self._writer.writerows([_cell_texts(row) for row in batch.rows])
        return self._take_lines()

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b""

    def _take_lines(self) -> bytes:
        text = "".join([line[:-2] + "\n" for line in self._lines])
        self._lines.clear()
        return encode_text(text)

    def __repr__(self) -> str:
        return f"<CsvFormatter {self._rows} rows>"


class TsvFormatter:
    """A header and tab-separated values, with escapes instead of quotes."""

    def __init__(self) -> None:
        self._rows = 0
        self._begun = False

    def feed(self, batch: Records) -> bytes:
        head = b""
        if not self._begun:
            self._begun = True
            head = encode_text(_tsv_line(_cell_texts(batch.columns)))
        self._rows += len(batch)
        return head + _tsv_lines(batch.rows)

    def flush(self) -> bytes:
        return b""

    def finish(self, seconds: float | None = None) -> bytes:
        return b""

    def __repr__(self) -> str:
        return f"<TsvFormatter {self._rows} rows>"


MACHINE_FORMATS: Mapping[str, Callable[[], Formatter]] = {
    "json": JsonFormatter,
    "jsonl": JsonLinesFormatter,
    "csv": CsvFormatter,
    "tsv": TsvFormatter,
}


class _LineSink:
    """What the csv writer takes for a file: keeps each line apart."""

    __slots__ = ("write",)

    def __init__(self, lines: list[str]) -> None:
        self.write: Callable[[str], object] = lines.append


def distinct_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names with repeated ones numbered (``id``, ``id_2``): an object holds one value of a name."""
    if len(set(columns)) == len(columns):
        return columns
    taken = set(columns)
    seen: set[str] = set()
    names = []
    for name in columns:
        number = 2
        unique = name
        while unique in seen or (unique != name and unique in taken):
            unique = f"{name}_{number}"
            number += 1
        seen.add(unique)
        names.append(unique)
    return tuple(names)


def _json_lines(batch: Records) -> bytes:
    columns = distinct_columns(batch.columns)
    rows = batch.rows
    if len(rows) >= _BULK_ROWS:
        from azos_shell.rendering import bulk

        lines = bulk.json_lines(columns, rows)
        if lines is not None:
            return lines
    return b"".join([encode_json(dict(zip(columns, row, strict=True))) + b"\n" for row in rows])


def _tsv_lines(rows: list[tuple[Any, ...]]) -> bytes:
    if len(rows) >= _BULK_ROWS:
        from azos_shell.rendering import bulk

        lines = bulk.tsv_lines(rows)
        if lines is not None:
            return lines
    return encode_text("".join([_tsv_line(_cell_texts(row)) for row in rows]))


def _tsv_line(texts: list[str]) -> str:
    line = "\t".join(texts)
    if line.count("\t") >= len(texts) or "\\" in line or "\n" in line or "\r" in line:
        line = "\t".join([text.translate(_TSV_ESCAPES) for text in texts])
    return line + "\n"


def _cell_texts(row: tuple[Any, ...]) -> list[str]:
    return [value if value.__class__ is str else cell_text(value) for value in row]
