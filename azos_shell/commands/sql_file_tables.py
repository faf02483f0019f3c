"""Files as tables of one connection: each is loaded once, under all its names, and anew after it has changed."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from azos_shell.commands.sql_files import is_packed, is_regular, is_sqlite, open_rows, read_slice
from azos_shell.commands.sql_input import InputTable
from azos_shell.commands.sql_layout import Reading
from azos_shell.commands.sql_skipped import Skipped
from azos_shell.commands.sql_table import quoted
from azos_shell.commands.sql_words import plain_names
from azos_shell.plugin import AzosError, Call
from azos_shell.records.shape import SAMPLE_BYTES
from azos_shell.rendering.progress import ProgressBar, ProgressLine

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker

QUIET_SECONDS = 0.5
"""A file that is loaded sooner needs no line of progress."""

Identity = tuple[int, int, int, int]
"""Device, inode, size and time of change of a file."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was loaded, and the names that it has as a table, the first that of the table itself."""

    names: list[str]
    identity: Identity | None
    table: InputTable


class FileTables:
    """The files that queries of one connection have named. Raises AzosError for what is no file of rows."""

    def __init__(self, call: Call, worker: SqliteWorker, reading: Reading) -> None:
        self._call = call
        self._worker = worker
        self._reading = reading
        self._files: dict[str, _File] = {}
        """By their real paths."""

    @property
    def tables(self) -> list[InputTable]:
        """What was loaded."""
        return [file.table for file in self._files.values()]

    @property
    def names(self) -> dict[str, str]:
        """Every name that a file has, by what it is in lower case, as SQLite compares them."""
        return {name.lower(): name for file in self._files.values() for name in file.names}

    def can_load(self, name: str) -> bool:
        """Whether there is a file of that name that is not loaded under it yet."""
        path = self._call.shell.resolve_path(name)
        return name.lower() not in self.names and is_regular(path) and not is_sqlite(path)

    async def load(self, name: str, query: str) -> None:
        """Make the table ``name`` of the file."""
        path = os.path.realpath(self._call.shell.resolve_path(name))
        self._refuse_twins({name.lower(): name}, query)
        self._worker.spent = True  # temporary tables stay with a connection
        known = self._files.get(path)
        if known is not None:
            view = f"CREATE TEMP VIEW {quoted(name)} AS SELECT * FROM temp.{quoted(known.names[0])}"
            await self._worker.with_connection(lambda connection: connection.execute(view))
            known.names.append(name)
            return
        identity = _identity(path)  # before it is read: what changes meanwhile is then noticed
        self._files[path] = _File([name], identity, await self._loaded(name, path))

    async def refresh(self) -> None:
        """Forget the files that have changed since they were loaded: the next query reads them anew."""
        for path, file in list(self._files.items()):
            if _identity(path) == file.identity:
                continue
            del self._files[path]
            for name in file.names:
                view = f"DROP VIEW IF EXISTS temp.{quoted(name)}"
                await self._worker.with_connection(lambda connection, view=view: connection.execute(view))  # type: ignore[misc]

    def refuse_twins(self, query: str) -> None:
        """Refuse a query that names another file than the one that SQLite would take for it."""
        if self._files:
            self._refuse_twins(self.names, query)

    def _refuse_twins(self, names: dict[str, str], query: str) -> None:
        """SQLite takes names that differ only in case for the same; two such files can't be told apart."""
        for other in plain_names(query):
            name = names.get(other.lower(), other)
            if name != other and self._are_two(name, other):
                raise AzosError(
                    f"{name} and {other} differ only in case, which SQL doesn't see: write one as ./…"
                )

    def _are_two(self, name: str, other: str) -> bool:
        paths = [self._call.shell.resolve_path(one) for one in (name, other)]
        return all(map(os.path.exists, paths)) and not os.path.samefile(*paths)

    async def _loaded(self, name: str, path: str) -> InputTable:
        run = self._worker.with_connection
        skipped = Skipped()
        layout = self._reading.of_file(path)
        skip = skipped if self._reading.skips else None
        progress = _Progress(self._call, path)
        opened: list[IO[bytes]] = []  # what was opened must be closed, even if who waited for it has gone
        try:
            await run(lambda _: opened.append(open_rows(path, name)))
            table = await run(
                lambda connection: InputTable(connection, layout, name=name, origin=name, skip=skip)
            )

            def load_slice(_: sqlite3.Connection) -> int:
                data = read_slice(opened[0], name)
                if table.is_new and b"\0" in data[:SAMPLE_BYTES]:
                    raise AzosError(f"{name}: is no text, there are NUL bytes in it")
                table.feed(data) if data else table.finish()
                return len(data)

            while size_bytes := await run(load_slice):
                progress.add(size_bytes)
        finally:
            progress.clear()
            for file in opened:
                file.close()
        skipped.tell(self._call, name)
        return table

    def __repr__(self) -> str:
        return f"<FileTables {', '.join(self.names.values())}>"


class _Progress:
    """How far a file is that is being loaded; shown only if that takes a while."""

    def __init__(self, call: Call, path: str) -> None:
        self._clock = call.services.clock
        started = self._clock.monotonic()
        self._quiet_until = started + QUIET_SECONDS
        identity = _identity(path)
        # How long a packed file is shows only in the end.
        total = None if identity is None or is_packed(path) else identity[2]
        line = ProgressLine(total, "bytes", started)
        self._bar = ProgressBar(call.stderr, line, self._clock, terminal_name=call.shell.get("TERM"))
        self._done = 0

    def add(self, size_bytes: int) -> None:
        """So much more is loaded."""
        self._done += size_bytes
        if self._clock.monotonic() >= self._quiet_until:
            self._bar.update(self._done)

    def clear(self) -> None:
        """Take the line away."""
        self._bar.clear()


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
