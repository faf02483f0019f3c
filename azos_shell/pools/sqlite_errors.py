"""SQLite's errors as azos tells them: which file, what is wrong, where in the query, and what to do next."""

from __future__ import annotations

import os
import re
import sqlite3

from azos_shell.core.errors import AzosError, BusyError

SQLITE_ERRORS = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError)
"""What a connection may raise because of what it was given."""

_POINTERS = re.compile(
    r'near "(?P<near>.+)": syntax error|unrecognized token: "(?P<token>.+)"'
    r"|(?:no such (?:table|column|function)|ambiguous column name): (?P<name>.+)",
    re.DOTALL,
)
_WAL_NEEDS = "a database with a write-ahead log can only be read where its directory can be written"


class SqlError(AzosError):
    """The query is wrong, not the database."""


class NoSuchTableError(SqlError):
    """The query names a table that isn't there: ``name`` without a schema, ``full_name`` with the one it was given.

    Which dot of ``full_name`` ends the schema, if any does, SQLite does not say.
    """

    def __init__(self, message: str, full_name: str) -> None:
        super().__init__(message)
        self.full_name = full_name
        self.name = full_name.rpartition(".")[2]


class NoSuchColumnError(SqlError):
    """The query names a column that isn't there: ``name``, without a table."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class NotADatabaseError(AzosError):
    """The file is there, but it is no SQLite database."""


class WriteRefusedError(AzosError):
    """The query writes, or may, where only reading was asked for."""


def translated(error: Exception, path: str, query: str = "") -> AzosError:
    """``error`` as an AzosError; raise it ``from`` the original."""
    if isinstance(error, UnicodeEncodeError):
        return SqlError("the query or a parameter is no valid UTF-8")
    if isinstance(error, UnicodeError):  # Python could not read SQLite's own message, which quotes the schema
        return AzosError(f"{path}: the database is damaged (its schema is no valid UTF-8)")
    if isinstance(error, OverflowError):
        return SqlError("a parameter is an integer of more than 64 bits")
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return SqlError(_programming(str(error)))
    return _database_error(code, str(error), path, query)


def is_busy(error: BaseException) -> bool:
    """Whether waiting may help."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_broken(error: BaseException) -> bool:
    """Whether the connection is of no more use."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    )


def missing_file(path: str) -> AzosError | None:
    """Why there is no database file to read at ``path``, or None if something is there."""
    if path == ":memory:":
        return None
    try:
        os.stat(path)
    except FileNotFoundError:
        return AzosError(f"{path}: no such file")
    except OSError as error:
        return AzosError(f"{path}: {error.strerror}")
    if os.path.isdir(path):
        return AzosError(f"{path}: is a directory, not a database")
    return None


def with_position(message: str, query: str) -> str:
    """The message, with the place in the query that it speaks of if there is exactly one."""
    found = _POINTERS.fullmatch(message)
    if found is None:
        return message
    token = next(group for group in found.groups() if group)
    places = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(token)}(?!\w)", query)]
    if len(places) != 1:
        return message
    before = query[: places[0]]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    where = f"line {line}, column {column}" if "\n" in query else f"column {column}"
    return f"{message} ({where})"


def _database_error(code: int, message: str, path: str, query: str) -> AzosError:
    match code & 0xFF:
        case sqlite3.SQLITE_ERROR if message == "unsupported file format":
            return AzosError(f"{path}: the database is damaged, or of a newer format ({message})")
        case sqlite3.SQLITE_ERROR | sqlite3.SQLITE_MISMATCH | sqlite3.SQLITE_TOOBIG | sqlite3.SQLITE_RANGE:
            return _wrong_query(message, query)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return BusyError(f"{path}: the database is locked by another process")
        case sqlite3.SQLITE_NOTADB:
            return NotADatabaseError(f"{path}: is not a SQLite database")
        case sqlite3.SQLITE_CORRUPT:
            return AzosError(f"{path}: the database is damaged ({message})")
        case sqlite3.SQLITE_CANTOPEN:
            return missing_file(path) or AzosError(f"{path}: can't be opened; {_WAL_NEEDS}")
        case sqlite3.SQLITE_READONLY:
            return AzosError(f"{path}: {_read_only(code)}")
        case sqlite3.SQLITE_AUTH:
            return SqlError("the script is one transaction already: leave out BEGIN, COMMIT and ROLLBACK")
        case sqlite3.SQLITE_FULL:
            return AzosError(f"{path}: the disk is full")
        case sqlite3.SQLITE_INTERRUPT:
            return AzosError("interrupted", status=130)
        case sqlite3.SQLITE_CONSTRAINT:
            return SqlError(message)
    return missing_file(path) or AzosError(f"{path}: {message}")


def _wrong_query(message: str, query: str) -> SqlError:
    said = with_position(message, query)
    what, _, name = message.partition(": ")
    if what == "no such table":
        return NoSuchTableError(said, name)
    if what == "no such column":
        return NoSuchColumnError(said, name.rpartition(".")[2])
    return SqlError(said)


def _read_only(code: int) -> str:
    if code in (sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY):
        return "a writer died in the middle of a transaction; open it once with --write to undo that"
    if code in (sqlite3.SQLITE_READONLY_CANTINIT, sqlite3.SQLITE_READONLY_DIRECTORY):
        return f"can't be opened; {_WAL_NEEDS}"
    return "can't be written"


def _programming(message: str) -> str:
    """Python's own complaints about a query, in terms of the command line."""
    missing = re.search(r"binding parameter :(\w+)", message)
    if missing is not None:
        return f"the query has a parameter :{missing[1]}: give it with -p {missing[1]}=VALUE"
    if "Binding" in message or "number of bindings" in message:
        return "the query has a parameter without a name: write :name and give it with -p name=VALUE"
    if "one statement at a time" in message:
        return "more than one statement; several at once are only run with --write"
    return message
