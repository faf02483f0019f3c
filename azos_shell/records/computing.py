"""Computed columns: items such as ``*``, ``name`` and ``size * 2 AS double`` made into the columns of new records."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from azos_shell.core.names import distinct_names
from azos_shell.core.values import Records
from azos_shell.records.columns import place_of
from azos_shell.records.evaluating import Evaluator, Found
from azos_shell.records.expressions import Item


class Computation:
    """Makes new records of batches. For the thread of its connection.

    Columns that are only named, or meant by ``*``, come through as they are; expressions are SQLite's. An item that
    is called as a column before it takes that one's place. Names once given keep their places, as the columns of a
    stream must: what comes with a later batch stands at the end.
    """

    def __init__(self, connection: sqlite3.Connection, items: Sequence[Item]) -> None:
        self._connection = connection
        self._items = items
        self._evaluator: Evaluator | None = None
        self._columns: tuple[str, ...] | None = None
        self._sources: dict[str, int] = {}

    def prepare(self, columns: tuple[str, ...]) -> None:
        """Be ready for batches with these columns, or some of them. Raises UsageError and NoSuchColumnError."""
        if columns == self._columns:
            return
        names = distinct_names(columns)
        places = [None if item.column is None else place_of(names, item.column) for item in self._items]
        left = [
            item.text
            for item, place in zip(self._items, places, strict=True)
            if place is None and not item.is_star
        ]
        if self._evaluator is not None:
            self._evaluator.forget()
            self._evaluator = None
        if left:
            self._evaluator = Evaluator(self._connection, left)
            self._evaluator.prepare(columns)
        self._place(names, places)
        self._columns = columns

    def batch(self, batch: Records) -> Records:
        """The new records of these."""
        found: Found = {} if self._evaluator is None else self._evaluator.values(batch)
        computed: list[Sequence[Any]] = list(zip(*found.values(), strict=True))
        columns = [self._column(source, batch, computed) for source in self._sources.values()]
        rows = list(zip(*columns, strict=True)) if columns and batch.rows else [()] * len(batch)
        return Records(tuple(self._sources), rows)

    def _place(self, names: tuple[str, ...], places: list[int | None]) -> None:
        """Settle the source of each new column: the place of an old one, or -1, -2, … for the expressions."""
        called = iter(() if self._evaluator is None else self._evaluator.names)
        sources = dict.fromkeys(self._sources, 0)
        number = 0
        for item, place in zip(self._items, places, strict=True):
            if item.is_star:
                sources.update({name: at for at, name in enumerate(names)})
            elif place is not None:
                sources[item.called or names[place]] = place
            else:
                number -= 1
                sources[next(called)] = number
        self._sources = sources

    @staticmethod
    def _column(source: int, batch: Records, computed: Sequence[Sequence[Any]]) -> Sequence[Any]:
        if source < 0:
            return computed[-source - 1] if computed else ()
        if source >= len(batch.columns):
            return [None] * len(batch.rows)
        return [row[source] for row in batch.rows]

    def __repr__(self) -> str:
        return f"<Computation of {[item.text for item in self._items]}>"
