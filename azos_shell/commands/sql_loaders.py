"""From bytes to rows: text cut into fields, JSON Lines, JSON documents.

Each loader takes pieces of its input and puts rows into a ``RowTable``, which gains columns as names appear.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from itertools import repeat, zip_longest
from typing import Any

from azos_shell.commands.sql_fields import as_null, file_splitter, needs_care
from azos_shell.commands.sql_table import RowTable, new_name
from azos_shell.core.numbers import as_numbers, holds_code
from azos_shell.plugin import AzosError
from azos_shell.records.objects import DocumentReader, Row, objects_of_lines
from azos_shell.records.splitting import RecordReader, splitter

Skip = Callable[[str], None] | None

_COPY_ROWS = 1_000
_INTEGER_LIMIT = 2**63


class Loader:
    """Turns bytes of one shape into rows of a table. ``skip`` is told of malformed rows; None: the first raises."""

    by_lines = True

    def __init__(self, table: RowTable, origin: str, skip: Skip) -> None:
        self.table = table
        self.origin = origin
        self.skip = skip
        self.names: list[str] = []
        self.shown: list[str] = []
        self.asked_for: list[str] = []

    @property
    def has_header(self) -> bool:
        """Whether the columns have names although there may be no rows."""
        return bool(self.names)

    def take(self, data: bytes, *, last: bool) -> None:
        """Load what these bytes hold."""
        raise NotImplementedError

    def finish(self) -> None:
        """Make the view."""
        self.shown = [*self.names, *self.asked_for] or ["line"]
        self.table.show(self.shown, range(self.table.width))

    def refuse(self, where: str, why: str) -> None:
        """What is there is not what it should be (``records.blocks.Refuser``)."""
        self.malformed(f"{self.origin}, {where}: {why}")

    def malformed(self, message: str) -> None:
        """A row is not what it should be: leave it out, or raise."""
        if self.skip is None:
            raise AzosError(message)
        self.skip(message)


class TextLoader(Loader):
    """Lines of text. Column 0 of the table is the line, the fields follow it."""

    def __init__(
        self,
        table: RowTable,
        origin: str,
        skip: Skip,
        *,
        separator: str | None,
        header: bool,
        strict: bool,
        with_line: bool,
    ) -> None:
        super().__init__(table, origin, skip)
        self._separator = separator
        self._split = file_splitter(separator) if strict else splitter(separator)
        self._reader = RecordReader(separator)
        self._header = header
        self._strict = strict
        self._with_line = with_line
        self._width = 0
        """How many fields a row has, if that is settled."""
        self._line_number = 1
        self._affinities = ["TEXT"]
        table.widen(self._affinities)

    def take(self, data: bytes, *, last: bool) -> None:
        text, clean = _decoded(data)
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        if not lines[-1]:
            lines.pop()
        records = self._reader.records(lines, last=last)
        first = self._line_number
        self._line_number += len(records) + "".join(records).count("\n")
        if self._header:
            records, first = self._named(records, first)
        rows = self._cut(records, text)
        if self._strict:
            records, rows = self._well_formed(records, rows, first)
        if [] in rows:
            records = [record for record, row in zip(records, rows, strict=True) if row]
            rows = [row for row in rows if row]
        columns = _columns_of(rows)
        self._fit(columns)
        self._insert(records, columns, clean=clean)

    def finish(self) -> None:
        self.shown = [*self.names, *self.asked_for]
        columns = list(range(1, self.table.width))
        if self._with_line:
            self.shown.append(new_name("line", self.shown, 0))
            columns.append(0)
        self.table.show(self.shown, columns)

    def _cut(self, records: list[str], text: str) -> list[list[str]]:
        """The fields of each; none of an empty one, unless it is the row of a single column that holds nothing."""
        nothing = [""] if self._width == 1 else []
        mark = self._separator
        if mark is not None and not needs_care(text, mark):
            return [record.split(mark) if record else nothing for record in records]
        return [self._split(record) if record else nothing for record in records]

    def _named(self, records: list[str], first: int) -> tuple[list[str], int]:
        """Take the names off the first record that is not empty."""
        for position, record in enumerate(records):
            if record:
                self._header = False
                for name in self._split(record):
                    self._name(name)
                if self._strict:
                    self._width = len(self.names)
                above = records[: position + 1]
                return records[position + 1 :], first + sum(one.count("\n") + 1 for one in above)
        return [], first

    def _well_formed(
        self, records: list[str], rows: list[list[str]], first: int
    ) -> tuple[list[str], list[list[str]]]:
        """Without the rows that have more or fewer fields than there are names, or a quote that stays open."""
        width = self._width
        broken = {id(record) for record in self._reader.take_broken()}
        if not broken and {0, width}.issuperset(map(len, rows)):
            return records, rows
        kept: list[tuple[str, list[str]]] = []
        number = first
        for record, row in zip(records, rows, strict=True):
            if id(record) in broken:
                self.malformed(f"{self.origin}, line {number}: a quotation mark is not closed")
            elif row and len(row) != width:
                fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
                self.malformed(f"{self.origin}, line {number}: {fields} where the header has {width}")
            else:
                kept.append((record, row))
            number += record.count("\n") + 1
        return [record for record, _ in kept], [row for _, row in kept]

    def _name(self, wanted: str) -> None:
        self.names.append(new_name(wanted, self.names, len(self.names) + 1))
        self._affinities.append("NUMERIC")
        self.table.widen(["NUMERIC"])

    def _fit(self, columns: list[Column]) -> None:
        """Make the table as wide as these fields, and columns of codes text."""
        for _ in range(len(columns) - len(self.names)):
            self._name("")
        codes = [
            number
            for number, fields in enumerate(columns, 1)
            if self._affinities[number] != "TEXT" and holds_code(list(filter(None, fields)))
        ]
        if codes:
            for number in codes:
                self._affinities[number] = "TEXT"
            self._load_again()

    def _load_again(self) -> None:
        """Rows of before may hold numbers where now there are codes: cut their lines anew."""
        old = self.table.begin_again(self._affinities)
        while lines := [line for (line,) in old.fetchmany(_COPY_ROWS)]:
            self._insert(lines, _columns_of([self._split(line) for line in lines]), clean=False)
        old.close()
        self.table.forget_old()

    def _insert(self, records: list[str], columns: list[Column], *, clean: bool) -> None:
        if not records:
            return
        values = [
            as_null(fields) if self._affinities[number] == "TEXT" else as_numbers(as_null(fields))
            for number, fields in enumerate(columns, 1)
        ]
        missing = [repeat(None)] * (len(self.names) - len(columns))
        self.table.insert(list(zip(records, *values, *missing)), clean=clean)  # noqa: B905 - repeat() has no end


Column = tuple[str | None, ...]
"""The fields of one column in some rows; None where a row has fewer."""


def _columns_of(rows: list[list[str]]) -> list[Column]:
    return list(zip_longest(*rows))


class _JsonLoader(Loader):
    """Objects. Their keys are the columns, in the order they are first seen; values keep their types."""

    def __init__(self, table: RowTable, origin: str, skip: Skip) -> None:
        super().__init__(table, origin, skip)
        self._keys: dict[str, None] = {}

    def insert(self, rows: list[Row]) -> None:
        """Add the objects; what one doesn't have is NULL."""
        for row in rows:
            if not row.keys() <= self._keys.keys():
                self._add_columns(row)
        if self._keys and rows:
            keys = list(self._keys)
            self.table.insert([[sql_value(row.get(key)) for key in keys] for row in rows], clean=False)

    def _add_columns(self, row: Row) -> None:
        for key in row:
            if key not in self._keys:
                self._keys[key] = None
                self.names.append(new_name(key, self.names, len(self.names) + 1))
                self.table.widen([""])


class JsonLinesLoader(_JsonLoader):
    """One object a line."""

    def __init__(self, table: RowTable, origin: str, skip: Skip) -> None:
        super().__init__(table, origin, skip)
        self._line_number = 1

    def take(self, data: bytes, *, last: bool) -> None:
        lines = _decoded(data)[0].split("\n")
        self.insert(objects_of_lines(lines, self._line_number, self))
        self._line_number += len(lines) - 1


class JsonDocumentLoader(_JsonLoader):
    """An array of objects, or objects laid out over several lines."""

    by_lines = False

    def __init__(self, table: RowTable, origin: str, skip: Skip) -> None:
        super().__init__(table, origin, skip)
        self._reader = DocumentReader(self)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def take(self, data: bytes, *, last: bool) -> None:
        self.insert(self._reader.feed(self._decoder.decode(data, last), last=last))


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether all of it was UTF-8."""
    try:
        return data.decode(), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape"), False


def sql_value(value: Any) -> Any:
    """A JSON value as SQLite has it.

    Nested ones as JSON text, integers beyond 64 bits as text, not rounded.
    """
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        return str(value)
    return value
