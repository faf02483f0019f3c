"""Leases: which process works on what, so that the same work is done once and others wait for its result.

A lease has a time limit, which its holder puts off while it works; and it says which process holds it. So a holder that
was killed is noticed at once, and one that is stopped, or on another machine that shares the directory, when its time
is up. (Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency", SOSP
1989.)
"""

from __future__ import annotations

import itertools
import os
import threading
from typing import TYPE_CHECKING

from azos_shell.cache.moment import Moment
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    import sqlite3

    from azos_shell.core.clock import Clock
    from azos_shell.storage.database import Database

TERM_SECONDS = 10.0
"""After this long without a word from its holder a lease is free: more than a loaded machine keeps a thread waiting."""
RENEWAL_SECONDS = 3.0
_PATIENCE_SECONDS = 0.25
"""For a database that is busy: dozens of processes that begin at once are through by then."""
_LONGEST_SECONDS = TERM_SECONDS + 1.0  # no lease is given for longer: such an end is by a clock that was set

LEASE_TABLE = """
    CREATE TABLE IF NOT EXISTS lease (
        key BLOB PRIMARY KEY,
        holder TEXT NOT NULL,
        boot TEXT NOT NULL,
        until_monotonic REAL NOT NULL,
        until_wall REAL NOT NULL
    ) WITHOUT ROWID
"""


@frozen
class Holder:
    """Who holds a lease: process, and the time it began, since numbers of processes are used again."""

    pid: int
    began: str
    serial: int

    @classmethod
    def new(cls) -> Holder:
        """This process; each call is another holder."""
        return cls(os.getpid(), process_start(os.getpid()), next(_serials))

    def text(self) -> str:
        """As it is stored."""
        return f"{self.pid} {self.began} {self.serial}"


_serials = itertools.count(1)  # ``next`` is atomic: threads must not get the same


def process_start(pid: int) -> str:
    """When a process began, in ticks since the machine did; "" where there is no such process, or no way to know."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    if fields[0] == b"Z":  # it has ended and only its parent has not looked yet
        return ""
    return fields[19].decode("ascii")


def is_free(row: tuple[str, str, float, float] | None, now: Moment) -> bool:
    """Whether a lease can be taken: there is none, its holder has died, or its time is up."""
    if row is None:
        return True
    holder, boot, until_monotonic, until_wall = row
    left_seconds = until_monotonic - now.monotonic if boot == now.boot else until_wall - now.wall
    if not 0.0 < left_seconds < _LONGEST_SECONDS:
        return True
    if boot != now.boot:
        return False
    pid, _, began = holder.rpartition(" ")[0].partition(" ")
    return bool(began) and pid.isdigit() and process_start(int(pid)) != began


class Lease:
    """A lease that is held; a thread puts its end off until ``release``."""

    def __init__(self, leases: Leases, key: bytes, holder: Holder) -> None:
        self._leases = leases
        self._key = key
        self.holder = holder
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="azos-lease", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Others may go on. Never raises: a lease that can't be given back ends by itself."""
        self._ended.set()
        self._leases.give_back(self._key, self.holder)

    def _renew(self) -> None:
        while not self._ended.wait(RENEWAL_SECONDS):
            self._leases.put_off(self._key, self.holder)

    def __repr__(self) -> str:
        return f"<Lease of {self.holder.text()} {'given back' if self._ended.is_set() else 'held'}>"


class Leases:
    """The leases in the database that all processes share."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self, key: bytes) -> Lease | None:
        """The lease of ``key``, or None where another holds it. Raises AzosError where there is no database."""
        holder = Holder.new()

        def work(connection: sqlite3.Connection) -> bool:
            now = Moment.now(self._clock)  # here: the wait for the lock may have been long
            if not is_free(self._row(connection, key), now):
                return False
            connection.execute(
                "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?)",
                (key, holder.text(), now.boot, now.monotonic + TERM_SECONDS, now.wall + TERM_SECONDS),
            )
            return True

        taken = self._database.write(work, patience_seconds=_PATIENCE_SECONDS)
        return Lease(self, key, holder) if taken else None

    def state(self, key: bytes) -> str:
        """``held``; ``free`` where its holder has gone without a word; ``given back`` where nobody has it."""

        def work(connection: sqlite3.Connection) -> str:
            row = self._row(connection, key)
            now = Moment.now(self._clock)
            return "given back" if row is None else "free" if is_free(row, now) else "held"

        try:
            return self._database.read(work, "given back")
        except AzosError:
            return "held"  # busy: ask again

    def is_free(self, key: bytes) -> bool:
        """Whether nobody works on it, or whoever did is gone; False where that can't be known now."""
        return self.state(key) != "held"

    def put_off(self, key: bytes, holder: Holder) -> None:
        """The holder still works."""
        until = (self._clock.monotonic() + TERM_SECONDS, self._clock.wall() + TERM_SECONDS)
        self._quietly(
            "UPDATE lease SET until_monotonic = ?, until_wall = ? WHERE key = ? AND holder = ?",
            (*until, key, holder.text()),
        )

    def give_back(self, key: bytes, holder: Holder) -> None:
        """The holder has done."""
        self._quietly("DELETE FROM lease WHERE key = ? AND holder = ?", (key, holder.text()))

    def _quietly(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._database.write(
                lambda connection: connection.execute(statement, values), patience_seconds=_PATIENCE_SECONDS
            )
        except AzosError:
            pass  # its time limit ends it

    def _row(self, connection: sqlite3.Connection, key: bytes) -> tuple[str, str, float, float] | None:
        row = connection.execute(
            "SELECT holder, boot, until_monotonic, until_wall FROM lease WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        holder, boot, until_monotonic, until_wall = row
        if not isinstance(until_monotonic, float) or not isinstance(until_wall, float):
            return None  # damaged
        return _text(holder), _text(boot), until_monotonic, until_wall

    def __repr__(self) -> str:
        return f"<Leases in {self._database!r}>"


def _text(value: object) -> str:
    """A reader's connection gives bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
