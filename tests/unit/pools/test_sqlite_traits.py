"""What SQLite says a query does."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from azos_shell.pools.sqlite_traits import inspect_query


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.execute("CREATE VIEW plain AS SELECT a FROM t")
        connection.execute("CREATE VIEW dice AS SELECT random() AS r FROM t")
        connection.execute("CREATE VIRTUAL TABLE f USING fts5 (x)")
        yield connection


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "VALUES (1), (2)",
        "SELECT * FROM t",
        "SELECT count(*), sum(a), min(b), group_concat(b) FROM t GROUP BY lower(b) HAVING count(*) > 1",
        "SELECT row_number() OVER (ORDER BY a), lag(a) OVER () FROM t",
        "SELECT * FROM plain",
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3) SELECT * FROM c",
        "SELECT * FROM t WHERE b LIKE 'x%' AND a IN (SELECT a FROM t) ORDER BY 1 -- random()",
        "SELECT 'random()', 'insert into t', value FROM json_each('[1]')",
        "SELECT sql FROM sqlite_master",
        "EXPLAIN QUERY PLAN SELECT * FROM t",
    ],
)
def test_what_only_reads_the_database_may_be_kept(connection, query):
    traits = inspect_query(connection, query)
    assert traits.is_cacheable, traits.reason


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT random()", "random"),
        ("SELECT * FROM t ORDER BY RaNdOm()", "random"),
        ("SELECT * FROM dice", "random"),
        ("SELECT hex(randomblob(4))", "randomblob"),
        ("SELECT datetime('now')", "datetime"),
        ("SELECT date(b) FROM t", "date"),
        ("SELECT current_timestamp", "current_timestamp"),
        ("SELECT changes(), last_insert_rowid()", "changes"),
        ("SELECT * FROM f", "virtual table"),
        ("SELECT * FROM f WHERE f MATCH 'a'", "match"),
        ("PRAGMA table_info(t)", "PRAGMA"),
        ("PRAGMA page_count", "PRAGMA"),
        ("SELECT * FROM pragma_table_info('t')", "virtual table"),
    ],
)
def test_what_may_answer_otherwise_the_next_time_is_not_kept(connection, query, why):
    traits = inspect_query(connection, query)
    assert traits.read_only
    assert not traits.is_cacheable
    assert why in traits.reason


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO t VALUES (1, 2)",
        "INSERT INTO t VALUES (1, 2) RETURNING a",
        "WITH c AS (SELECT 1 AS a) UPDATE t SET a = (SELECT a FROM c)",
        "DELETE FROM t",
        "CREATE TABLE u AS SELECT * FROM t",
        "CREATE TEMP TABLE u (a)",
        "DROP VIEW plain",
        "ALTER TABLE t ADD COLUMN c",
        "CREATE INDEX i ON t (a)",
        "ANALYZE",
        "VACUUM",
        "BEGIN",
        "SAVEPOINT s",
        "ATTACH 'made.db' AS made",
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = wal",
        "PRAGMA foreign_keys = on",
        "PRAGMA optimize",
        "PRAGMA wal_checkpoint",
    ],
)
def test_what_writes_is_told_and_not_run(connection, query, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not inspect_query(connection, query).read_only
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (0,)
    assert not connection.in_transaction
    assert os.listdir(tmp_path) == []


def test_a_vacuum_into_a_file_is_not_taken_for_reading(connection, tmp_path):
    assert not inspect_query(connection, f"VACUUM INTO '{tmp_path / 'copy'}'").read_only
    assert os.listdir(tmp_path) == []


def test_a_function_of_ones_own_is_not_trusted(connection):
    connection.create_function("mine", 0, lambda: 1)
    assert not inspect_query(connection, "SELECT mine()").deterministic
    connection.create_function("known", 0, lambda: 1, deterministic=True)
    assert inspect_query(connection, "SELECT known()").deterministic


def test_a_temporary_table_is_not_the_database(connection):
    connection.execute("CREATE TEMP TABLE mine (a)")
    assert not inspect_query(connection, "SELECT a FROM mine").deterministic


@pytest.mark.parametrize(
    "query", ["SELEC 1", "SELECT * FROM nosuch", "SELECT 1; SELECT 2", "SELECT * FROM t WHERE"]
)
def test_a_wrong_query_raises_and_leaves_no_authorizer(connection, query):
    with pytest.raises(sqlite3.Error):
        inspect_query(connection, query)
    connection.execute("INSERT INTO t VALUES (1, 2)")
