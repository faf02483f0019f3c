"""A database of azos's own: one SQLite file that every azos process of the user shares.

What ``write`` has returned from survives the death of the process. Nothing here stops the shell: a busy
database is given up after a time limit, one out of reach (full, read-only, no home) is done without for a
while and told once, a damaged one is set aside and begun anew, one of a newer azos is read and left as it
is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from azos_shell.core.errors import AzosError, BusyError
from azos_shell.core.frozen import frozen
from azos_shell.storage.damage import Failure, Identity, failure_of, identity_of, set_aside

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from azos_shell.core.clock import Clock

T = TypeVar("T")

REST_SECONDS = 60.0
"""How long a database out of reach is left alone before it is tried again.

As long as a circuit stays open.
"""

_ATTEMPTS = 3
"""The second comes after damage was set aside, the third if another process was doing that meanwhile."""


class StateError(AzosError):
    """There is no such database to be had now; the reason has been told."""


@frozen
class DatabaseKind:
    """What a database is for: its name in messages, what is done without where there is none, and its schema.

    ``steps`` are its migrations, each a tuple of statements (see ``storage.migrations``). One that ``may_be_lost`` when
    the machine loses power (never when a process does) is spared the waiting for the disk.
    """

    title: str
    loss: str
    steps: tuple[tuple[str, ...], ...]
    may_be_lost: bool = False


@frozen
class DatabaseStatistics:
    """What a database has been through in this process."""

    is_open: bool
    writes: int
    reads: int
    busy: int
    failures: int
    set_aside: int


class Database:
    """Short transactions on one file, from any thread; opened at the first of them.

    ``warn`` is told each kind of trouble once, in one line, from the thread that met it; with ``is_optional`` only
    what became of data, not that there is no database to be had. One connection writes, another reads. ``path`` None
    is a database that is never there.
    """

    def __init__(
        self,
        kind: DatabaseKind,
        path: str | None,
        clock: Clock,
        *,
        warn: Callable[[str], None] | None = None,
        busy_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 0.05,
        is_optional: bool = False,
    ) -> None:
        self.kind = kind
        self.path = path
        self.problem = ""
        """Why the last attempt to write failed."""
        self._is_optional = is_optional
        self._clock = clock
        self._warn = warn
        self._busy_timeout_seconds = busy_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._writer_file: Identity | None = None
        self._reader_file: Identity | None = None
        self._patience_seconds = busy_timeout_seconds
        self._rest_until: float | None = None
        self._said: set[str] = set()
        self._writes = self._reads = self._busy = self._failures = self._set_aside = 0

    @property
    def clock(self) -> Clock:
        """The clock that stamps what is stored."""
        return self._clock

    def write(self, work: Callable[[sqlite3.Connection], T], *, patience_seconds: float | None = None) -> T:
        """Run ``work`` in one immediate transaction and commit it; what it wrote is durable on return.

        ``patience_seconds`` is waited for others in the place of the busy timeout.

        ``work`` may be run again on another file if the database was replaced meanwhile. Raises BusyError
        when the database stays locked for the busy timeout, StateError when there is none to be had.
        """
        patience = self._busy_timeout_seconds if patience_seconds is None else patience_seconds
        if not self._write_lock.acquire(timeout=patience):
            raise self._busy_error()
        try:
            self._refuse_while_resting()
            return self._attempt(lambda path: self._write_once(path, work, patience), self._close_writer)
        finally:
            self._write_lock.release()

    def read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """What ``work`` reads, or ``nothing`` where there is no database.

        Raises BusyError when it stays locked.
        """
        if self.path is None or identity_of(self.path) is None:
            return nothing
        with self._read_lock:
            try:
                return self._attempt(lambda path: self._read_once(path, work, nothing), self._close_reader)
            except StateError:
                return nothing

    def close(self) -> None:
        """Close what is not in use just now; never waits. The next use opens it again."""
        for lock, close in ((self._write_lock, self._close_writer), (self._read_lock, self._close_reader)):
            if lock.acquire(blocking=False):
                try:
                    close()
                finally:
                    lock.release()

    def warn_once(self, kind: str, message: str) -> None:
        """Tell this kind of trouble, unless it has been told."""
        if kind not in self._said:
            self._said.add(kind)
            if self._warn is not None and not (self._is_optional and kind != "damaged"):
                self._warn(message)

    def statistics(self) -> DatabaseStatistics:
        """What has been done and what went wrong."""
        return DatabaseStatistics(
            self._writer is not None or self._reader is not None,
            self._writes,
            self._reads,
            self._busy,
            self._failures,
            self._set_aside,
        )

    # -- one try ---------------------------------------------------------------------------------------------

    def _write_once(self, path: str, work: Callable[[sqlite3.Connection], T], patience_seconds: float) -> T:
        connection = self._open_writer(path, patience_seconds)
        connection.execute("BEGIN IMMEDIATE")
        try:
            value = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if identity_of(path) != self._writer_file:
            raise _ReplacedError
        self._writes += 1
        return value

    def _read_once(self, path: str, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        import sqlite3

        from azos_shell.storage.migrations import schema_version
        from azos_shell.storage.opening import open_reader

        if self._reader is not None and identity_of(path) != self._reader_file:
            self._close_reader()
        if self._reader is None:
            self._reader_file = identity_of(path)
            self._reader = open_reader(path, self._read_timeout_seconds)
        version = schema_version(self._reader)
        if version == 0:  # just made by another process, or empty
            return nothing
        self._reads += 1
        try:
            return work(self._reader)
        except sqlite3.Error as error:
            if version > len(self.kind.steps) and failure_of(error) is Failure.DAMAGED:
                raise self._out_of_reach("is of a newer azos and can't be read by this one") from error
            raise

    def _open_writer(self, path: str, patience_seconds: float) -> sqlite3.Connection:
        from azos_shell.storage.opening import NewerSchemaError, open_writer

        if self._writer is not None and identity_of(path) != self._writer_file:
            self._close_writer()
        if self._writer is None:
            try:
                self._writer = open_writer(
                    path, patience_seconds, self.kind.steps, is_synced=not self.kind.may_be_lost
                )
            except NewerSchemaError as error:
                raise self._out_of_reach("is of a newer azos: it is read, nothing is added") from error
            self._writer_file = identity_of(path)
            self._patience_seconds = patience_seconds
        if patience_seconds != self._patience_seconds:
            self._writer.execute(f"PRAGMA busy_timeout = {int(patience_seconds * 1000)}")
            self._patience_seconds = patience_seconds
        return self._writer

    # -- what may go wrong -----------------------------------------------------------------------------------

    def _attempt(self, once: Callable[[str], T], close: Callable[[], None]) -> T:
        import sqlite3

        if self.path is None:
            raise self._out_of_reach("has no place (no usable home directory)")
        for _ in range(_ATTEMPTS):
            try:
                return once(self.path)
            except _ReplacedError:
                continue
            except OSError as error:
                raise self._out_of_reach(f"can't be used: {error.strerror}") from error
            except (sqlite3.Error, UnicodeDecodeError) as error:
                failure = failure_of(error)
                if failure is Failure.BUSY:
                    raise self._busy_error() from error
                close()
                if failure is Failure.OUT_OF_REACH or not self._put_aside():
                    raise self._out_of_reach(f"can't be used: {error}") from error
        raise self._out_of_reach("is damaged and can't be set aside")

    def _put_aside(self) -> bool:
        """Move the damaged file away.

        False if that can't be done. The other connection notices when next used.
        """
        assert self.path is not None
        damaged = identity_of(self.path)
        if damaged is None:
            return True
        aside = set_aside(self.path, damaged, self._clock.wall())
        if aside is not None:
            self._set_aside += 1
            self.warn_once("damaged", f"{self.path} was damaged: it is kept as {aside}, a new one is begun")
        return aside is not None or identity_of(self.path) != damaged

    def _busy_error(self) -> BusyError:
        self._busy += 1
        self.problem = f"another process holds the {self.kind.title}"
        return BusyError(f"the {self.kind.title} is busy")

    def _out_of_reach(self, what: str) -> StateError:
        self._failures += 1
        self._rest_until = self._clock.monotonic() + REST_SECONDS
        message = self.problem = f"the {self.kind.title} {what}"
        self.warn_once("out of reach", f"{message}; going on without {self.kind.loss}")
        return StateError(message)

    def _refuse_while_resting(self) -> None:
        if self._rest_until is not None:
            if self._clock.monotonic() < self._rest_until:
                raise StateError(f"the {self.kind.title} was out of reach a moment ago")
            self._rest_until = None

    def _close_writer(self) -> None:
        connection, self._writer = self._writer, None
        if connection is not None:
            connection.close()

    def _close_reader(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            connection.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path} {'open' if self.statistics().is_open else 'closed'}>"


class _ReplacedError(Exception):
    """The file was replaced while it was written: what was committed went into the one set aside."""
