"""The temporary table behind ``stdin``: grows columns, takes rows, and is seen through a view.

SQLite keeps it in memory and spills it to an unnamed file once it is large. Its own columns have made-up
names; the view ``stdin`` gives them the names that queries use, in the order people expect.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from azos_shell.plugin import AzosError

MEMORY_KIB = 65_536
"""Of rows, before they go to a file."""

COLUMN_LIMIT = 1_900
"""SQLite's own limit is 2,000."""

_TABLE = '"azos rows"'


class RowTable:
    """Rows of a fixed order of columns, the first of them number 0.

    ``affinities`` are SQLite's, one a column.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.row_count = 0
        self._affinities: list[str] = []
        connection.execute(f"PRAGMA temp.cache_size = -{MEMORY_KIB}")

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._affinities)

    def widen(self, affinities: Iterable[str]) -> None:
        """Add columns on the right; rows that are there hold NULL in them."""
        for affinity in affinities:
            if self.width >= COLUMN_LIMIT:
                raise AzosError(f"standard input: more than {COLUMN_LIMIT} columns")
            column = f"f{self.width} {affinity}"
            if self._affinities:
                self.connection.execute(f"ALTER TABLE temp.{_TABLE} ADD COLUMN {column}")
            else:
                self.connection.execute(f"CREATE TEMP TABLE {_TABLE} ({column})")
            self._affinities.append(affinity)

    def insert(self, rows: Sequence[Sequence[Any]], *, clean: bool = True) -> None:
        """Add rows as wide as the table.

        Unless ``clean``, their text may stand for bytes that are no UTF-8.
        """
        marks = [f"?{number}" for number in range(1, self.width + 1)]
        if not clean:  # SQLite takes such text only as bytes
            rows = [[_bytes_if_needed(value) for value in row] for row in rows]
            marks = [
                f"CASE typeof({mark}) WHEN 'blob' THEN CAST({mark} AS TEXT) ELSE {mark} END" for mark in marks
            ]
        self.connection.execute("BEGIN")
        try:
            self.connection.executemany(f"INSERT INTO temp.{_TABLE} VALUES ({', '.join(marks)})", rows)
        finally:
            self.connection.execute("COMMIT")
        self.row_count += len(rows)

    def begin_again(self, affinities: Sequence[str]) -> sqlite3.Cursor:
        """Start anew with other affinities.

        The cursor gives column 0 of the rows so far. ``forget_old`` ends it.
        """
        self.connection.execute(f'ALTER TABLE temp.{_TABLE} RENAME TO "azos rows before"')
        self._affinities, self.row_count = [], 0
        self.widen(affinities)
        return self.connection.execute('SELECT f0 FROM temp."azos rows before" ORDER BY rowid')

    def forget_old(self) -> None:
        """Drop what ``begin_again`` has put aside."""
        self.connection.execute('DROP TABLE temp."azos rows before"')

    def show(self, names: Sequence[str], columns: Sequence[int]) -> None:
        """Make ``stdin``: these columns under these names. Without any row the columns need not be there."""
        self.connection.execute("DROP VIEW IF EXISTS temp.stdin")
        listed = ", ".join(quoted(name) for name in names)
        if self.row_count:
            source = f"SELECT {', '.join(f'f{column}' for column in columns)} FROM temp.{_TABLE}"
        else:
            source = f"SELECT {', '.join('NULL' for _ in names)} WHERE 0"
        self.connection.execute(f"CREATE TEMP VIEW stdin ({listed}) AS {source}")

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


def _bytes_if_needed(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            try:
                return value.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:
                return value.encode("utf-8", "replace")
    return value
