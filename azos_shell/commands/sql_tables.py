"""The tables that a query names and the database does not have: ``stdin``, files, tables of other databases.

They are made when SQLite says that there is no such table, so one of that name in the database always wins, and
nothing is read that no query asks for.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azos_shell.bus.intake import chunks_of
from azos_shell.commands.sql_files import (
    Reading,
    is_regular,
    is_sqlite,
    near_files,
    near_names,
    open_rows,
    read_slice,
)
from azos_shell.commands.sql_input import STDIN, InputTable
from azos_shell.commands.sql_records import RecordsTable
from azos_shell.commands.sql_table import quoted
from azos_shell.plugin import AzosError, Call, Chunk, Records, UsageError
from azos_shell.pools.sqlite_errors import NoSuchColumnError, NoSuchTableError
from azos_shell.pools.sqlite_uri import database_uri
from azos_shell.records.shape import SAMPLE_BYTES

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker

_SHOWN_COLUMNS = 40
QUOTES_AND_COMMENTS = re.compile(
    r"'(?P<string>(?:[^']|'')*)'|\"(?P<name>(?:[^\"]|\"\")*)\"|\[(?P<bracketed>[^\]]*)\]|`(?P<ticked>(?:[^`]|``)*)`"
    r"|--[^\n]*|/\*.*?(?:\*/|\Z)",
    re.DOTALL,
)
"""Whatever stands first counts: a quotation mark in a comment begins nothing."""

Identity = tuple[int, int, int, int]
"""Device, inode, size and time of change of a file."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was loaded as table ``name``."""

    name: str
    path: str
    identity: Identity | None


class Tables:
    """What was made for the queries of one connection."""

    def __init__(self, call: Call, worker: SqliteWorker, reading: Reading) -> None:
        self._call = call
        self._worker = worker
        self._reading = reading
        self._loaded: dict[str, InputTable | RecordsTable] = {}
        self._files: dict[str, _File] = {}
        self._attached: set[str] = set()

    async def asked(
        self, query: str, ask: Callable[[], AsyncGenerator[Records, None]]
    ) -> AsyncGenerator[Records, None]:
        """Ask; while there is no such table, make it and ask again."""
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

    def knows(self, error: NoSuchTableError) -> bool:
        """Whether the table that is missing can be made."""
        return _is_stdin(error) or self._database_of(error.full_name) is not None or self._is_file(error)

    async def provide(self, error: NoSuchTableError, query: str) -> None:
        """Make the table that is missing. Raises ``error``, with what is near to it, if that can't be."""
        if _is_stdin(error) and STDIN not in self._loaded:
            await self._load_stdin()
        elif (schema := self._database_of(error.full_name)) is not None:
            await self._attach(schema)
        elif self._is_file(error) and is_written(error.full_name, query):
            await self._load_file(error.full_name, query)
        else:
            raise await self._with_near_misses(error, query) from error

    async def refresh(self) -> None:
        """Forget the files that have changed since they were loaded: the next query reads them anew."""
        changed = [file for file in self._files.values() if _identity(file.path) != file.identity]
        for file in changed:
            del self._files[file.path]
            self._loaded.pop(file.name.lower(), None)
            view = f"DROP VIEW IF EXISTS temp.{quoted(file.name)}"
            await self._worker.with_connection(lambda connection, view=view: connection.execute(view))  # type: ignore[misc]

    # -- standard input ----------------------------------------------------------------------------------------

    async def _load_stdin(self) -> None:
        if self._call.stdin.is_terminal():
            raise UsageError("the query reads stdin, but nothing is piped in")
        self._worker.spent = True  # temporary tables stay with a connection
        chunks = chunks_of(self._call.stdin)
        async with aclosing(chunks):
            first = await anext(chunks, b"")
            if isinstance(first, Records):
                self._loaded[STDIN] = await self._load_records(first, chunks)
            else:
                self._loaded[STDIN] = await self._load_bytes(first, chunks)

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

    # -- files -------------------------------------------------------------------------------------------------

    def _is_file(self, error: NoSuchTableError) -> bool:
        name = error.full_name
        path = self._call.shell.resolve_path(name)
        return name.lower() not in self._loaded and is_regular(path) and not is_sqlite(path)

    async def _load_file(self, name: str, query: str) -> None:
        path = os.path.realpath(self._call.shell.resolve_path(name))
        self._refuse_twins(name, path, query)
        self._worker.spent = True
        known = self._files.get(path)
        if known is not None:
            view = f"CREATE TEMP VIEW {quoted(name)} AS SELECT * FROM temp.{quoted(known.name)}"
            await self._worker.with_connection(lambda connection: connection.execute(view))
            self._loaded[name.lower()] = self._loaded[known.name.lower()]
            return
        identity = _identity(path)  # before it is read: what changes meanwhile is then noticed
        self._loaded[name.lower()] = await self._loaded_file(name, path)
        self._files[path] = _File(name, path, identity)

    async def _loaded_file(self, name: str, path: str) -> InputTable:
        run = self._worker.with_connection
        skipped = Skipped()
        file = await run(lambda _: open_rows(path, name))
        try:
            table = await run(
                lambda connection: InputTable(
                    connection,
                    self._reading.of_file(path),
                    name=name,
                    origin=name,
                    skip=skipped if self._reading.skips else None,
                )
            )

            def load_slice(_: sqlite3.Connection) -> bool:
                data = read_slice(file, name)
                if table.is_new and b"\0" in data[:SAMPLE_BYTES]:
                    raise AzosError(f"{name}: is no text, there are NUL bytes in it")
                table.feed(data) if data else table.finish()
                return bool(data)

            while await run(load_slice):
                pass
        finally:
            file.close()
        skipped.tell(self._call, name)
        return table

    def _refuse_twins(self, name: str, path: str, query: str) -> None:
        """SQLite takes names that differ only in case for the same; two such files can't be told apart."""
        for other in quoted_names(query):
            if other != name and other.lower() == name.lower():
                other_path = self._call.shell.resolve_path(other)
                if os.path.exists(other_path) and os.path.realpath(other_path) != path:
                    raise AzosError(
                        f"{name} and {other} differ only in case, which SQL doesn't see: write one as ./…"
                    )

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

    async def _add_column(self, name: str) -> bool:
        for table in self._loaded.values():
            if table.is_empty and await self._worker.with_connection(
                lambda _, table=table: table.add_column(name)  # type: ignore[misc]
            ):
                return True
        return False

    def _hinted(self, error: NoSuchColumnError) -> AzosError:
        shown = [
            f"{table.name} has {', '.join(table.columns)}"
            for table in dict.fromkeys(self._loaded.values())
            if len(table.columns) <= _SHOWN_COLUMNS
        ]
        return AzosError("; ".join([error.message, *shown])) if shown else error

    async def _with_near_misses(self, error: NoSuchTableError, query: str) -> AzosError:
        name = error.full_name
        path = self._call.shell.resolve_path(name)
        if (schema := self._schema_of(name)) is not None:
            return await self._which_table(error, schema)
        if name.lower() in self._loaded or (os.path.exists(path) and not os.path.isdir(path)):
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
        return f"<Tables {', '.join(self._loaded)}>"


class Skipped:
    """Hears of malformed rows that are left out, and tells of them together."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def __call__(self, message: str) -> None:
        if not self.count:
            self.first = message
        self.count += 1

    def tell(self, call: Call, origin: str) -> None:
        """One line on standard error, if anything was left out."""
        if self.count:
            rows = "1 malformed row" if self.count == 1 else f"{self.count:,} malformed rows"
            call.error(f"{origin}: {rows} skipped; the first: {self.first}")


def quoted_names(query: str) -> list[str]:
    """What stands in quotes of any kind in the query, as it is written there."""
    found = [match.groups() for match in QUOTES_AND_COMMENTS.finditer(query)]
    return [group for groups in found for group in groups if group is not None]


def plain_names(query: str) -> list[str]:
    """What stands in quotes of any kind in the query, as it is meant."""
    return [one.replace("''", "'").replace('""', '"').replace("``", "`") for one in quoted_names(query)]


def is_written(name: str, query: str) -> bool:
    """Whether ``name`` can be a table's name alone: without a dot, or quoted. ``a.b`` is table b of schema a."""
    if "." not in name and "/" not in name:
        return True
    return name.lower() in map(str.lower, plain_names(query))


def as_bytes(chunk: Chunk) -> bytes:
    """The chunk as it would be written: records as JSON Lines."""
    if not isinstance(chunk, Records):
        return chunk
    from azos_shell.rendering import formatter

    return formatter("jsonl").feed(chunk)


def _is_stdin(error: NoSuchTableError) -> bool:
    return error.full_name.lower() in (STDIN, f"temp.{STDIN}", f"main.{STDIN}")


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
