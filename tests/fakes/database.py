"""A small real SQLite database for a test."""

from __future__ import annotations

import sqlite3
from contextlib import closing


def make_database(path, mode="delete", rows=1000):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?)", ((n, f"word {n}") for n in range(rows)))
        connection.execute("COMMIT")
