"""Make a SQLite database of real text, for tests and measurements: lines and words of Python sources.

The sources are those of the running interpreter's standard library unless told otherwise. Table ``lines``
holds every line (file, number, text), as many as are asked for; where there are too few, table ``words``
holds the occurrences of words in them (word, file, number) until the rows of both are as many as wanted. The
same sources always give the same rows. The file appears whole or not at all.
"""

from __future__ import annotations

import argparse
import os
import re
import sqlite3
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

_SCHEMA = """
    CREATE TABLE lines (file TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE TABLE words (word TEXT NOT NULL, file TEXT NOT NULL, number INTEGER NOT NULL);
"""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
_SKIPPED_DIRECTORIES = frozenset({"site-packages", "__pycache__"})

Line = tuple[str, int, str]


def source_lines(directory: str) -> Iterator[Line]:
    """Every line of every Python source below the directory, in the order of their paths."""
    for parent, children, names in os.walk(directory):
        children[:] = sorted(child for child in children if child not in _SKIPPED_DIRECTORIES)
        for name in sorted(names):
            if not name.endswith(".py"):
                continue
            path = os.path.join(parent, name)
            shown = os.path.relpath(path, directory)
            with open(path, encoding="utf-8", errors="replace") as file:
                for number, text in enumerate(file, 1):
                    yield shown, number, text.rstrip("\n")


def words_of(lines: Iterator[Line]) -> Iterator[tuple[str, str, int]]:
    """Every word of the lines with where it stands."""
    for file, number, text in lines:
        for word in _WORD.findall(text):
            yield word, file, number


def fill(path: str, directory: str, rows: int) -> tuple[int, int]:
    """Write the tables into a new file; returns how many lines and words."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
        connection.execute("PRAGMA synchronous = OFF")  # the file is renamed into place once it is whole
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN")
        lines = connection.executemany(
            "INSERT INTO lines VALUES (?, ?, ?)", islice(source_lines(directory), rows)
        ).rowcount
        words = connection.executemany(
            "INSERT INTO words VALUES (?, ?, ?)",
            islice(words_of(source_lines(directory)), max(0, rows - lines)),
        ).rowcount
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")
    return max(lines, 0), max(words, 0)


def make_database(path: str, directory: str, rows: int) -> tuple[int, int]:
    """Make the database at ``path``, replacing what is there; returns how many lines and words it has."""
    unfinished = f"{path}.{os.getpid()}.new"
    try:
        made = fill(unfinished, directory, rows)
        os.replace(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
    return made


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Make a SQLite database of the lines and words of Python sources."
    )
    parser.add_argument("path", metavar="OUTPUT", help="the database file to make")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of both tables together (default: a million)"
    )
    parser.add_argument(
        "--source",
        metavar="DIRECTORY",
        default=sysconfig.get_paths()["stdlib"],
        help="where the sources are (default: the standard library)",
    )
    options = parser.parse_args(arguments)
    if options.rows < 0:
        parser.error("--rows can't be negative")
    started = time.monotonic()
    try:
        lines, words = make_database(options.path, options.source, options.rows)
    except (OSError, sqlite3.Error) as error:
        print(f"make_database: {options.path}: {error}", file=sys.stderr)
        return 1
    print(f"{lines} lines and {words} words in {time.monotonic() - started:.1f} s", file=sys.stderr)
    if lines + words < options.rows:
        print(f"make_database: the sources have only {lines + words} rows", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
