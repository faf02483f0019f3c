"""Records handed over by another command, as a table of one SQLite connection: names and types are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from azos_shell.commands.sql_loaders import sql_value
from azos_shell.commands.sql_table import RowTable, new_name
from azos_shell.plugin import AzosError, Chunk, Records

_PLAIN = frozenset({type(None), bool, float, str, bytes})
"""What SQLite takes as it is."""


class RecordsTable:
    """Feed it batches, then ``finish``. For the connection's thread.

    A later batch may have further columns at its end; bytes among the batches are JSON Lines.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self.columns: list[str] = []
        self._table = RowTable(connection, name, name)

    @property
    def is_empty(self) -> bool:
        """Whether there are no rows."""
        return self._table.row_count == 0

    def feed(self, chunk: Chunk) -> None:
        """Take a batch."""
        batch = chunk if isinstance(chunk, Records) else _of_lines(chunk, tuple(self.columns))
        for name in batch.columns[len(self.columns) :]:
            self.columns.append(new_name(name, self.columns, len(self.columns) + 1))
            self._table.widen([""])
        missing = (None,) * (len(self.columns) - len(batch.columns))
        rows = [(*map(_value, row), *missing) for row in batch.rows]
        try:
            self._table.insert(rows)
        except UnicodeEncodeError:  # text that stands for bytes that are no UTF-8
            self._table.insert(rows, clean=False)

    def finish(self) -> None:
        """Make the view."""
        if self.columns:
            self._table.show(self.columns, range(self._table.width))
        else:
            self._table.widen([""])
            self._table.show(["line"], range(1))

    def add_column(self, name: str) -> bool:
        """There are no columns but those that the records have."""
        return False

    def __repr__(self) -> str:
        return f"<RecordsTable {self.name!r} {self.columns}>"


def _value(value: Any) -> Any:
    return value if value.__class__ in _PLAIN else sql_value(value)


def _of_lines(data: bytes, columns: Sequence[str]) -> Records:
    """Bytes between records: objects, a line each, with the columns of the records and new ones behind them."""
    try:
        objects = [json.loads(line) for line in data.splitlines() if line.strip()]
    except ValueError as error:
        raise AzosError(f"standard input: not JSON among the records ({error})") from error
    names = list(columns)
    for one in objects:
        names += [key for key in one if key not in names]
    return Records(tuple(names), [tuple(one.get(name) for name in names) for one in objects])
