"""The change validator, against other processes that really commit, in both journal modes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from azos_shell.pools.sqlite_state import SqliteSentinel


@pytest.fixture
def sentinel(database):
    sentinel = SqliteSentinel(database)
    yield sentinel
    sentinel.close()


def test_a_quiet_database_stays_proved(sentinel):
    validator = sentinel.validator()
    assert validator.reason(0.0) is None
    assert validator.reason(1e9) is None


def test_reading_by_others_changes_nothing(sentinel, database, actor):
    validator = sentinel.validator()
    actor(database).execute("SELECT count(*) FROM t")
    assert validator.reason(0.0) is None


def test_a_commit_of_another_process_is_seen(sentinel, database, actor):
    other = actor(database)
    for number in range(5):
        validator = sentinel.validator()
        assert validator.reason(0.0) is None
        other.execute(f"UPDATE t SET word = 'changed {number}' WHERE n = 1")
        assert "has changed" in validator.reason(0.0)


def test_an_uncommitted_change_is_no_change_yet_and_a_rollback_never_is(database, actor):
    sentinel = SqliteSentinel(database)
    other = actor(database)
    validator = sentinel.validator()
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE t SET word = 'x' WHERE n = 1")
    assert validator.reason(0.0) is None
    other.execute("ROLLBACK")
    assert validator.reason(0.0) is None
    sentinel.close()


def test_a_change_of_the_schema_is_seen(sentinel, database, actor):
    validator = sentinel.validator()
    actor(database).execute("CREATE TABLE other (a)")
    assert validator.reason(0.0) is not None


async def test_a_commit_of_our_own_writer_is_seen(sentinel, database, pools):
    validator = sentinel.validator()
    async for _ in pools.pool(database).execute_write("DELETE FROM t WHERE n = 5"):
        pass
    assert validator.reason(0.0) is not None


def test_a_file_put_in_its_place_is_seen(sentinel, database, tmp_path):
    validator = sentinel.validator()
    shutil.copy2(database, tmp_path / "copy.db")
    os.replace(tmp_path / "copy.db", database)
    assert "another file" in validator.reason(0.0)
    later = sentinel.validator()
    assert later.reason(0.0) is None
    assert validator.reason(0.0) is not None


def test_a_file_rewritten_by_something_that_is_no_sqlite_is_seen(tmp_path):
    """Two databases may have the same change counter: copying one over the other leaves it as it was."""
    paths = [str(tmp_path / name) for name in ("a.db", "b.db")]
    for path in paths:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE t (word TEXT)")
            connection.execute("INSERT INTO t VALUES (?)", (path[-4:],))
        os.utime(path, ns=(1, 1 if path is paths[0] else 2))
    sentinel = SqliteSentinel(paths[0])
    validator = sentinel.validator()
    with open(paths[1], "rb") as source, open(paths[0], "r+b") as target:
        target.write(source.read())
    assert validator.reason(0.0) is not None
    sentinel.close()


def test_a_missing_file_is_no_proof_and_is_not_made(sentinel, database):
    validator = sentinel.validator()
    os.remove(database)
    assert "No such file" in validator.reason(0.0)
    assert not os.path.exists(database)


def test_a_database_being_written_proves_nothing(tmp_path, actor):
    path = str(tmp_path / "locked.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a)")
    sentinel = SqliteSentinel(path)
    validator = sentinel.validator()
    other = actor(path)
    other.execute("BEGIN EXCLUSIVE")
    assert "locked" in validator.reason(0.0)
    other.execute("COMMIT")
    sentinel.close()


def test_a_checkpoint_never_hides_a_commit(tmp_path, actor):
    path = str(tmp_path / "wal.db")
    other = actor(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE t (a)")
    sentinel = SqliteSentinel(path)
    validator = sentinel.validator()
    other.execute("INSERT INTO t VALUES (1)")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert validator.reason(0.0) is not None
    later = sentinel.validator()
    other.execute("INSERT INTO t VALUES (2)")
    assert later.reason(0.0) is not None
    sentinel.close()


def test_a_change_of_journal_mode_does_not_blind_it(tmp_path, actor):
    path = str(tmp_path / "mode.db")
    other = actor(path)
    other.execute("CREATE TABLE t (a)")
    sentinel = SqliteSentinel(path)
    for mode in ("truncate", "persist", "wal"):
        other.execute(f"PRAGMA journal_mode = {mode}")
        validator = sentinel.validator()
        assert validator.reason(0.0) is None
        other.execute("INSERT INTO t VALUES (2)")
        assert validator.reason(0.0) is not None
    sentinel.close()


def test_a_sentinel_that_was_closed_proves_nothing_of_before(sentinel):
    validator = sentinel.validator()
    sentinel.close()
    assert "opened anew" in validator.reason(0.0)
    assert sentinel.validator().reason(0.0) is None


def test_traits_are_remembered_until_the_database_changes(sentinel, database, actor):
    assert sentinel.traits("SELECT * FROM t").is_cacheable
    assert sentinel.traits("SELECT * FROM t") is sentinel.traits("SELECT * FROM t")
    other = actor(database)
    other.execute("CREATE VIEW dice AS SELECT 1")
    assert sentinel.traits("SELECT * FROM dice").is_cacheable
    other.execute("DROP VIEW dice")
    other.execute("CREATE VIEW dice AS SELECT random()")
    assert not sentinel.traits("SELECT * FROM dice").is_cacheable
    other.execute("DROP TABLE t")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        sentinel.traits("SELECT * FROM t")


def test_no_database_at_all_is_told(tmp_path):
    path = tmp_path / "text.db"
    path.write_text("not a database " * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        SqliteSentinel(str(path)).traits("SELECT * FROM t")


def test_what_it_watches_can_be_seen(sentinel, database):
    assert repr(sentinel) == f"<SqliteSentinel {database} closed>"
    validator = sentinel.validator()
    assert repr(sentinel) == f"<SqliteSentinel {database} watching>"
    assert "data_version=" in repr(validator)
