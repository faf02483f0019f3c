"""What a query does, as SQLite says when it prepares it: whether it only reads and always gives the same.

The authorizer (https://sqlite.org/c3ref/set_authorizer.html) is told every table, function and pragma a
statement touches, through views and triggers too, before anything runs. The text of the query is never
matched: text lies.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_SCHEMA_TABLES = frozenset({"sqlite_master", "sqlite_schema"})

# Pragmas that only tell: with an argument that names what to tell about, and without one.
_TELLING = frozenset(
    {
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
        "foreign_key_check",
        "integrity_check",
        "quick_check",
        "database_list",
        "function_list",
        "module_list",
        "collation_list",
        "pragma_list",
        "compile_options",
        "data_version",
    }
)
_TELLING_BARE = frozenset(
    {
        "application_id",
        "auto_vacuum",
        "cache_size",
        "encoding",
        "foreign_keys",
        "freelist_count",
        "journal_mode",
        "max_page_count",
        "mmap_size",
        "page_count",
        "page_size",
        "schema_version",
        "synchronous",
        "user_version",
    }
)

# SQLite flags these as deterministic because they are for most arguments; 'now' is one they aren't for.
_TIME_FUNCTIONS = frozenset(
    {
        "date",
        "time",
        "datetime",
        "julianday",
        "strftime",
        "unixepoch",
        "timediff",
        "current_date",
        "current_time",
        "current_timestamp",
    }
)
_PURE_TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
_DETERMINISTIC = 0x800  # SQLITE_DETERMINISTIC


@dataclass(frozen=True, slots=True)
class QueryTraits:
    """Whether a query only reads, whether the same database always gives the same answer, and if not, why."""

    read_only: bool
    deterministic: bool
    reason: str | None = None

    @property
    def is_cacheable(self) -> bool:
        """Whether its answer may be kept for as long as the database is the same."""
        return self.read_only and self.deterministic


@dataclass(slots=True)
class _Touched:
    """What the authorizer was told."""

    selects: int = 0
    tables: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    pragma: str | None = None
    temporary: bool = False
    write: str | None = None

    def authorize(
        self, action: int, first: str | None, second: str | None, database: str | None, _inner: str | None
    ) -> int:
        """Note one action; deny what would act already while it is prepared."""
        if action == sqlite3.SQLITE_SELECT:
            self.selects += 1
        elif action == sqlite3.SQLITE_FUNCTION:
            self.functions.add((second or "").lower())
        elif action == sqlite3.SQLITE_READ:
            self.tables.add((first or "").lower())
            self.temporary |= database == "temp"
        elif action == sqlite3.SQLITE_PRAGMA:
            name = (first or "").lower()
            self.pragma = name
            if name not in _TELLING and (name not in _TELLING_BARE or second is not None):
                self.write = f"PRAGMA {name}"
                return sqlite3.SQLITE_DENY  # some pragmas take effect when prepared
        elif (
            self.write is None
            and action not in _READING
            and not (action == sqlite3.SQLITE_UPDATE and first in _SCHEMA_TABLES)
        ):
            # The schema is said to be updated when a table-valued function is first met. A real change of it
            # says more.
            self.write = (
                "a change of the schema"
                if first in _SCHEMA_TABLES
                else _WRITES.get(action, "a change of the schema")
            )
        return sqlite3.SQLITE_OK

    def refusal(self) -> str | None:
        """Why a reader does not run it, or None if it only reads."""
        if self.write is not None:
            return f"the query writes ({self.write})"
        if not self.selects and self.pragma is None:
            return "the query reads nothing and may write (VACUUM)"
        return None


_WRITES = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_TRANSACTION: "a transaction",
    sqlite3.SQLITE_SAVEPOINT: "a savepoint",
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
}


def inspect_query(connection: sqlite3.Connection, query: str) -> QueryTraits:
    """Prepare ``query`` (one statement) without running it and say what it does.

    Raises what ``sqlite3`` raises for a query that can't be prepared. The connection must have no
    authorizer of its own; it has none afterwards.
    """
    touched = _prepare(connection, query)
    refusal = touched.refusal()
    if refusal is not None:
        return QueryTraits(False, False, refusal)
    if touched.pragma is not None:
        return QueryTraits(True, False, f"PRAGMA {touched.pragma} tells of more than the database")
    reason = _indeterminate(connection, touched)
    return QueryTraits(True, reason is None, reason)


def write_of(connection: sqlite3.Connection, query: str) -> str | None:
    """Why the query is not one that only reads, or None if it is. Raises as ``inspect_query`` does."""
    return _prepare(connection, query).refusal()


def _prepare(connection: sqlite3.Connection, query: str) -> _Touched:
    # Preparing alone trusts the schema this connection last saw; a statement that runs makes it look again.
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    touched = _Touched()
    connection.set_authorizer(touched.authorize)
    try:
        connection(query)
    except sqlite3.DatabaseError:
        if touched.write is None:  # else it was denied, and what was noted so far says all
            raise
    finally:
        connection.set_authorizer(None)
    return touched


def _indeterminate(connection: sqlite3.Connection, touched: _Touched) -> str | None:
    """Why the same database might not give the same answer."""
    if touched.temporary:
        return "it reads a temporary table"
    for name in sorted(touched.functions & _TIME_FUNCTIONS):
        return f"{name}() may mean now"
    if touched.functions:
        known = _deterministic_functions(connection)
        for name in sorted(touched.functions - known):
            return f"{name}() is not known to give the same every time"
    ordinary = (
        _ordinary_tables(connection) | _SCHEMA_TABLES | _PURE_TABLE_FUNCTIONS if touched.tables else set()
    )
    for name in sorted(touched.tables - ordinary):
        return f"{name} is a virtual table"
    return None


def _deterministic_functions(connection: sqlite3.Connection) -> set[str]:
    """The scalar functions flagged so, and the built-in aggregates and window functions.

    Those have no flag.
    """
    rows = connection.execute("SELECT name, builtin, type, flags FROM pragma_function_list").fetchall()
    return {
        name.lower()
        for name, builtin, kind, flags in rows
        if flags & _DETERMINISTIC or (builtin and kind in "aw")
    }


def _ordinary_tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view')"
    ).fetchall()
    return {name.lower() for (name,) in rows}
