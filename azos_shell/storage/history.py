"""The history: every line that was typed, when, where, and how it ended; newest first.

A line that ``add`` said True to is on disk. ``add_later`` hands it to one thread that writes what has
gathered in one transaction, so the prompt never waits for a disk or for another process. Lines keep the
bytes that were typed, but for passwords in addresses.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azos_shell.core.errors import AzosError, BusyError
from azos_shell.language.credentials import without_credentials

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from azos_shell.storage.state import StateDatabase

QUEUE_ENTRIES = 10_000
"""More than a person types while a database stays locked.

A script that is faster loses the newest, counted.
"""

_BATCH_ENTRIES = 1_000

_COLUMNS = "line, cwd, status, started_wall, seconds"
_Row = tuple[bytes, bytes | None, int | None, float, float | None]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line as it was typed. ``seconds`` and ``status`` are None where it is not known how it ended."""

    id: int
    line: str
    cwd: str | None
    status: int | None
    started_wall: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class HistoryStatistics:
    """What became of the lines of this process."""

    saved: int
    queued: int
    dropped: int


class HistoryStore:
    """A history in the state database, in the table of that name. Any thread may call anything here.

    Reading raises BusyError where another process holds the database; where there is none, there is no
    history.
    """

    def __init__(
        self, state: StateDatabase, *, table: str = "history", queue_entries: int = QUEUE_ENTRIES
    ) -> None:
        self._state = state
        self._table = table
        self._select = f"SELECT id, {_COLUMNS} FROM {table}"
        self._queue_entries = queue_entries
        self._queue: deque[_Row] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._saved = 0
        self._dropped = 0

    # -- adding ----------------------------------------------------------------------------------------------

    @property
    def problem(self) -> str:
        """Why the last line could not be stored."""
        return self._state.problem

    def add(
        self,
        line: str,
        *,
        cwd: str | None = None,
        status: int | None = None,
        started_wall: float | None = None,
        seconds: float | None = None,
    ) -> bool:
        """Add a line now; True once it is durable. Takes at most the busy timeout of the database."""
        row = self._row(line, cwd, status, started_wall, seconds)
        try:
            self._state.write(lambda connection: self._insert(connection, [row]))
        except AzosError as error:
            if isinstance(error, BusyError):
                self._state.warn_once(
                    "busy", f"{error.message}: another process holds it; a line was not recorded"
                )
            with self._changed:
                self._dropped += 1
            return False
        with self._changed:
            self._saved += 1
        return True

    def add_later(
        self,
        line: str,
        *,
        cwd: str | None = None,
        status: int | None = None,
        started_wall: float | None = None,
        seconds: float | None = None,
    ) -> bool:
        """Queue a line for the writing thread.

        Never waits. False if the queue is full and the line is lost.
        """
        row = self._row(line, cwd, status, started_wall, seconds)
        with self._changed:
            if len(self._queue) >= self._queue_entries or self._closing:
                self._dropped += 1
                return False
            self._queue.append(row)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_queued, name="azos-history", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return True

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until nothing is queued; False if that took longer than the time limit."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout_seconds)

    def import_lines(self, lines: Iterable[str]) -> int:
        """Add many lines, oldest first, in one transaction: all of them or none. Returns how many.

        Raises BusyError or StateError.
        """
        rows = [self._row(line, None, None, None, None) for line in lines]
        self._state.write(lambda connection: self._insert(connection, rows))
        with self._changed:
            self._saved += len(rows)
        return len(rows)

    # -- reading ---------------------------------------------------------------------------------------------

    def recent(self, limit: int, before_id: int | None = None) -> list[HistoryEntry]:
        """The newest ``limit`` entries, or the newest of those older than ``before_id``; newest first."""
        bound = "" if before_id is None else " WHERE id < ?"
        parameters = (limit,) if before_id is None else (before_id, limit)
        return self._entries(f"{self._select}{bound} ORDER BY id DESC LIMIT ?", parameters)

    def search(self, text: str, limit: int) -> list[HistoryEntry]:
        """The newest entries whose line holds ``text``; capitals only matter if ``text`` has any."""
        found = (
            "instr(line, ?)" if text != text.lower() else "instr(lower(CAST(line AS TEXT)), CAST(? AS TEXT))"
        )
        return self._entries(f"{self._select} WHERE {found} ORDER BY id DESC LIMIT ?", (_bytes(text), limit))

    def count(self) -> int:
        """How many lines there are."""
        return self._state.read(
            lambda connection: int(connection.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0]), 0
        )

    # -- taking away -----------------------------------------------------------------------------------------

    def clear(self) -> int:
        """Forget every line, those still queued too.

        Returns how many were stored. Raises BusyError or StateError.
        """
        with self._changed:
            self._queue.clear()
            self._changed.notify_all()
        return self._state.write(lambda connection: connection.execute(f"DELETE FROM {self._table}").rowcount)

    def delete(self, entry_id: int) -> bool:
        """Forget one line; False if there is none of that id. Raises BusyError or StateError."""
        return self._state.write(
            lambda connection: (
                connection.execute(f"DELETE FROM {self._table} WHERE id = ?", (entry_id,)).rowcount > 0
            )
        )

    # -- the end ---------------------------------------------------------------------------------------------

    def close(self, timeout_seconds: float) -> bool:
        """Write what is queued and end the thread.

        False if it did not end in time (what is queued is then lost).
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_seconds)
        return not thread.is_alive()

    def statistics(self) -> HistoryStatistics:
        """Lines saved, waiting and lost."""
        with self._changed:
            return HistoryStatistics(self._saved, len(self._queue), self._dropped)

    # -- inside ----------------------------------------------------------------------------------------------

    def _row(
        self,
        line: str,
        cwd: str | None,
        status: int | None,
        started_wall: float | None,
        seconds: float | None,
    ) -> _Row:
        return (
            _bytes(without_credentials(line)),
            None if cwd is None else _bytes(cwd),
            status,
            self._state.clock.wall() if started_wall is None else started_wall,
            None if seconds is None else max(0.0, seconds),
        )

    def _insert(self, connection: sqlite3.Connection, rows: list[_Row]) -> None:
        connection.executemany(f"INSERT INTO {self._table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", rows)

    def _entries(self, query: str, parameters: tuple[Any, ...]) -> list[HistoryEntry]:
        return self._state.read(
            lambda connection: list(_read_entries(connection.execute(query, parameters))), []
        )

    def _write_queued(self) -> None:
        """The thread.

        Write what has gathered, for ever; a batch leaves the queue once it is durable or lost.
        """
        while batch := self._next_batch():
            saved = True
            try:
                self._state.write(lambda connection, batch=batch: self._insert(connection, batch))  # type: ignore[misc]
            except BusyError:
                with self._changed:
                    if self._closing:
                        return
                continue
            except AzosError:
                saved = False
            with self._changed:
                for _ in range(min(len(batch), len(self._queue))):  # the queue is shorter if it was cleared
                    self._queue.popleft()
                self._saved += len(batch) if saved else 0
                self._dropped += 0 if saved else len(batch)
                self._changed.notify_all()

    def _next_batch(self) -> list[_Row]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            return [self._queue[index] for index in range(min(len(self._queue), _BATCH_ENTRIES))]

    def __repr__(self) -> str:
        return f"<HistoryStore {self.statistics()}>"


def _read_entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[HistoryEntry]:
    for id_, line, cwd, status, started_wall, seconds in rows:
        yield HistoryEntry(
            id_,
            _text(line) or "",
            _text(cwd),
            status if isinstance(status, int) else None,
            started_wall if isinstance(started_wall, float) else 0.0,
            seconds if isinstance(seconds, float) else None,
        )


def _bytes(text: str) -> bytes:
    # Text that came from bytes goes back to them; a lone surrogate of any other kind can't be typed, only
    # pasted by a program, and is kept as a question mark.
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _text(value: object) -> str | None:
    """What was stored, whatever a damaged page made of its type."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return None if value is None else str(value)
