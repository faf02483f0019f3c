"""Sorting records that may be more than memory holds: SQLite keeps them in a temporary table and spills it to a file.

The order is SQL's (https://sqlite.org/datatype3.html#sort_order): NULL, numbers, text by its characters' codes, bytes.
Text that is written as a number is one, unless it would not come back as it is written. Rows that are equal stay in
the order in which they came.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Sequence
from typing import Any

from azos_shell.core.errors import AzosError
from azos_shell.core.numbers import typed
from azos_shell.core.values import Records
from azos_shell.records.columns import place_of
from azos_shell.records.evaluating import bytes_if_needed, must_stay_text, sql_value

MEMORY_KIB = 65_536
"""Of rows, before they go to a file."""


class Sorting:
    """Give it batches, then ask ``query`` for the rows in order. For the thread of its connection."""

    def __init__(
        self, connection: sqlite3.Connection, wanted: Sequence[str], *, is_reversed: bool = False
    ) -> None:
        self._connection = connection
        self._wanted = wanted
        self.columns: tuple[str, ...] = ()
        self.row_count = 0
        connection.execute(f"PRAGMA temp.cache_size = -{MEMORY_KIB}")
        keys = [f"k{number}" for number in range(len(wanted))]
        connection.execute(f"CREATE TEMP TABLE sorted ({', '.join(keys)}, whole BLOB)")
        self._insert = f"INSERT INTO sorted VALUES ({', '.join('?' * (len(keys) + 1))})"
        direction = " DESC" if is_reversed else ""
        order = ", ".join([*(key + direction for key in keys), "rowid"])
        self.query = f"SELECT whole FROM temp.sorted ORDER BY {order}"

    @property
    def missing(self) -> str | None:
        """A column to sort by that no batch has had."""
        return next((name for name in self._wanted if place_of(self.columns, name) is None), None)

    def add(self, batch: Records) -> None:
        """Take these rows. Raises AzosError for a value nested thousands deep."""
        if len(batch.columns) > len(self.columns):
            self.columns = batch.columns
        places = [place_of(batch.columns, name) for name in self._wanted]
        try:
            rows = [
                (*[None if place is None else _key(row[place]) for place in places], marshal.dumps(row))
                for row in batch.rows
            ]
        except (ValueError, RecursionError) as error:
            raise AzosError("a value is nested too deeply to be sorted") from error
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(self._insert, rows)
        finally:
            self._connection.execute("COMMIT")
        self.row_count += len(batch)

    def rows(self, wholes: Sequence[tuple[bytes]]) -> list[tuple[Any, ...]]:
        """What ``query`` gives, as rows; those that came before there were as many columns hold NULL there."""
        width = len(self.columns)
        rows = [marshal.loads(whole) for (whole,) in wholes]
        return [row if len(row) == width else row + (None,) * (width - len(row)) for row in rows]

    def __repr__(self) -> str:
        return f"<Sorting by {list(self._wanted)}: {self.row_count} rows>"


def _key(value: Any) -> Any:
    if isinstance(value, str):
        return bytes_if_needed(value if must_stay_text(value) else typed(value))
    return sql_value(value)
