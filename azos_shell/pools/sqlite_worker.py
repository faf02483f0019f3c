"""One SQLite connection on a thread of its own, that can be interrupted and then used again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import aiosqlite

from azos_shell.core.values import Records
from azos_shell.pools.sqlite_errors import SQLITE_ERRORS, WriteRefusedError, is_broken, is_busy, translated
from azos_shell.pools.sqlite_rows import FETCH_SECONDS, Fetched, Row, RowSource, any_text
from azos_shell.pools.sqlite_traits import write_of
from azos_shell.pools.sqlite_uri import Mode, database_uri

T = TypeVar("T")
Parameters = Mapping[str, Any] | tuple[Any, ...]

_INTERRUPT_AGAIN_SECONDS = 0.01
_BUSY_PAUSES_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


class SqliteWorker(aiosqlite.Connection):
    """A connection in autocommit mode. Text that is no UTF-8 keeps its bytes, as surrogates.

    Every method waits for the thread; when the waiting task is cancelled the statement is interrupted, and
    the cancellation goes on only once the thread is free: a worker is never left in the middle of
    something.
    """

    def __init__(self, path: str, mode: Mode, *, busy_seconds: float) -> None:
        super().__init__(self._open, 64)
        self._thread.daemon = True  # a query nobody waits for must not hold up the end of the process
        self.path = path
        self.mode: Mode = mode
        self.busy_seconds = busy_seconds
        self.spent = False
        self.interrupted = 0
        self.busy_retries = 0
        self.last_used = 0.0

    def _open(self) -> sqlite3.Connection:
        # Waiting for a lock is done by the task, not inside SQLite, where it couldn't be cancelled: timeout
        # 0.
        uri = ":memory:" if self.mode == "memory" else database_uri(self.path, self.mode)
        connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        connection.text_factory = any_text
        return connection

    async def open(self) -> None:
        """Start the thread and connect. Raises AzosError."""
        try:
            await _finished(_awaited(self))
        except asyncio.CancelledError:
            await self.shut()  # it is open by now, and nobody will use it
            raise
        except SQLITE_ERRORS as error:
            raise translated(error, self.path) from error

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` on the thread. Raises what it raises."""
        return await self._ended(self._begun(function, *args))

    def _begun(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """``function(*args)``, to be run on the thread as soon as the loop goes on."""
        work: Coroutine[Any, Any, T] = self._execute(function, *args)  # type: ignore[no-untyped-call]
        return asyncio.ensure_future(work)

    async def _ended(self, task: asyncio.Future[T]) -> T:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._stop(task)
            raise
        except sqlite3.Error as error:
            self.spent |= is_broken(error)
            raise

    async def with_connection(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """``function(connection)`` on the thread; a busy database is tried again for ``busy_seconds``.

        Raises AzosError for what SQLite raises.
        """
        return await self._retried(lambda: function(self._conn), "")

    async def stream(
        self,
        query: str,
        parameters: Parameters = (),
        *,
        chunk_size: int = 100,
        max_chunk_size: int | None = None,
        only_reading: bool = False,
    ) -> AsyncGenerator[Records, None]:
        """Run one statement and yield its rows in batches, fetched as they are asked for; once it runs, one ahead.

        Batches double from ``chunk_size`` up to ``max_chunk_size``: the first row comes soon, the millionth
        cheaply, and rows are never held back for others that take their time. Rows that came before an error are
        yielded before it is raised. A statement with columns yields at least one batch, perhaps empty. Raises
        AzosError; with ``only_reading`` WriteRefusedError, before anything runs, for one that doesn't only read.
        """
        sources: list[RowSource] = []
        rows: list[Row] = []
        begun = self._retried(
            lambda: self._begin(sources, rows, query, parameters, chunk_size, only_reading), query
        )
        coming: asyncio.Future[Fetched | None] = asyncio.ensure_future(begun)
        number, size, given = 1, chunk_size, 0
        try:
            while True:
                while not await _is_over(coming):
                    if len(rows) > given:  # they came, and the next one doesn't
                        part = rows[given:]
                        given += len(part)
                        yield Records(sources[0].columns, part)
                fetched = coming.result()
                if fetched is None:
                    return
                source, rest = sources[0], rows[given:] if given else rows
                rows, size = [], min(size * 2, max_chunk_size or chunk_size)
                if number > 1 and fetched.goes_on:
                    coming = self._begun(source.fetch, rows, size)
                    await asyncio.sleep(0)  # it begins: the next batch comes while this one is written
                if rest or (number == 1 and not given):
                    yield Records(source.columns, rest)
                if fetched.error is not None:
                    raise fetched.error
                if not fetched.goes_on:
                    return
                if number == 1:
                    coming = self._begun(source.fetch, rows, size)
                number, given = number + 1, 0
        except SQLITE_ERRORS as error:
            self.spent |= is_broken(error)
            raise translated(error, self.path, query) from error
        finally:
            if number == 1:
                coming.cancel()  # which stops the thread, or ends the waiting for a lock
                await _over(coming)
            else:
                await self._stop(coming)
            if sources and not sources[0].is_closed:
                await self.run(sources[0].close)

    async def is_healthy(self) -> bool:
        """Whether the connection still answers. One that finds the database locked does: that is an answer."""
        try:
            await self.run(lambda: self._conn.execute("PRAGMA schema_version").fetchone())
        except SQLITE_ERRORS as error:
            return is_busy(error)
        return not self.spent

    async def shut(self) -> None:
        """Close the connection and end the thread."""
        await _finished(self.close())

    def restore(self) -> None:
        """Take back what a statement may have left: a transaction, an authorizer. To be ``run``."""
        self._conn.set_authorizer(None)
        if self._conn.in_transaction:
            self._conn.rollback()

    def _begin(
        self,
        sources: list[RowSource],
        rows: list[Row],
        query: str,
        parameters: Parameters,
        size: int,
        only_reading: bool,
    ) -> Fetched | None:
        """Start the statement and fetch its first rows into ``rows``; None if it has no columns.

        What rows are to be fetched from goes into ``sources``: it must be closed whatever happens to who asked.
        """
        if only_reading:
            refusal = write_of(self._conn, query)
            if refusal is not None:
                raise WriteRefusedError(refusal)
        cursor = self._conn.cursor()
        try:
            cursor.execute(query, parameters)
        except BaseException:
            cursor.close()
            raise
        if cursor.description is None:
            cursor.close()
            return None
        sources[:] = [RowSource(cursor)]  # what an earlier attempt left is closed
        return sources[0].fetch(rows, size)

    async def _retried(self, attempt: Callable[[], T], query: str) -> T:
        waited, tries = 0.0, 0
        while True:
            try:
                return await self.run(attempt)
            except SQLITE_ERRORS as error:
                if not is_busy(error) or waited >= self.busy_seconds:
                    raise translated(error, self.path, query) from error
            pause = _BUSY_PAUSES_SECONDS[min(tries, len(_BUSY_PAUSES_SECONDS) - 1)]
            await asyncio.sleep(pause)
            waited, tries = waited + pause, tries + 1
            self.busy_retries += 1

    async def _stop(self, task: asyncio.Future[Any]) -> None:
        """Interrupt until the thread is free. Once is not enough: the statement may not have begun yet."""
        self.interrupted += not task.done()
        while not task.done():
            if self._connection is not None:
                self._connection.interrupt()
            try:
                await asyncio.wait({task}, timeout=_INTERRUPT_AGAIN_SECONDS)
            except asyncio.CancelledError:
                continue  # it is being cancelled already
        if not task.cancelled():
            task.exception()

    def __repr__(self) -> str:
        state = "spent" if self.spent else "open" if self._connection is not None else "closed"
        return f"<SqliteWorker {self.path} {self.mode} {state}>"


async def _awaited(worker: SqliteWorker) -> None:
    await worker


async def _finished(work: Coroutine[Any, Any, None]) -> None:
    """Bring ``work`` to its end even if the waiting task is cancelled, then let the cancellation go on."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await _over(task)
        raise


async def _over(task: asyncio.Future[Any]) -> None:
    """Wait for the end of what ends soon, whoever is cancelled meanwhile."""
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()  # an exception that nobody looks at is told on standard error


async def _is_over(task: asyncio.Future[Any]) -> bool:
    """Whether the task ends before a person would see that it takes its time."""
    if not task.done():
        await asyncio.wait({task}, timeout=FETCH_SECONDS)
    return task.done()
