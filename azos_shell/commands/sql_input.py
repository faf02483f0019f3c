"""Rows piped in, as the table ``stdin`` of one SQLite connection.

The rows go into a temporary table, which SQLite keeps in memory and spills to an unnamed file once it is
large; they are never all in Python. ``stdin`` is a view of it, so that ``line``, the line as it came, is
always the last column.

Fields that look like numbers are numbers: the columns have NUMERIC affinity, so ``c2 > 10`` and ``c2 = '10'``
both mean what they say. A number that would not come back as it was written ('007', '+49', '1e5', 30 digits)
makes its whole column TEXT: such a column holds codes, not quantities. An empty field is NULL.
"""

from __future__ import annotations

import codecs
import json
import sqlite3
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from azos_shell.commands.sql_table import RowTable, new_name
from azos_shell.core.numbers import CODE
from azos_shell.plugin import AzosError
from azos_shell.records.objects import DocumentReader, Row, objects_of_lines
from azos_shell.records.shape import SAMPLE_BYTES, Kind, Shape, guess_shape
from azos_shell.records.splitting import RecordReader, splitter

LINE_LIMIT_BYTES = 64 * 2**20
_COPY_ROWS = 1_000
_INTEGER_LIMIT = 2**63
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class StdinTable:
    """Feed it bytes, then ``finish``; the connection then has a table ``stdin``. For the connection's thread.

    ``separator`` and ``header`` are what the user says of the input; without a separator its shape is found
    out. Raises AzosError for input that is not what it began as, sqlite3.Error where SQLite does (a full
    disk).
    """

    def __init__(
        self, connection: sqlite3.Connection, *, separator: str | None = None, header: bool = False
    ) -> None:
        self._connection = connection
        self._separator = separator
        self._header = header
        self._shape: Shape | None = None
        self._loader: _Loader | None = None
        self._held: list[bytes] = []
        self._held_size = 0

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns of ``stdin``."""
        return () if self._loader is None else self._loader.shown

    @property
    def is_empty(self) -> bool:
        """Whether there are no rows."""
        return self._loader is None or self._loader.table.row_count == 0

    def feed(self, data: bytes) -> None:
        """Take more of the input."""
        self._held.append(data)
        self._held_size += len(data)
        if self._loader is None:
            if self._held_size < SAMPLE_BYTES:
                return
            self._begin(whole=False)
        elif b"\n" not in data and self._held_size < LINE_LIMIT_BYTES and self._loader.by_lines:
            return  # joining what is held at every piece of a long line would be quadratic
        self._pass_on(last=False)

    def finish(self) -> None:
        """The input has ended: make ``stdin``."""
        if self._loader is None:
            self._begin(whole=True)
        self._pass_on(last=True)
        assert self._loader is not None
        self._loader.finish()

    def add_column(self, name: str) -> bool:
        """Give an empty ``stdin`` a column that a query asks for; False if it has rows, or the column."""
        if self._loader is None or not self.is_empty or name.lower() in map(str.lower, self.columns):
            return False
        self._loader.asked_for.append(name)
        self._loader.finish()
        return True

    def _begin(self, *, whole: bool) -> None:
        data = b"".join(self._held).removeprefix(_BYTE_ORDER_MARK)
        self._held = [data]
        if self._separator is not None:
            self._shape = Shape(Kind.TEXT, self._separator)
        else:
            sample = data[:SAMPLE_BYTES].decode("utf-8", "surrogateescape")
            self._shape = guess_shape(sample, whole=whole and len(data) <= SAMPLE_BYTES)
        table = RowTable(self._connection)
        if self._shape.kind is Kind.TEXT:
            self._loader = _TextLoader(table, self._shape.separator, header=self._header)
        elif self._shape.kind is Kind.JSON_LINES:
            self._loader = _JsonLinesLoader(table)
        else:
            self._loader = _JsonDocumentLoader(table)

    def _pass_on(self, *, last: bool) -> None:
        """Give the loader all whole lines (or all there is, for a document); hold the rest."""
        assert self._loader is not None
        data = b"".join(self._held)
        end = len(data) if last or not self._loader.by_lines else data.rfind(b"\n") + 1
        if not end and len(data) >= LINE_LIMIT_BYTES:
            raise AzosError(f"standard input: a line is longer than {LINE_LIMIT_BYTES >> 20} MiB")
        self._held, self._held_size = [data[end:]], len(data) - end
        self._loader.take(data[:end], last=last)

    def __repr__(self) -> str:
        return f"<StdinTable {self._shape} {self.columns}>"


class _Loader:
    """Turns bytes of one shape into rows of a table."""

    by_lines = True

    def __init__(self, table: RowTable) -> None:
        self.table = table
        self.names: list[str] = []
        self.shown: list[str] = []
        self.asked_for: list[str] = []

    def take(self, data: bytes, *, last: bool) -> None:
        """Load what these bytes hold."""
        raise NotImplementedError

    def finish(self) -> None:
        """Make the view."""
        self.shown = [*self.names, *self.asked_for] or ["line"]
        self.table.show(self.shown, range(self.table.width))


class _TextLoader(_Loader):
    """Lines of text. Column 0 of the table is the line, the fields follow it."""

    def __init__(self, table: RowTable, separator: str | None, *, header: bool) -> None:
        super().__init__(table)
        self._split = splitter(separator)
        self._reader = RecordReader(separator)
        self._header = header
        self._affinities = ["TEXT"]
        table.widen(self._affinities)

    def take(self, data: bytes, *, last: bool) -> None:
        text, clean = _decoded(data)
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        if not lines[-1]:
            lines.pop()
        records = [record for record in self._reader.records(lines, last=last) if record]
        if self._header and records:
            self._header = False
            for name in self._split(records.pop(0)):
                self._name(name)
        rows = [self._split(record) for record in records]
        self._fit(rows)
        self._insert(records, rows, clean=clean)

    def finish(self) -> None:
        self.shown = [*self.names, *self.asked_for]
        self.shown.append(new_name("line", self.shown, 0))
        self.table.show(self.shown, [*range(1, self.table.width), 0])

    def _name(self, wanted: str) -> None:
        self.names.append(new_name(wanted, self.names, len(self.names) + 1))
        self._affinities.append("NUMERIC")
        self.table.widen(["NUMERIC"])

    def _fit(self, rows: list[list[str]]) -> None:
        """Make the table as wide as these rows, and columns of codes text."""
        for _ in range(max(map(len, rows), default=0) - len(self.names)):
            self._name("")
        codes = [
            number
            for number, fields in enumerate(zip_longest(*rows), 1)
            if self._affinities[number] != "TEXT" and any(map(CODE.match, filter(None, fields)))
        ]
        if codes:
            for number in codes:
                self._affinities[number] = "TEXT"
            self._load_again()

    def _load_again(self) -> None:
        """Rows of before may hold numbers where now there are codes: cut their lines anew."""
        old = self.table.begin_again(self._affinities)
        while lines := [line for (line,) in old.fetchmany(_COPY_ROWS)]:
            self._insert(lines, [self._split(line) for line in lines], clean=False)
        old.close()
        self.table.forget_old()

    def _insert(self, records: list[str], rows: list[list[str]], *, clean: bool) -> None:
        width = len(self.names)
        self.table.insert(
            [
                (record, *[field or None for field in row], *(None,) * (width - len(row)))
                for record, row in zip(records, rows, strict=True)
            ],
            clean=clean,
        )


class _JsonLoader(_Loader):
    """Objects. Their keys are the columns, in the order they are first seen; values keep their types."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._keys: dict[str, None] = {}

    def insert(self, rows: list[Row]) -> None:
        """Add the objects; what one doesn't have is NULL."""
        for row in rows:
            if not row.keys() <= self._keys.keys():
                self._add_columns(row)
        if self._keys and rows:
            keys = list(self._keys)
            self.table.insert([[_sql_value(row.get(key)) for key in keys] for row in rows], clean=False)

    def _add_columns(self, row: Row) -> None:
        for key in row:
            if key not in self._keys:
                self._keys[key] = None
                self.names.append(new_name(key, self.names, len(self.names) + 1))
                self.table.widen([""])


class _JsonLinesLoader(_JsonLoader):
    """One object a line."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._line_number = 1

    def take(self, data: bytes, *, last: bool) -> None:
        lines = _decoded(data)[0].split("\n")
        self.insert(objects_of_lines(lines, self._line_number))
        self._line_number += len(lines) - 1


class _JsonDocumentLoader(_JsonLoader):
    """An array of objects, or objects laid out over several lines."""

    by_lines = False

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._reader = DocumentReader()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def take(self, data: bytes, *, last: bool) -> None:
        self.insert(self._reader.feed(self._decoder.decode(data, last), last=last))


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether all of it was UTF-8."""
    try:
        return data.decode(), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape"), False


def _sql_value(value: Any) -> Any:
    """A JSON value as SQLite has it.

    Nested ones as JSON text, integers beyond 64 bits as text, not rounded.
    """
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        return str(value)
    return value
