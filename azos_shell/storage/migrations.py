"""The steps that bring a state database from any earlier schema to the current one.

``PRAGMA user_version`` counts the steps taken. A step is never changed once released; a new one is
appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

# Lines, directories: BLOB, because bytes that are no UTF-8 must come back as they were typed. AUTOINCREMENT,
# because an id that a reader holds must never come to mean another entry.
_HISTORY = """
    CREATE TABLE IF NOT EXISTS history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        line BLOB NOT NULL,
        cwd BLOB,
        status INTEGER,
        started_wall REAL NOT NULL,
        seconds REAL
    )
"""

STEPS: tuple[tuple[str, ...], ...] = ((_HISTORY,),)

SCHEMA_VERSION = len(STEPS)


def schema_version(connection: sqlite3.Connection) -> int:
    """How many steps the database behind ``connection`` has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Take the missing steps in one transaction.

    The connection is in autocommit mode; raises sqlite3.Error.
    """
    if schema_version(connection) >= SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again inside the transaction: another process may have migrated while this one waited for the
        # lock.
        for step in STEPS[schema_version(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
