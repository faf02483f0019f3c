"""DuckDB's errors as azos tells them: one line, with the place in the query, and nothing of its C++ inside."""

from __future__ import annotations

import re

from azos_shell.core.errors import AzosError, BusyError
from azos_shell.pools.sqlite_errors import NoSuchTableError, SqlError

_KIND = re.compile(r"^(?:[A-Z][\w-]*(?: [A-Z][\w-]*)*) Error: ")
_LINE = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)\n(?P<before> *)\^", re.MULTILINE)
_NO_TABLE = re.compile(r"Table with name (?P<name>.+) does not exist!")
_NO_FILE = re.compile(r'No files found that match the pattern "(?P<name>[^"]+)"')
_COLON = re.compile(r"(?<![\w:]):(?P<name>[A-Za-z_]\w*)")
_NO_PARAMETER = re.compile(
    r"Values were not provided for the following (?:prepared statement )?parameters: (?P<name>\w+)"
)
_QUERY_ERRORS = ("ParserException", "BinderException", "CatalogException", "SyntaxException")


def translated(error: Exception, *, path: str | None = None, query: str = "") -> AzosError:
    """``error`` as an AzosError; raise it ``from`` the original."""
    text = str(error)
    kind = type(error).__name__
    message = _told(text, query)
    if kind == "InterruptException":
        return AzosError("interrupted", status=130)
    missing = _NO_TABLE.search(text)
    if missing is not None:
        return NoSuchTableError(
            message.replace(missing.group(), f"no such table: {missing['name']}"), missing["name"]
        )
    no_file = _NO_FILE.search(text)
    if no_file is not None:
        return NoSuchTableError(f"no such file: {no_file['name']}", no_file["name"])
    parameter = _NO_PARAMETER.search(text)
    if parameter is None and 'near ":"' in text:
        parameter = _COLON.search(query)
    if parameter is not None:
        name = parameter["name"]
        return SqlError(f"the query has a parameter :{name}: give it with -p {name}=VALUE")
    if "Could not set lock on file" in text:
        return BusyError(f"{path}: the database is locked by another process: {message}")
    if kind in _QUERY_ERRORS and "in-memory database in read-only" not in text:
        return SqlError(message)
    if path is not None and (
        "not a valid DuckDB database file" in text or "in-memory database in read-only" in text
    ):
        return AzosError(f"{path}: is not a DuckDB database")
    return AzosError(message)


def _told(text: str, query: str) -> str:
    """The message's first paragraph, on one line, and where in the query it points to."""
    head = _KIND.sub("", text.split("\n\nLINE ", 1)[0])
    lines = [line.strip() for line in head.split("\n") if line.strip()]
    message = lines[0] if lines else text
    hint = next((line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))), "")
    place = _LINE.search(text)
    if place is not None:
        # DuckDB cuts long lines and marks that with dots: then the column says nothing.
        is_cut = place["text"].startswith("...")
        column = len(place["before"]) - len(f"LINE {place['line']}: ") + 1
        where = f"line {place['line']}, " if "\n" in query.strip() else ""
        message += (
            f" ({where}column {column})" if not is_cut else (f" (line {place['line']})" if where else "")
        )
    return f"{message}; {hint}" if hint else message
