"""What can be wrong with a database file of azos's own, and how a damaged one is put out of the way.

A failure is one of three things, told apart by SQLite's result code (https://sqlite.org/rescode.html): the
database is *busy* and trying again helps; it is *out of reach* (full or read-only disk, no permission) and
azos goes on without; or the file itself is *damaged*, and then it is kept for inspection under another name
and a new one is begun.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Identity = tuple[int, int]
"""Device and inode: which file a path means."""

_BUSY = frozenset({5, 6})  # SQLITE_BUSY, SQLITE_LOCKED
_DAMAGED = frozenset({11, 19, 20, 24, 26})  # CORRUPT, CONSTRAINT, MISMATCH, FORMAT, NOTADB
_ERROR = 1
_LOCK_ATTEMPTS = 20
_LOCK_PAUSE_SECONDS = 0.01


class Failure(Enum):
    """What a failed operation on the database means for the caller."""

    BUSY = "busy"
    OUT_OF_REACH = "out of reach"
    DAMAGED = "damaged"


def failure_of(error: sqlite3.Error | UnicodeDecodeError) -> Failure:
    """Tell the three apart.

    Our own statements are right, so a missing table or column means a damaged schema. Python can't decode SQLite's
    message where that quotes a damaged schema, and raises UnicodeDecodeError in the place of its own.
    """
    if isinstance(error, UnicodeDecodeError):
        return Failure.DAMAGED
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return Failure.OUT_OF_REACH
    if code & 0xFF in _BUSY:
        return Failure.BUSY
    if code & 0xFF in _DAMAGED or (code == _ERROR and str(error).startswith("no such")):
        return Failure.DAMAGED
    return Failure.OUT_OF_REACH


def identity_of(path: str) -> Identity | None:
    """Which file the path means now, or None for none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(path: str, damaged: Identity, wall_seconds: float) -> str | None:
    """Rename the damaged database to ``PATH.corrupt-TIME``, its log with it; None if it was not moved.

    Of several processes that find the damage at once exactly one moves the file: the others see another
    file under the path by then, and never move that one. The lock that orders them dies with its owner.
    """
    with _exclusive(f"{path}.lock") as locked:
        if not locked or identity_of(path) != damaged:
            return None
        aside = _free_name(f"{path}.corrupt-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(wall_seconds))}")
        # The log goes first: left beside a new database it would be replayed into it.
        for suffix in ("-wal", "-journal", "-shm", ""):
            try:
                os.rename(path + suffix, aside + suffix)
            except FileNotFoundError:
                pass
            except OSError:
                return None
        return aside


def _free_name(wanted: str) -> str:
    name, count = wanted, 1
    while os.path.lexists(name):
        name, count = f"{wanted}-{count}", count + 1
    return name


@contextmanager
def _exclusive(path: str) -> Iterator[bool]:
    """Hold the lock file, or say False after a short while: its holder may be stopped."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    for _ in range(_LOCK_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE_SECONDS)
        except OSError:
            return False
        else:
            return True
    return False
