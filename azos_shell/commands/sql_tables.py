"""The tables that a query names and the database does not have: ``stdin``, files, tables of other databases.

They are made when SQLite says that there is no such table, so one of that name in the database always wins, and
nothing is read that no query asks for.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from azos_shell.bus.intake import chunks_of
from azos_shell.commands.sql_file_tables import FileTables
from azos_shell.commands.sql_files import is_sqlite, near_files, near_names
from azos_shell.commands.sql_input import InputTable
from azos_shell.commands.sql_layout import STDIN, Reading
from azos_shell.commands.sql_records import RecordsTable
from azos_shell.commands.sql_skipped import Skipped
from azos_shell.commands.sql_table import quoted
from azos_shell.commands.sql_words import is_written
from azos_shell.plugin import AzosError, Call, Chunk, Records, UsageError
from azos_shell.pools.sqlite_errors import NoSuchColumnError, NoSuchTableError
from azos_shell.pools.sqlite_uri import database_uri

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker

_SHOWN_COLUMNS = 40


class Tables:
    """What was made for the queries of one connection."""

    def __init__(self, call: Call, worker: SqliteWorker, reading: Reading) -> None:
        self._call = call
        self._worker = worker
        self._reading = reading
        self._files = FileTables(call, worker, reading)
        self._stdin: InputTable | RecordsTable | None = None
        self._attached: set[str] = set()

    async def asked(
        self, query: str, ask: Callable[[], AsyncGenerator[Records, None]]
    ) -> AsyncGenerator[Records, None]:
        """Ask; while there is no such table, make it and ask again."""
        self._files.refuse_twins(query)
        answered = False
        while True:
            batches = ask()
            try:
                async with aclosing(batches):
                    async for batch in batches:
                        answered = True
                        yield batch
                    return
            except NoSuchTableError as error:
                if answered:
                    raise
                await self.provide(error, query)
            except NoSuchColumnError as error:
                # No rows tell no names: an empty input has whatever columns it is asked for.
                if answered or not await self._add_column(error.name):
                    raise self._hinted(error) from error

    async def provide(self, error: NoSuchTableError, query: str) -> None:
        """Make the table that is missing. Raises ``error``, with what is near to it, if that can't be."""
        if self._stdin is None and _is_stdin(error):
            await self._load_stdin()
        elif (schema := self._database_of(error.full_name)) is not None:
            await self._attach(schema)
        elif self._files.can_load(error.full_name) and is_written(error.full_name, query):
            await self._files.load(error.full_name, query)
        else:
            raise await self._with_near_misses(error) from error

    async def refresh(self) -> None:
        """Forget the files that have changed since they were loaded: the next query reads them anew."""
        await self._files.refresh()

    # -- standard input ----------------------------------------------------------------------------------------

    async def _load_stdin(self) -> None:
        if self._call.stdin.is_terminal():
            raise UsageError("the query reads stdin, but nothing is piped in")
        self._worker.spent = True  # temporary tables stay with a connection
        chunks = chunks_of(self._call.stdin)
        async with aclosing(chunks):
            first = await anext(chunks, b"")
            if isinstance(first, Records):
                self._stdin = await self._load_records(first, chunks)
            else:
                self._stdin = await self._load_bytes(first, chunks)

    async def _load_records(self, first: Records, chunks: AsyncIterator[Chunk]) -> RecordsTable:
        run = self._worker.with_connection
        table = await run(lambda connection: RecordsTable(connection, STDIN))
        await run(lambda _: table.feed(first))
        async for chunk in chunks:
            await run(lambda _, chunk=chunk: table.feed(chunk))  # type: ignore[misc]
        await run(lambda _: table.finish())
        return table

    async def _load_bytes(self, first: bytes, chunks: AsyncIterator[Chunk]) -> InputTable:
        run = self._worker.with_connection
        skipped = Skipped()
        layout = self._reading.of_stdin()
        skip = skipped if self._reading.skips else None
        table = await run(lambda connection: InputTable(connection, layout, skip=skip))
        await run(lambda _: table.feed(first))
        async for chunk in chunks:
            data = as_bytes(chunk)
            await run(lambda _, data=data: table.feed(data))  # type: ignore[misc]
        await run(lambda _: table.finish())
        skipped.tell(self._call, "standard input")
        return table

    # -- other databases ---------------------------------------------------------------------------------------

    def _database_of(self, full_name: str) -> str | None:
        """The beginning of ``full_name`` that is a SQLite file not yet attached, or None."""
        ends = [len(full_name), *(match.start() for match in re.finditer(r"\.", full_name))]
        for end in ends:
            schema = full_name[:end]
            if schema.lower() not in self._attached and is_sqlite(self._call.shell.resolve_path(schema)):
                return schema
        return None

    async def _attach(self, schema: str) -> None:
        path = self._call.shell.resolve_path(schema)
        self._worker.spent = True
        uri = database_uri(path, "ro")
        await self._worker.with_connection(
            lambda connection: connection.execute(f"ATTACH ? AS {quoted(schema)}", (uri,))
        )
        self._attached.add(schema.lower())

    async def _tables(self) -> list[str]:
        listed = "SELECT name FROM pragma_table_list WHERE type IN ('table', 'view') AND schema = 'main'"
        rows = await self._worker.with_connection(lambda connection: connection.execute(listed).fetchall())
        return [name for (name,) in rows]

    # -- what is told ------------------------------------------------------------------------------------------

    @property
    def _made(self) -> list[InputTable | RecordsTable]:
        """What has columns of its own here."""
        return [*([] if self._stdin is None else [self._stdin]), *self._files.tables]

    async def _add_column(self, name: str) -> bool:
        for table in self._made:
            if table.is_empty and await self._worker.with_connection(
                lambda _, table=table: table.add_column(name)  # type: ignore[misc]
            ):
                return True
        return False

    def _hinted(self, error: NoSuchColumnError) -> AzosError:
        shown = [
            f"{table.name} has {', '.join(table.columns)}"
            for table in self._made
            if len(table.columns) <= _SHOWN_COLUMNS
        ]
        return AzosError("; ".join([error.message, *shown])) if shown else error

    async def _with_near_misses(self, error: NoSuchTableError) -> AzosError:
        name = error.full_name
        path = self._call.shell.resolve_path(name)
        if (schema := self._schema_of(name)) is not None:
            return await self._which_table(error, schema)
        if name.lower() in self._files.names or (os.path.exists(path) and not os.path.isdir(path)):
            return AzosError(f"{error.message}: write the name of a file in quotes, '{name}'")
        is_path = "/" in name or "." in name
        if is_path and os.path.isdir(path):
            return AzosError(f"{name}: is a directory, not a file of rows")
        near = [*near_names(error.name, await self._tables()), *near_files(name, path)]
        message = f"{error.message}, nor such a file" if is_path else error.message
        return AzosError(f"{message} (did you mean {' or '.join(near[:3])}?)") if near else AzosError(message)

    def _schema_of(self, name: str) -> str | None:
        """The attached database that the name begins with, as it is written there."""
        found = next((one for one in self._attached if f"{name.lower()}.".startswith(f"{one}.")), None)
        return None if found is None else name[: len(found)]

    async def _which_table(self, error: NoSuchTableError, schema: str) -> AzosError:
        listed = "SELECT name FROM pragma_table_list WHERE type IN ('table', 'view') AND lower(schema) = ?"
        rows = await self._worker.with_connection(
            lambda connection: connection.execute(listed, (schema.lower(),)).fetchall()
        )
        names = [name for (name,) in rows if not name.startswith("sqlite_")]
        there = ", ".join(names[:_SHOWN_COLUMNS]) or "no tables"
        return AzosError(f"{error.message}: {schema} is a database with {there}; write '{schema}'.TABLE")

    def __repr__(self) -> str:
        return f"<Tables {self._stdin!r}, {self._files!r}>"


def as_bytes(chunk: Chunk) -> bytes:
    """The chunk as it would be written: records as JSON Lines."""
    if not isinstance(chunk, Records):
        return chunk
    from azos_shell.rendering import formatter

    return formatter("jsonl").feed(chunk)


def _is_stdin(error: NoSuchTableError) -> bool:
    return error.full_name.lower() in (STDIN, f"temp.{STDIN}", f"main.{STDIN}")
