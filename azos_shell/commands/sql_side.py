"""The side that answers: one connection and what SQL it speaks, seen the same whichever engine is behind it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.commands.sql_tables import Tables
from azos_shell.plugin import Records
from azos_shell.pools.sqlite_errors import SQLITE_ERRORS, WriteRefusedError, is_busy, translated

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker

FIRST_CHUNK_ROWS = 100
LARGEST_CHUNK_ROWS = 1_000
TOGETHER_SECONDS = 0.05
"""Statements of a script that are run in one turn take no longer than this before somebody may see how far it is."""

Schema = dict[str, list[str]]
"""The columns of each table."""

_TRANSACTION = re.compile(
    r"(?:begin(?:\s+deferred)?(?:\s+transaction)?|commit(?:\s+transaction)?|end(?:\s+transaction)?"
    r"|rollback(?:\s+transaction)?)\s*;?\s*",
    re.IGNORECASE,
)
"""Statements that only open and close a transaction: harmless where nothing can be written."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The queries behind the dot commands. ``:name`` is what the command was given, or NULL."""

    tables: str
    schema: str
    indexes: str
    columns: str
    """The names of all tables, each with one of its columns, in order."""
    plan: str
    """Stands before the query whose plan is asked for."""


SQLITE = Dialect(
    tables="""
        SELECT iif(schema = 'main', name, schema || '.' || name) AS name, type FROM pragma_table_list
        WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
          AND (schema <> 'temp' OR name NOT LIKE 'azos rows%')
          AND (:name IS NULL OR name GLOB :name) ORDER BY 1
    """,
    schema="""
        SELECT sql || ';' AS sql FROM sqlite_schema
        WHERE sql IS NOT NULL AND (:name IS NULL OR lower(tbl_name) = lower(:name) OR lower(name) = lower(:name))
        ORDER BY type = 'trigger', type = 'index', rowid
    """,
    indexes="""
        SELECT il.name AS name, m.name AS "table", il."unique" AS "unique",
            (SELECT group_concat(coalesce(ii.name, '(expression)'), ', ') FROM pragma_index_info(il.name) AS ii)
            AS columns
        FROM sqlite_schema AS m, pragma_index_list(m.name) AS il
        WHERE m.type = 'table' AND (:name IS NULL OR lower(m.name) = lower(:name)) ORDER BY 2, 1
    """,
    columns="""
        SELECT t.name, c.name FROM pragma_table_list AS t, pragma_table_xinfo(t.name, t.schema) AS c
        WHERE t.type IN ('table', 'view', 'virtual') AND t.name NOT LIKE 'azos rows%'
          AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'
        ORDER BY t.name, c.cid LIMIT 20000
    """,
    plan="EXPLAIN QUERY PLAN ",
)


class Side(Protocol):
    """What a session asks."""

    dialect: Dialect

    def answer(self, text: str, parameters: Mapping[str, Any] | None = None) -> AsyncGenerator[Records, None]:
        """Run one statement; yields its rows."""
        ...

    async def run_together(self, texts: Sequence[str]) -> int:
        """Run statements that give no rows, from the first, as long as all is well and quick; how many were run.

        What the next of them is about ``answer`` says.
        """
        ...

    def explain(self, text: str) -> AsyncGenerator[Records, None]:
        """The plan of one statement, which is not run."""
        ...

    async def prepare(self) -> None:
        """To be called before a statement that a person has just typed."""
        ...

    async def columns(self) -> Schema:
        """All tables with their columns; what was known before while the database is locked."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether what was written is not committed yet."""
        ...

    @property
    def changes(self) -> int:
        """How many rows the connection has changed in all."""
        ...


class SqliteSide:
    """A SQLite connection with the tables that are made for it."""

    dialect = SQLITE

    def __init__(
        self, worker: SqliteWorker, tables: Tables, parameters: Mapping[str, Any], *, write: bool
    ) -> None:
        self._worker = worker
        self._tables = tables
        self._parameters = parameters
        self._write = write
        self._schema: Schema = {}

    async def answer(
        self, text: str, parameters: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[Records, None]:
        """Run one statement, making the tables that it wants. Raises AzosError."""
        values = self._parameters if parameters is None else parameters
        only_reading = not self._write and _TRANSACTION.fullmatch(text) is None
        batches = self._tables.asked(text, lambda: self._stream(text, values, only_reading=only_reading))
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def run_together(self, texts: Sequence[str]) -> int:
        """Run them in one turn of the thread, which costs more than most of them."""
        if not self._write:
            return 0  # each must be looked at first

        def run(connection: sqlite3.Connection) -> int:
            deadline = time.monotonic() + TOGETHER_SECONDS
            for done, text in enumerate(texts):
                if time.monotonic() > deadline:
                    return done
                try:
                    connection.execute(text, self._parameters).close()
                except SQLITE_ERRORS:
                    return done  # a statement that fails has done nothing
            return len(texts)

        return await self._worker.with_connection(run)

    async def explain(self, text: str) -> AsyncGenerator[Records, None]:
        """The plan. Nothing is run but pragmas, which take effect as they are prepared."""
        query = SQLITE.plan + text
        only_reading = not self._write and text.lower().startswith("pragma")
        batches = self._tables.asked(
            query, lambda: self._stream(query, self._parameters, only_reading=only_reading)
        )
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def prepare(self) -> None:
        """Files that have changed are read anew."""
        await self._tables.refresh()

    async def columns(self) -> Schema:
        """All tables with their columns. Raises AzosError."""
        try:
            rows = await self._worker.run(lambda: self._worker._conn.execute(SQLITE.columns).fetchall())
        except SQLITE_ERRORS as error:
            if is_busy(error):
                return self._schema
            raise translated(error, self._worker.path) from error
        self._schema = {}
        for table, column in rows:
            self._schema.setdefault(table, []).append(column)
        return self._schema

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        # A field of the connection, which is at rest between two statements: no thread is needed.
        return bool(self._worker._conn.in_transaction)

    @property
    def changes(self) -> int:
        """Rows inserted, updated and deleted so far."""
        return int(self._worker._conn.total_changes)

    def _stream(
        self, text: str, parameters: Mapping[str, Any], *, only_reading: bool
    ) -> AsyncGenerator[Records, None]:
        return self._worker.stream(
            text,
            parameters,
            chunk_size=FIRST_CHUNK_ROWS,
            max_chunk_size=LARGEST_CHUNK_ROWS,
            only_reading=only_reading,
        )

    def __repr__(self) -> str:
        return f"<SqliteSide {self._worker!r}>"


def told(error: WriteRefusedError) -> str:
    """What refused a write, and what to do next."""
    return f"{error.message}: say --write to let it"
