"""The formats that programs read: JSON Lines, JSON, TSV; CSV and Markdown have files of their own.

JSON Lines: one object a line (jsonlines.org). JSON: one array. TSV: a header and tab-separated values (IANA
text/tab-separated-values), with tabs, newlines, carriage returns and backslashes in values written as
``\\t \\n \\r \\\\``. In CSV and TSV alike NULL is nothing and the empty text is ``""``, so that ``cut`` and
``awk`` see what they expect of NULL, and what reads quotes sees what it expects of the other. (The text ``""``
itself is ``\\""`` in TSV.) TSV does not keep text that looks like a number apart from the number: quotes would
stand in the way of every program that cuts at tabs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.core.names import distinct_names
from azos_shell.rendering.cells import cell_text, check_columns, encode_json
from azos_shell.rendering.csv_format import CsvFormatter
from azos_shell.rendering.markdown import MarkdownFormatter
from azos_shell.rendering.text import encode_text

if TYPE_CHECKING:
    from azos_shell.core.values import Records

_BULK_ROWS = 16
"""From so many rows on a batch is worth being written at once."""

_TSV_EMPTY = {"": '""', '""': '\\""'}
"""What is written of the empty text, and of the text that is written so."""

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


class TsvFormatter:
    """A header and tab-separated values, with escapes instead of quotes.

    NULL is an empty field, the empty text ``""``. Raises AzosError for a batch with columns that the header has not.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._header: tuple[str, ...] | None = None

    def feed(self, batch: Records) -> bytes:
        head = b""
        if self._header is None:
            self._header = batch.columns
            head = encode_text(_tsv_line(batch.columns))
        elif batch.columns != self._header:
            check_columns(self._header, batch, self._rows)
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
    "markdown": MarkdownFormatter,
}


def _json_lines(batch: Records) -> bytes:
    columns = distinct_names(batch.columns)
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
    return encode_text("".join([_tsv_line(row) for row in rows]))


def _tsv_line(row: tuple[Any, ...]) -> str:
    texts = [value if value.__class__ is str else cell_text(value) for value in row]
    line = "\t".join(texts)
    if line.count("\t") >= len(texts) or "\\" in line or "\n" in line or "\r" in line:
        texts = [text.translate(_TSV_ESCAPES) for text in texts]
        line = "\t".join(texts)
    if "" in texts or '""' in texts:
        line = "\t".join(
            "" if value is None else _TSV_EMPTY.get(text, text)
            for value, text in zip(row, texts, strict=True)
        )
    return line + "\n"
