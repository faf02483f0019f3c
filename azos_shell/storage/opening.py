"""Opening a database file that azos owns.

Private from its first moment, write-ahead logged, on the current schema.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from azos_shell.storage.migrations import migrate, schema_version

if TYPE_CHECKING:
    import sqlite3

    from azos_shell.storage.migrations import Steps

_MODE_PAUSE_SECONDS = 0.005


class NewerSchemaError(Exception):
    """The database was written by a newer azos: it may be read, never written."""


def make_private_file(path: str) -> None:
    """Make the file (0600) and the directories to it (0700) whatever the umask.

    Take back what is too open. Raises OSError.
    """
    make_private_directories(os.path.dirname(path))
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        # Only a file that was not there is opened here: closing a descriptor of a database that this process
        # has open would drop its locks (https://sqlite.org/howtocorrupt.html, 2.2).
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
        return
    if stat.S_ISREG(mode) and mode & 0o077:
        os.chmod(path, 0o600)


def make_private_directories(directory: str) -> None:
    """Make the directory and those to it (0700) whatever the umask. Raises OSError."""
    if not directory or os.path.isdir(directory):
        return
    make_private_directories(os.path.dirname(directory))
    try:
        os.mkdir(directory, 0o700)
        os.chmod(directory, 0o700)  # a umask takes bits away, here too many
    except FileExistsError:
        pass


def open_writer(
    path: str, busy_timeout_seconds: float, steps: Steps, *, is_synced: bool = True
) -> sqlite3.Connection:
    """A connection in autocommit mode on a migrated database.

    Raises sqlite3.Error, OSError, NewerSchemaError.
    """
    import sqlite3

    make_private_file(path)
    connection = sqlite3.connect(
        path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = _lenient  # a damaged text must not keep its row from being removed
    try:
        if schema_version(connection) > len(steps):
            raise NewerSchemaError(path)
        logged = _write_ahead(connection, busy_timeout_seconds)
        # With a write-ahead log NORMAL loses nothing when a process is killed; a power cut may cost the last
        # commits but never the database. Without one only FULL keeps it whole.
        mode = "OFF" if not is_synced else "NORMAL" if logged else "FULL"
        connection.execute(f"PRAGMA synchronous = {mode}")
        migrate(connection, steps)
    except BaseException:
        connection.close()
        raise
    return connection


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def open_reader(path: str, busy_timeout_seconds: float) -> sqlite3.Connection:
    """A connection that can't write. Text comes as bytes. Raises sqlite3.Error."""
    import sqlite3

    connection = sqlite3.connect(
        path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = bytes
    try:
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, timeout_seconds: float) -> bool:
    """Switch to the write-ahead log; False where the file system can't have one.

    The switch does not use the busy handler, so waiting for the other processes of a first start is done
    here.
    """
    import sqlite3

    for attempt in range(max(1, int(timeout_seconds / _MODE_PAUSE_SECONDS)), 0, -1):
        try:
            return bool(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 1:
                raise
            time.sleep(_MODE_PAUSE_SECONDS)
    return False
