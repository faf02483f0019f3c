"""Counting records by the values of columns, also where there are more groups than memory should hold.

Groups are counted in a dict. Each time that is full, it is added to a temporary table, which SQLite spills to a file.
Numbers that are equal are one group (1, 1.0, true), as in SQL; the group shows the value that was seen first.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Sequence
from typing import Any

from azos_shell.core.errors import AzosError
from azos_shell.core.names import distinct_names
from azos_shell.core.values import Records
from azos_shell.pools.sqlite_errors import NoSuchColumnError
from azos_shell.records.columns import place_of, with_columns

GROUPS_IN_MEMORY = 100_000
"""Some tens of megabytes."""

_MEMORY_KIB = 65_536
_PLAIN = 2
"""The version of marshal in which equal values are equal bytes: later ones mark what is referred to twice."""

_TOO_DEEP = "a value is nested too deeply to be counted"

Group = tuple[tuple[Any, ...], int]


class Grouping:
    """How many records there are of each combination of values, in the order in which these are first seen."""

    def __init__(self, wanted: Sequence[str], *, limit: int = GROUPS_IN_MEMORY) -> None:
        self._wanted = wanted
        self._limit = limit
        self._places: list[int] = []
        self._groups: dict[Any, list[Any]] = {}
        self.names: tuple[str, ...] = (*wanted, "count")
        """The columns of the result."""

    @property
    def is_full(self) -> bool:
        """Whether it holds as much as it should."""
        return len(self._groups) >= self._limit

    async def prepare(self, columns: tuple[str, ...]) -> None:
        """Find the columns. Raises NoSuchColumnError."""
        places = []
        for name in self._wanted:
            place = place_of(columns, name)
            if place is None:
                raise NoSuchColumnError(with_columns(f"no such column: {name}", name, columns), name)
            places.append(place)
        self._places = places
        self.names = distinct_names((*(columns[place] for place in places), "count"))

    def add(self, batch: Records) -> None:
        """Count these. Raises AzosError for a value nested thousands deep."""
        try:
            self._add(batch)
        except RecursionError as error:
            raise AzosError(_TOO_DEEP) from error

    def _add(self, batch: Records) -> None:
        width = len(batch.columns)
        groups = self._groups
        for row in batch.rows:
            values = tuple([row[place] if place < width else None for place in self._places])
            key = tuple([repr(value) if isinstance(value, list | dict) else value for value in values])
            group = groups.get(key)
            if group is None:
                groups[key] = [values, 1]
            else:
                group[1] += 1

    def take(self) -> list[Group]:
        """The groups so far, which are forgotten."""
        groups, self._groups = self._groups, {}
        return [(values, number) for values, number in groups.values()]

    def __repr__(self) -> str:
        return f"<Grouping by {list(self._wanted)}: {len(self._groups)} groups>"


class GroupTable:
    """Groups in a temporary table. For the thread of its connection."""

    query = "SELECT shown, number FROM temp.grouped ORDER BY place"
    """Gives them in the order in which they first came."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(f"PRAGMA temp.cache_size = -{_MEMORY_KIB}")
        connection.execute(
            "CREATE TEMP TABLE grouped (place INTEGER PRIMARY KEY, same BLOB UNIQUE, shown BLOB, number INTEGER)"
        )

    def add(self, groups: Sequence[Group]) -> None:
        """Add these to those of the same values. Raises AzosError for a value nested thousands deep."""
        try:
            rows = [
                (marshal.dumps(tuple(map(_same, values)), _PLAIN), marshal.dumps(values, _PLAIN), number)
                for values, number in groups
            ]
        except (ValueError, RecursionError) as error:
            raise AzosError(_TOO_DEEP) from error
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(
                "INSERT INTO grouped (same, shown, number) VALUES (?, ?, ?)"
                " ON CONFLICT (same) DO UPDATE SET number = number + excluded.number",
                rows,
            )
        finally:
            self._connection.execute("COMMIT")

    @staticmethod
    def groups(rows: Sequence[tuple[bytes, int]]) -> list[tuple[Any, ...]]:
        """What ``query`` gives, as rows of values with their number at the end."""
        return [(*marshal.loads(shown), number) for shown, number in rows]

    def __repr__(self) -> str:
        return "<GroupTable>"


def _same(value: Any) -> Any:
    """What equal values have in common."""
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return repr(value) if isinstance(value, list | dict) else value
