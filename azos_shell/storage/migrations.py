"""The steps that bring a database of azos's own from any earlier schema to the current one.

``PRAGMA user_version`` counts the steps taken. A step is never changed once released; a new one is
appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

Steps = tuple[tuple[str, ...], ...]
"""The statements of each step."""


def schema_version(connection: sqlite3.Connection) -> int:
    """How many steps the database behind ``connection`` has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Steps) -> None:
    """Take the missing steps in one transaction.

    The connection is in autocommit mode; raises sqlite3.Error.
    """
    if schema_version(connection) >= len(steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again inside the transaction: another process may have migrated while this one waited for the
        # lock.
        for step in steps[schema_version(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
