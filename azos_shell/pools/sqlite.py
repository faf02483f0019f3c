"""The SQLite pools: for each database one writer and some readers, held open, validated, streaming.

A reader is lent to one query at a time and comes back clean whatever became of the query. The one writer is
lent to one transaction at a time, so in this process a write never runs beside another write to the same
file.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azos_shell.core.clock import Clock, SystemClock
from azos_shell.core.values import Records
from azos_shell.pools.permits import Permits
from azos_shell.pools.sqlite_errors import missing_file
from azos_shell.pools.sqlite_script import run_script
from azos_shell.pools.sqlite_state import SqliteSentinel
from azos_shell.pools.sqlite_worker import Parameters, SqliteWorker

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_uri import Mode

READERS = 4
IDLE_SECONDS = 60.0
CHECK_SECONDS = 10.0
"""A connection unused for so long is asked whether it still answers before it is lent: a question takes 0.1 ms."""
BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SqlitePoolStatistics:
    """What a pool holds and what it has done."""

    path: str
    open: int
    lent: int
    waiting: int
    queries: int
    interrupted: int
    reconnects: int
    busy_retries: int


class SqlitePool:
    """The connections to one database file."""

    def __init__(
        self,
        path: str,
        *,
        clock: Clock | None = None,
        readers: int = READERS,
        idle_seconds: float = IDLE_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self.path = path
        self._clock: Clock = clock or SystemClock()
        self._idle_seconds = idle_seconds
        self._busy_seconds = busy_seconds
        self._permits: dict[Mode, Permits] = {"ro": Permits(readers), "rwc": Permits(1)}
        self._idle: dict[Mode, list[_Held]] = {"ro": [], "rwc": []}
        self._closed = False
        self._open = self._queries = self._interrupted = self._reconnects = self._busy_retries = 0

    # -- using -----------------------------------------------------------------------------------------------

    async def stream(
        self,
        query: str,
        parameters: Parameters = (),
        chunk_size: int = 100,
        *,
        max_chunk_size: int | None = None,
    ) -> AsyncGenerator[Records, None]:
        """The rows of a query that only reads, in batches, fetched as they are asked for.

        Raises WriteRefusedError before anything runs if it doesn't only read, and AzosError for what goes
        wrong. Closing the iterator early, or cancelling the task that waits for it, interrupts the query.
        """
        async with self.reader() as worker:
            batches = worker.stream(
                query, parameters, chunk_size=chunk_size, max_chunk_size=max_chunk_size, only_reading=True
            )
            async with aclosing(batches):
                async for batch in batches:
                    yield batch

    def stream_results(self, query: str, chunk_size: int = 100) -> AsyncGenerator[Records, None]:
        """``stream`` of a query without parameters."""
        return self.stream(query, (), chunk_size)

    async def execute_write(self, query: str, parameters: Parameters = ()) -> AsyncGenerator[Records, None]:
        """Run one or more statements, several as one transaction, on the writer; yields the rows they give.

        The file is made if it is missing. Raises BusyError if the database stays locked, AzosError
        otherwise.
        """
        async with self.writer() as worker:
            batches = run_script(worker, query, parameters)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SqliteWorker]:
        """A connection that can't write to the file, alone."""
        async with self._lent("ro") as worker:
            yield worker

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[SqliteWorker]:
        """The connection that writes, alone; it makes the file if it is missing."""
        async with self._lent("rwc") as worker:
            yield worker

    # -- keeping ---------------------------------------------------------------------------------------------

    async def close_idle(self) -> int:
        """Close the connections that were not used for ``idle_seconds``; returns how many."""
        now, closed = self._clock.monotonic(), 0
        for held in self._idle.values():
            while old := next(
                (one for one in held if now - one.worker.last_used >= self._idle_seconds), None
            ):
                held.remove(old)
                await self._shut(old.worker)
                closed += 1
        return closed

    async def health_check(self) -> int:
        """Ask every idle connection whether it still answers and close those that don't; returns how many.

        Each is lent to the check meanwhile. Where all are lent or waited for the check is put off.
        """
        sick = 0
        for mode, permits in self._permits.items():
            for one in list(self._idle[mode]):
                if one in self._idle[mode] and permits.acquire_nowait():
                    try:
                        self._idle[mode].remove(one)
                        sick += not await self._checked(one, mode)
                    finally:
                        permits.release()
        return sick

    async def _checked(self, one: _Held, mode: Mode) -> bool:
        """Whether the connection answers; it is put back if it does, else closed."""
        is_sound = False
        try:
            is_sound = await self._is_sound(one, at_once=True)
        finally:
            if is_sound and not self._closed:
                self._idle[mode].append(one)
            else:
                await self._shut(one.worker)
        return is_sound

    async def aclose(self) -> None:
        """Close every idle connection; those still lent are closed when they come back."""
        self._closed = True
        for held in self._idle.values():
            while held:
                await self._shut(held.pop().worker)

    def statistics(self) -> SqlitePoolStatistics:
        """How many connections are open, lent and waited for, and what they have been through."""
        return SqlitePoolStatistics(
            path=self.path,
            open=self._open,
            lent=sum(permits.held for permits in self._permits.values()),
            waiting=sum(permits.waiting for permits in self._permits.values()),
            queries=self._queries,
            interrupted=self._interrupted,
            reconnects=self._reconnects,
            busy_retries=self._busy_retries,
        )

    @asynccontextmanager
    async def _lent(self, mode: Mode) -> AsyncIterator[SqliteWorker]:
        permits = self._permits[mode]
        await permits.acquire()
        try:
            one = await self._checked_out(mode)
            self._queries += 1
            try:
                yield one.worker
            finally:
                await self._taken_back(one, mode)
        finally:
            permits.release()

    async def _checked_out(self, mode: Mode) -> _Held:
        """An idle connection to the file that the path means now, else a new one."""
        held = self._idle[mode]
        while held:
            one = held.pop()
            try:
                is_sound = await self._is_sound(one)
            except BaseException:
                await self._shut(one.worker)
                raise
            if is_sound:
                return one
            self._reconnects += 1
            await self._shut(one.worker)
        if mode == "ro" and (missing := missing_file(self.path)) is not None:
            raise missing
        file = _file_of(self.path)  # before it is opened: if it is replaced just now, the next use notices
        worker = SqliteWorker(self.path, mode, busy_seconds=self._busy_seconds)
        await worker.open()
        self._open += 1
        return _Held(worker, file or _file_of(self.path))

    async def _is_sound(self, one: _Held, *, at_once: bool = False) -> bool:
        """Whether it is a connection to the file that the path means now, and answers."""
        if one.file != _file_of(self.path):
            return False
        idle_seconds = self._clock.monotonic() - one.worker.last_used
        return (idle_seconds < CHECK_SECONDS and not at_once) or await one.worker.is_healthy()

    async def _taken_back(self, one: _Held, mode: Mode) -> None:
        worker = one.worker
        self._interrupted += worker.interrupted
        self._busy_retries += worker.busy_retries
        worker.interrupted = worker.busy_retries = 0
        worker.last_used = self._clock.monotonic()
        if self._closed or worker.spent:
            await self._shut(worker)
        else:
            self._idle[mode].append(one)

    async def _shut(self, worker: SqliteWorker) -> None:
        self._open -= 1
        await worker.shut()

    def __repr__(self) -> str:
        seen = self.statistics()
        return f"<SqlitePool {self.path}: {seen.open} open, {seen.lent} lent, {seen.waiting} waiting>"


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A connection and the file it was opened on."""

    worker: SqliteWorker
    file: tuple[int, int] | None


class SqlitePools:
    """The pools of all databases used, and the sentinels that watch them."""

    def __init__(self, *, clock: Clock | None = None, busy_seconds: float = BUSY_SECONDS) -> None:
        self._clock: Clock = clock or SystemClock()
        self._busy_seconds = busy_seconds
        self._pools: dict[str, SqlitePool] = {}
        self._sentinels: dict[str, SqliteSentinel] = {}

    def pool(self, path: str, *, write: bool = False) -> SqlitePool:
        """The pool of the file at ``path`` (absolute).

        Raises AzosError if it is missing and nothing will write.
        """
        if not write and (missing := missing_file(path)) is not None:
            raise missing
        real = os.path.realpath(path)
        found = self._pools.get(real)
        if found is None:
            found = self._pools[real] = SqlitePool(real, clock=self._clock, busy_seconds=self._busy_seconds)
        return found

    def sentinel(self, path: str) -> SqliteSentinel:
        """The sentinel of the file at ``path``; it connects when first asked something."""
        real = os.path.realpath(path)
        found = self._sentinels.get(real)
        if found is None:
            found = self._sentinels[real] = SqliteSentinel(real)
        return found

    @asynccontextmanager
    async def private(self, path: str | None = None, *, write: bool = False) -> AsyncIterator[SqliteWorker]:
        """A connection of one's own while the block runs.

        To an empty database in memory, or to a file: reading it, or with ``write`` beside the pool's writer.
        """
        if path is not None and not write and (missing := missing_file(path)) is not None:
            raise missing
        mode: Mode = "memory" if path is None else "rwc" if write else "ro"
        worker = SqliteWorker(path or ":memory:", mode, busy_seconds=self._busy_seconds)
        await worker.open()
        try:
            yield worker
        finally:
            await worker.shut()

    async def tidy(self) -> int:
        """Close what was not used for a while or no longer answers, in every pool; returns how many."""
        pools = list(self._pools.values())
        return sum([await pool.close_idle() + await pool.health_check() for pool in pools])

    async def aclose(self) -> None:
        """Close everything. The pools open again when used again."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()
        sentinels, self._sentinels = self._sentinels, {}
        for sentinel in sentinels.values():
            sentinel.close()

    def statistics(self) -> tuple[SqlitePoolStatistics, ...]:
        """Of every pool."""
        return tuple(pool.statistics() for pool in self._pools.values())

    def __repr__(self) -> str:
        return f"<SqlitePools {', '.join(self._pools) or 'none'}>"


def _file_of(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
