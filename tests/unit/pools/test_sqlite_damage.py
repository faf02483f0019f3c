"""Databases damaged, taken away, exchanged or out of reach: it is told, and what is there is not touched."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import aclosing, closing

import pytest
from fakes.database import make_database

from azos_shell.core.errors import AzosError

READ = "SELECT count(*), sum(length(word)), max(word) FROM t"
WRITE = "UPDATE t SET word = word || '!'; INSERT INTO t SELECT max(n) + 1, 'new' FROM t; PRAGMA integrity_check(1)"


async def rows_of(batches):
    async with aclosing(batches):
        return [row async for batch in batches for row in batch.rows]


def contents(path):
    """All bytes of the database and of what belongs to it, but for the index of the log, which is not data."""
    found = {}
    for suffix in ("", "-wal", "-journal"):
        if os.path.exists(path + suffix):
            with open(path + suffix, "rb") as file:
                found[suffix] = file.read()
    return {suffix: data for suffix, data in found.items() if data}


def damaged(data, chance):
    """The file with some bytes changed, a page exchanged for noise, or its end cut off."""
    kind = chance.randrange(4)
    changed = bytearray(data)
    if kind == 0:
        for _ in range(chance.randrange(1, 200)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif kind == 1:
        start = chance.randrange(len(changed) // 4096) * 4096
        changed[start : start + 4096] = chance.randbytes(4096)
    elif kind == 2:
        del changed[chance.randrange(1, len(changed)) :]
    else:
        changed[:100] = chance.randbytes(100)
    return bytes(changed)


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize(
    "seeds", [[*range(40), 240], pytest.param(range(40, 540), marks=pytest.mark.slow)], ids=["40", "500"]
)
async def test_a_damaged_database_is_told_of_and_never_written(pools, tmp_path, mode, seeds):
    path = str(tmp_path / "good.db")
    make_database(path, mode)
    with open(path, "rb") as file:
        data = file.read()
    told = 0
    for seed in seeds:
        path = str(tmp_path / f"{seed}.db")
        with open(path, "wb") as file:
            file.write(damaged(data, random.Random(seed)))
        before = contents(path)
        for query in (READ, "SELECT * FROM t ORDER BY word", "SELECT name, sql FROM sqlite_schema"):
            try:
                await rows_of(pools.pool(path).stream(query))
            except AzosError as error:
                told += 1
                assert path in error.message or "no such" in error.message
        assert contents(path) == before
        try:
            await rows_of(pools.pool(path, write=True).execute_write(WRITE))
        except AzosError:
            # The log may have been begun; what it holds counts for nothing, since it was not committed.
            assert contents(path)[""] == before[""]
            assert "-journal" not in contents(path)
        assert pools.pool(path).statistics().lent == 0
        await pools.aclose()
    assert told > len(seeds) // 2


@pytest.mark.parametrize("text", [b"hello\n", b"id,name\n1,ann\n" * 100, b"SQLite format 3\0", b"\0" * 5000])
async def test_a_file_of_something_else_is_not_made_a_database(pools, tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_bytes(text)
    for _ in range(2):
        with pytest.raises(AzosError, match=r"is not a SQLite database|damaged"):
            await rows_of(pools.pool(str(path), write=True).execute_write("CREATE TABLE t (a)"))
        with pytest.raises(AzosError, match=r"is not a SQLite database|damaged"):
            await rows_of(pools.pool(str(path)).stream("SELECT * FROM t"))
    assert path.read_bytes() == text
    assert os.listdir(tmp_path) == ["notes.txt"]


async def test_a_stream_goes_on_though_its_file_is_taken_away(pools, database):
    pool = pools.pool(database)
    async with aclosing(pool.stream("SELECT n FROM t", chunk_size=10)) as batches:
        await anext(batches)
        os.unlink(database)
        assert sum([len(batch) async for batch in batches]) == 990
    with pytest.raises(AzosError, match="no such file"):
        await rows_of(pool.stream(READ))
    assert pool.statistics().open == 0
    assert not os.path.exists(database)


@pytest.mark.parametrize("mode", ["delete", "wal"])
async def test_a_file_exchanged_under_its_connections_is_the_one_that_counts(pools, tmp_path, mode):
    """Old connections, the writer's too, neither answer nor touch the log of the file that has come."""
    path, other = str(tmp_path / "t.db"), str(tmp_path / "other.db")
    make_database(path, mode)
    pool = pools.pool(path)
    await rows_of(pool.execute_write("UPDATE t SET word = 'old'"))
    await rows_of(pool.stream(READ))
    make_database(other, mode, rows=3)
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("INSERT INTO t VALUES (99, 'in the log')")
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
            if os.path.exists(other + suffix):
                shutil.copy(other + suffix, path + suffix)
    assert await rows_of(pool.stream("SELECT count(*), max(word) FROM t")) == [(4, "word 2")]
    await rows_of(pool.execute_write("INSERT INTO t VALUES (100, 'new')"))
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) == [(5,)]
    assert pool.statistics().reconnects == 2
    await pool.aclose()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (5,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_connection_that_fell_ill_is_replaced_before_it_is_lent(pools, tmp_path, clock, monkeypatch):
    path = str(tmp_path / "t.db")
    make_database(path)
    pool = pools.pool(path)
    await rows_of(pool.stream(READ))
    (held,) = pool._idle["ro"]
    asked = []

    async def ill():
        asked.append(1)
        return False

    monkeypatch.setattr(held.worker, "is_healthy", ill)
    clock.advance(9)
    await rows_of(pool.stream(READ))
    assert asked == []  # it has just worked
    clock.advance(11)
    assert len(await rows_of(pool.stream(READ))) == 1
    assert asked == [1]
    assert (pool.statistics().reconnects, pool.statistics().open) == (1, 1)


async def test_a_locked_database_is_no_sign_of_an_ill_connection(pools, tmp_path, actor):
    path = str(tmp_path / "t.db")
    make_database(path)
    pool = pools.pool(path)
    await rows_of(pool.stream(READ))
    other = actor(path)
    other.execute("BEGIN EXCLUSIVE")
    assert await pools.tidy() == 0
    assert pool.statistics().open == 1
    other.execute("COMMIT")
    assert len(await rows_of(pool.stream(READ))) == 1


READ_ONLY = """
import asyncio, sys
from azos_shell.pools.sqlite import SqlitePools
async def main():
    pools = SqlitePools()
    async for batch in pools.pool(sys.argv[1], write=sys.argv[2] == "w").%s:
        print(*batch.rows)
try:
    asyncio.run(main())
except Exception as error:
    print(type(error).__name__, error)
"""


def on_a_read_only_mount(directory, path, call, kind):
    """What the call gives where the directory is mounted read-only, in a namespace of its own."""
    mounted = f"mount --bind {directory} {directory} && mount -o remount,ro,bind {directory} && "
    argv = [
        "unshare",
        "-m",
        "sh",
        "-c",
        f'{mounted} exec "$0" "$@"',
        sys.executable,
        "-c",
        READ_ONLY % call,
        path,
        kind,
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no mounts of one's own here: {done.stderr.strip()}")
    return done.stdout.strip()


READING, WRITING = 'stream("SELECT count(*) FROM t")', 'execute_write("DELETE FROM t")'


def test_on_a_read_only_disk_a_plain_database_is_read_and_not_written(tmp_path):
    path = str(tmp_path / "t.db")
    make_database(path)
    assert on_a_read_only_mount(tmp_path, path, READING, "r") == "(1000,)"
    assert on_a_read_only_mount(tmp_path, path, WRITING, "w") == f"AzosError {path}: can't be written"


def test_on_a_read_only_disk_a_log_is_in_the_way_and_it_is_said_why(tmp_path):
    path = str(tmp_path / "t.db")
    make_database(path, "wal")
    told = on_a_read_only_mount(tmp_path, path, READING, "r")
    why = "a database with a write-ahead log can only be read where its directory can be written"
    assert told == f"AzosError {path}: can't be opened; {why}"
