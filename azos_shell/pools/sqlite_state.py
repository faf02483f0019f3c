"""The change state of a SQLite database: the proof that what was read from it would be read again.

``PRAGMA data_version`` on a connection that stays open changes whenever another connection, of this process
or any other, has committed (https://sqlite.org/pragma.html#pragma_data_version). It sees rollback-journal
commits through the change counter in the file, and write-ahead ones through the shared index. It can't see
the file replaced under its path, nor rewritten by something that is no SQLite; device, inode, size and time
of the file see those. A checkpoint moves pages into the file and so may cost one answer that was still
right: never the other way round.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from dataclasses import dataclass

from azos_shell.pools.sqlite_errors import SQLITE_ERRORS
from azos_shell.pools.sqlite_traits import QueryTraits, inspect_query
from azos_shell.pools.sqlite_uri import database_uri

_generations = itertools.count(1)


@dataclass(frozen=True, slots=True)
class DatabaseStamp:
    """One state of one database file.

    Versions only compare within one generation: one sentinel connection.
    """

    generation: int
    data_version: int
    device: int
    inode: int
    size_bytes: int
    modified_ns: int

    def difference(self, later: DatabaseStamp) -> str | None:
        """What has happened since, or None if nothing has."""
        if (self.device, self.inode) != (later.device, later.inode):
            return "was replaced by another file"
        if self.generation != later.generation:
            return "was opened anew"
        return None if self == later else "has changed"


class SqliteSentinel:
    """A read-only connection that watches one database file and never waits for it."""

    __slots__ = ("_connection", "_generation", "_identity", "_traits", "_traits_stamp", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._generation = 0
        self._traits: dict[str, QueryTraits] = {}
        self._traits_stamp: DatabaseStamp | None = None

    def stamp(self) -> DatabaseStamp:
        """The state now. Raises OSError for a missing file, sqlite3.Error for one locked or no database."""
        found = os.stat(self.path)
        connection = self._ready((found.st_dev, found.st_ino))
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        return DatabaseStamp(
            self._generation, version, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
        )

    def validator(self) -> SqliteValidator:
        """The proof for what is read from now on. Raises as ``stamp`` does."""
        return SqliteValidator(self, self.stamp())

    def traits(self, query: str) -> QueryTraits:
        """What the query does to this database.

        Remembered while that stays as it is. Raises as ``inspect_query``.
        """
        stamp = self.stamp()
        if stamp != self._traits_stamp or len(self._traits) > 256:
            self._traits.clear()
            self._traits_stamp = stamp
        found = self._traits.get(query)
        if found is None:
            assert self._connection is not None
            found = self._traits[query] = inspect_query(self._connection, query)
        return found

    def proof(self, query: str) -> SqliteValidator | None:
        """The proof to keep the answer of ``query`` with, or None if it can't be kept (or run at all).

        To be taken before the query runs: a change during the run is then a change.
        """
        try:
            validator = self.validator()
            return validator if self.traits(query).is_cacheable else None
        except (OSError, *SQLITE_ERRORS):
            return None

    def plain_proof(self) -> SqliteValidator | None:
        """The proof of all that can be read, if that is ordinary tables only; None for views, which may call anything,
        and virtual tables, which may be anything. For queries that are not prepared here."""
        try:
            validator = self.validator()
            assert self._connection is not None
            odd = self._connection.execute(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type NOT IN ('table', 'shadow')"
            )
            return validator if odd.fetchone() == (0,) else None
        except (OSError, *SQLITE_ERRORS):
            return None

    def close(self) -> None:
        """Stop watching; what was proved by this connection isn't any more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ready(self, identity: tuple[int, int]) -> sqlite3.Connection:
        if self._connection is not None and self._identity != identity:
            self.close()
        if self._connection is None:
            self._connection = sqlite3.connect(
                database_uri(self.path, "ro"),
                uri=True,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
            )
            self._identity = identity
            self._generation = next(_generations)
        return self._connection

    def __repr__(self) -> str:
        return f"<SqliteSentinel {self.path} {'closed' if self._connection is None else 'watching'}>"


class SqliteValidator:
    """Holds while a database is provably in the state it was in when the validator was made."""

    __slots__ = ("_sentinel", "_stamp")

    def __init__(self, sentinel: SqliteSentinel, stamp: DatabaseStamp) -> None:
        self._sentinel = sentinel
        self._stamp = stamp

    def reason(self, now: float) -> str | None:
        """None while it holds, else why not."""
        try:
            difference = self._stamp.difference(self._sentinel.stamp())
        except OSError as error:
            difference = f"can't be looked at: {error.strerror}"
        except sqlite3.Error as error:
            difference = f"can't be looked at: {error}"
        return None if difference is None else f"{self._sentinel.path} {difference}"

    def __repr__(self) -> str:
        return f"SqliteValidator({self._sentinel.path}, data_version={self._stamp.data_version})"
