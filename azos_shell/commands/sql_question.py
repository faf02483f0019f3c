"""What the words of ``sql`` ask: which database, and a query, a dot command, a script or a prompt."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from azos_shell.commands.sql_layout import Reading
from azos_shell.core.numbers import typed
from azos_shell.plugin import Call, UsageError
from azos_shell.pools.sqlite_script import is_blank

MEMORY = ":memory:"

_WORD = re.compile(r"[^\s;()'\"]+")
_DUCKDB_FILES = re.compile(r"['\"][^'\"\n]*\.(?:parquet|pq)(?:\.\w+)?['\"]", re.IGNORECASE)
_DUCKDB_MAGIC = b"DUCK"
_DUCKDB_MAGIC_AT = 8


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of what. ``path`` is None where there is no database file, ``text`` where no query was given."""

    path: str | None
    text: str | None
    parameters: Mapping[str, int | float | str]
    write: bool
    reading: Reading
    engine: str


def question_of(
    call: Call,
    first: str | None,
    second: str | None,
    *,
    write: bool,
    parameter: Mapping[str, str],
    reading: Reading,
    script: str | None,
    engine: str | None,
) -> Question:
    """Understand the words. Raises UsageError."""
    database, text = _operands(call, first, second, script)
    if text is not None and is_blank(text):
        raise UsageError("QUERY is empty")
    path = None if database in (None, MEMORY) else call.shell.resolve_path(database)
    return Question(
        path,
        text,
        {name: typed(value) for name, value in parameter.items()},
        write,
        reading,
        engine or _engine_for(path, text),
    )


def _operands(
    call: Call, first: str | None, second: str | None, script: str | None
) -> tuple[str | None, str | None]:
    """Database and query. One word alone is a database if it is a file, or looks like the name of one."""
    if script is not None:
        if second is not None:
            raise UsageError("a QUERY and -f FILE can't both be given")
        return first, None
    if first is not None and second is not None and _is_turned_round(call, first, second):
        raise UsageError(f"DB comes before QUERY: sql {second} …")
    if second is not None or first is None:
        return first, second
    return (first, None) if _names_database(call, first) else (None, first)


def _is_turned_round(call: Call, first: str, second: str) -> bool:
    """Whether the query was written before the database."""
    if " " not in first.strip() or _WORD.fullmatch(second) is None:
        return False
    return not os.path.exists(call.shell.resolve_path(first)) and os.path.isfile(
        call.shell.resolve_path(second)
    )


def _names_database(call: Call, word: str) -> bool:
    if word == MEMORY or os.path.exists(call.shell.resolve_path(word)):
        return True
    if _WORD.fullmatch(word) is None:
        return False
    return "/" in word or "." in word[1:]


def reading_of(separator: str | None, *, header: bool, no_header: bool, on_error: str) -> Reading:
    """How rows are to be read. Raises UsageError."""
    if separator == "":
        raise UsageError("the separator is empty")
    if header and no_header:
        raise UsageError("--header and --no-header can't both be given")
    return Reading("\t" if separator == "\\t" else separator, header, no_header, on_error == "skip")


def _engine_for(path: str | None, text: str | None) -> str:
    """DuckDB for its own files and for queries of Parquet, SQLite for everything else."""
    if path is not None and _is_duckdb(path):
        return "duckdb"
    if text is not None and _DUCKDB_FILES.search(text) is not None:
        return "duckdb"
    return "sqlite"


def _is_duckdb(path: str) -> bool:
    if path.endswith((".duckdb", ".ddb")):
        return True
    try:
        with open(
            path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)
        ) as file:
            return file.read(_DUCKDB_MAGIC_AT + 4)[_DUCKDB_MAGIC_AT:] == _DUCKDB_MAGIC
    except OSError:
        return False
