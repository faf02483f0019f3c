"""The temporary table behind ``stdin`` or a file: grows columns, takes rows, and is seen through a view.

SQLite keeps it in memory and spills it to an unnamed file once it is large. Its own columns have made-up
names; the view gives them the names that queries use, in the order people expect.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from azos_shell.plugin import AzosError
from azos_shell.records.evaluating import bytes_if_needed

MEMORY_KIB = 65_536
"""Of rows, before they go to a file."""

COLUMN_LIMIT = 1_900
"""SQLite's own limit is 2,000."""


class RowTable:
    """Rows of a fixed order of columns, the first of them number 0, seen as the view ``name``.

    ``affinities`` are SQLite's, one a column. ``origin`` is what messages call the input.
    """

    def __init__(self, connection: sqlite3.Connection, name: str, origin: str) -> None:
        self.connection = connection
        self.name = name
        self._origin = origin
        self._table = quoted(f"azos rows of {name}")
        self._before = quoted(f"azos rows before of {name}")
        self.row_count = 0
        self._affinities: list[str] = []
        connection.execute(f"PRAGMA temp.cache_size = -{MEMORY_KIB}")
        self.drop()  # what a load that was interrupted has left

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._affinities)

    def widen(self, affinities: Iterable[str]) -> None:
        """Add columns on the right; rows that are there hold NULL in them."""
        for affinity in affinities:
            if self.width >= COLUMN_LIMIT:
                raise AzosError(f"{self._origin}: more than {COLUMN_LIMIT} columns")
            column = f"f{self.width} {affinity}"
            if self._affinities:
                self.connection.execute(f"ALTER TABLE temp.{self._table} ADD COLUMN {column}")
            else:
                self.connection.execute(f"CREATE TEMP TABLE {self._table} ({column})")
            self._affinities.append(affinity)

    def insert(self, rows: Sequence[Sequence[Any]], *, clean: bool = True) -> None:
        """Add rows as wide as the table.

        Unless ``clean``, their text may stand for bytes that are no UTF-8.
        """
        marks = [f"?{number}" for number in range(1, self.width + 1)]
        if not clean:  # SQLite takes such text only as bytes
            rows = [[bytes_if_needed(value) for value in row] for row in rows]
            marks = [
                f"CASE typeof({mark}) WHEN 'blob' THEN CAST({mark} AS TEXT) ELSE {mark} END" for mark in marks
            ]
        # A savepoint, not a transaction: a script may have begun one.
        self.connection.execute("SAVEPOINT azos_rows")
        try:
            self.connection.executemany(f"INSERT INTO temp.{self._table} VALUES ({', '.join(marks)})", rows)
        except BaseException:
            self.connection.execute("ROLLBACK TO azos_rows")
            raise
        finally:
            self.connection.execute("RELEASE azos_rows")
        self.row_count += len(rows)

    def begin_again(self, affinities: Sequence[str]) -> sqlite3.Cursor:
        """Start anew with other affinities.

        The cursor gives column 0 of the rows so far. ``forget_old`` ends it.
        """
        self.connection.execute(f"ALTER TABLE temp.{self._table} RENAME TO {self._before}")
        self._affinities, self.row_count = [], 0
        self.widen(affinities)
        return self.connection.execute(f"SELECT f0 FROM temp.{self._before} ORDER BY rowid")

    def forget_old(self) -> None:
        """Drop what ``begin_again`` has put aside."""
        self.connection.execute(f"DROP TABLE temp.{self._before}")

    def show(self, names: Sequence[str], columns: Sequence[int]) -> None:
        """Make the view: these columns under these names. Without any row the columns need not be there."""
        self.connection.execute(f"DROP VIEW IF EXISTS temp.{quoted(self.name)}")
        listed = ", ".join(quoted(name) for name in names)
        if self.row_count:
            source = f"SELECT {', '.join(f'f{column}' for column in columns)} FROM temp.{self._table}"
        else:
            source = f"SELECT {', '.join('NULL' for _ in names)} WHERE 0"
        self.connection.execute(f"CREATE TEMP VIEW {quoted(self.name)} ({listed}) AS {source}")

    def drop(self) -> None:
        """Take the table and the view away, as far as they are there."""
        self.connection.execute(f"DROP VIEW IF EXISTS temp.{quoted(self.name)}")
        for table in (self._table, self._before):
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
        self._affinities, self.row_count = [], 0

    def __repr__(self) -> str:
        return f"<RowTable {self.row_count} rows of {self.width}>"


def quoted(name: str) -> str:
    """The name as SQL writes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def new_name(wanted: str, taken: Iterable[str], number: int) -> str:
    """``wanted`` as a column name that none of ``taken`` is, in any case of its letters.

    ``c<number>`` for a blank.
    """
    name = wanted.replace("\0", "").encode("utf-8", "replace").decode().strip() or f"c{number}"
    known = {one.lower() for one in taken}
    unique, count = name, 2
    while unique.lower() in known:
        unique, count = f"{name}_{count}", count + 1
    return unique
