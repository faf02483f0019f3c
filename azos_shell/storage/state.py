"""The state database: history and what else outlives a session, in ``state.db``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.storage.database import REST_SECONDS, Database, DatabaseKind, DatabaseStatistics, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.core.clock import Clock

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

_SQL_HISTORY = _HISTORY.replace("history", "sql_history")

STATE = DatabaseKind("state database", "history", ((_HISTORY,), (_SQL_HISTORY,)))


class StateDatabase(Database):
    """``state.db``. See ``Database`` for what the arguments mean."""

    def __init__(
        self,
        path: str | None,
        clock: Clock,
        *,
        warn: Callable[[str], None] | None = None,
        busy_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 0.05,
        is_optional: bool = False,
    ) -> None:
        super().__init__(
            STATE,
            path,
            clock,
            warn=warn,
            busy_timeout_seconds=busy_timeout_seconds,
            read_timeout_seconds=read_timeout_seconds,
            is_optional=is_optional,
        )


__all__ = ["REST_SECONDS", "STATE", "DatabaseStatistics", "StateDatabase", "StateError"]
