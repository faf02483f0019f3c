"""The SQLite pool: streaming, interrupting, validating, writing one at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import aclosing, closing

import pytest
from fakes.database import make_database

from azos_shell.core.errors import AzosError, BusyError
from azos_shell.core.values import Records
from azos_shell.pools.permits import Permits
from azos_shell.pools.sqlite_errors import SqlError, WriteRefusedError, translated, with_position
from azos_shell.pools.sqlite_script import is_blank, statements_of

ENDLESS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT {} FROM c"


async def rows_of(batches):
    return [row async for batch in batches for row in batch.rows]


async def test_rows_come_in_batches_with_their_types(pools, database):
    batches = [batch async for batch in pools.pool(database).stream_results("SELECT n, word FROM t", 300)]
    assert [len(batch) for batch in batches] == [300, 300, 300, 100]
    assert batches[0].columns == ("n", "word")
    assert batches[0].rows[0] == (0, "word 0")
    values = await rows_of(
        pools.pool(database).stream("SELECT NULL, 1, 1.5, 'a', x'00ff', CAST(x'ff' AS TEXT)")
    )
    assert values == [(None, 1, 1.5, "a", b"\x00\xff", "\udcff")]


async def test_batches_may_grow(pools, database):
    batches = pools.pool(database).stream("SELECT n FROM t", chunk_size=100, max_chunk_size=350)
    assert [len(batch) async for batch in batches] == [100, 200, 350, 350]


async def test_no_rows_still_tell_their_columns(pools, database):
    batches = [batch async for batch in pools.pool(database).stream("SELECT n FROM t WHERE 0")]
    assert batches == [Records(("n",), [])]


async def test_parameters_are_bound_by_name(pools, database):
    query = "SELECT word FROM t WHERE n = :n"
    assert await rows_of(pools.pool(database).stream(query, {"n": 7, "unused": 1})) == [("word 7",)]


async def test_rows_are_fetched_only_as_they_are_asked_for(pools, database):
    batches = pools.pool(database).stream(ENDLESS.format("n"))
    async with aclosing(batches):
        first = await anext(batches)
        assert first.rows[0] == (1,)
    seen = pools.pool(database).statistics()
    assert (seen.open, seen.lent, seen.waiting) == (1, 0, 0)


async def test_a_cancelled_query_is_interrupted_and_its_connection_used_again(pools, database):
    pool = pools.pool(database)
    for number in range(200):
        task = asyncio.create_task(rows_of(pool.stream(ENDLESS.format("count(*)"))))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        if number % 2:
            await asyncio.sleep(0.0002 * (number % 11))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) == [(1000,)]
    seen = pool.statistics()
    assert seen.open == 1
    assert (seen.lent, seen.waiting, seen.reconnects) == (0, 0, 0)
    assert seen.interrupted > 0
    async for _ in pool.execute_write("UPDATE t SET word = '' WHERE n = 0"):  # no read lock was left behind
        pass


async def test_a_query_cancelled_while_it_runs_ends_at_once(pools, database):
    pool = pools.pool(database)
    task = asyncio.create_task(rows_of(pool.stream(ENDLESS.format("count(*)"))))
    await asyncio.sleep(0.03)
    task.cancel()
    task.cancel()  # an impatient second Ctrl-C changes nothing
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool.statistics().lent == 0


async def test_at_most_so_many_readers_run_and_the_rest_wait_their_turn(pools, database):
    pool = pools.pool(database)
    tasks = [asyncio.create_task(rows_of(pool.stream("SELECT count(*) FROM t"))) for _ in range(20)]
    await asyncio.sleep(0)
    assert pool.statistics().lent == 4
    assert pool.statistics().waiting == 16
    assert await asyncio.gather(*tasks) == [[(1000,)]] * 20
    assert pool.statistics().open == 4
    assert pool.statistics().queries == 20


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t",
        "CREATE TEMP TABLE x (a)",
        "PRAGMA journal_mode = off",
        "ATTACH 'x.db' AS x",
        "VACUUM INTO 'y.db'",
    ],
)
async def test_a_reader_refuses_to_write(pools, database, query, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(os.listdir(tmp_path))
    with pytest.raises(WriteRefusedError):
        await rows_of(pools.pool(database).stream(query))
    assert await rows_of(pools.pool(database).stream("SELECT count(*) FROM t")) == [(1000,)]
    assert {
        name for name in set(os.listdir(tmp_path)) - before if not name.endswith(("-wal", "-shm"))
    } == set()


async def test_reading_leaves_the_journal_mode_alone(pools, database):
    with closing(sqlite3.connect(database)) as connection:
        before = connection.execute("PRAGMA journal_mode").fetchone()
    await rows_of(pools.pool(database).stream("SELECT * FROM t"))
    async for _ in pools.pool(database).execute_write("DELETE FROM t WHERE n = 1"):
        pass
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == before


async def test_a_replaced_file_is_read_anew(pools, database, tmp_path):
    pool = pools.pool(database)
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) == [(1000,)]
    make_database(str(tmp_path / "new.db"), rows=3)
    os.replace(tmp_path / "new.db", database)
    for suffix in ("-wal", "-shm"):
        shutil.rmtree(database + suffix, ignore_errors=True)
        if os.path.exists(database + suffix):
            os.remove(database + suffix)
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) == [(3,)]
    assert pool.statistics().reconnects == 1


async def test_a_missing_file_is_told_and_never_made(pools, tmp_path, database):
    path = str(tmp_path / "missing.db")
    with pytest.raises(AzosError, match="no such file"):
        pools.pool(path)
    with pytest.raises(AzosError, match="is a directory"):
        pools.pool(str(tmp_path))
    pool = pools.pool(database)
    os.remove(database)
    with pytest.raises(AzosError, match="no such file"):
        await rows_of(pool.stream("SELECT 1"))
    assert not os.path.exists(path)
    assert not os.path.exists(database)


async def test_a_file_that_is_no_database_is_told(pools, tmp_path):
    path = tmp_path / "text.db"
    path.write_text("hello " * 1000)
    with pytest.raises(AzosError, match=r"text\.db: is not a SQLite database"):
        await rows_of(pools.pool(str(path)).stream("SELECT * FROM t"))
    assert pools.pool(str(path)).statistics().open == 0


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        (sqlite3.SQLITE_CANTOPEN, 1, "directory can be written"),
        (sqlite3.SQLITE_READONLY_CANTINIT, 1, "directory can be written"),
        (sqlite3.SQLITE_READONLY_ROLLBACK, 1, "open it once with --write"),
        (sqlite3.SQLITE_READONLY, 1, "can't be written"),
        (sqlite3.SQLITE_CORRUPT, 1, "damaged"),
        (sqlite3.SQLITE_FULL, 1, "full"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, 75, "locked"),
        (sqlite3.SQLITE_INTERRUPT, 130, "interrupted"),
        (sqlite3.SQLITE_IOERR_READ, 1, "its own words"),
    ],
)
def test_what_the_disk_does_is_told_in_words(tmp_path, code, status, message):
    error = sqlite3.OperationalError("its own words")
    error.sqlite_errorcode = code
    path = tmp_path / "there.db"
    path.touch()
    told = translated(error, str(path))
    assert told.status == status
    assert message in told.message


async def test_a_locked_database_is_waited_for_and_then_given_up(pools, tmp_path, actor):
    path = str(tmp_path / "locked.db")
    make_database(path)
    other = actor(path)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BusyError, match="locked by another process"):
        await rows_of(pools.pool(path).stream("SELECT * FROM t"))
    assert pools.pool(path).statistics().busy_retries > 0
    task = asyncio.create_task(rows_of(pools.pool(path).stream("SELECT count(*) FROM t")))
    await asyncio.sleep(0)
    await asyncio.to_thread(other.execute, "COMMIT")
    assert await task == [(1000,)]


async def test_waiting_for_a_lock_can_be_cancelled(pools, tmp_path, actor):
    path = str(tmp_path / "locked.db")
    make_database(path)
    actor(path).execute("BEGIN EXCLUSIVE")
    task = asyncio.create_task(rows_of(pools.pool(path).stream("SELECT * FROM t")))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pools.pool(path).statistics().lent == 0


async def test_writing_makes_the_file(pools, tmp_path):
    path = str(tmp_path / "new.db")
    pool = pools.pool(path, write=True)
    script = "CREATE TABLE t (a); INSERT INTO t VALUES (:a), (2); SELECT sum(a) FROM t; -- the end"
    assert await rows_of(pool.execute_write(script, {"a": 40})) == [(42,)]
    assert await rows_of(pools.pool(path).stream("SELECT * FROM t")) == [(40,), (2,)]


async def test_a_script_holds_whole_or_not_at_all(pools, database):
    pool = pools.pool(database)
    with pytest.raises(SqlError, match="no such table: nosuch"):
        await rows_of(pool.execute_write("DELETE FROM t; INSERT INTO nosuch VALUES (1)"))
    for control in ("COMMIT", "ROLLBACK", "BEGIN"):
        with pytest.raises(SqlError, match="one transaction already"):
            await rows_of(pool.execute_write(f"DELETE FROM t; {control}; DELETE FROM t"))
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) == [(1000,)]


async def test_a_write_that_is_given_up_is_rolled_back(pools, database):
    pool = pools.pool(database)
    batches = pool.execute_write("DELETE FROM t RETURNING n")
    await anext(batches)
    await batches.aclose()
    task = asyncio.create_task(
        rows_of(pool.execute_write(f"DELETE FROM t; {ENDLESS.format('count(*)')}; SELECT 1"))
    )
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await rows_of(pool.stream("SELECT count(*) FROM t")) in ([(1000,)], [(0,)])
    assert pool.statistics().lent == 0


async def test_writes_follow_each_other(pools, database):
    pool = pools.pool(database)
    script = "INSERT INTO t SELECT max(n) + 1, 'x' FROM t; SELECT max(n) FROM t"
    results = await asyncio.gather(*(rows_of(pool.execute_write(script)) for _ in range(20)))
    assert sorted(results) == [[(1000 + number,)] for number in range(20)]
    assert pool.statistics().busy_retries == 0


async def test_what_a_script_does_to_its_connection_does_not_outlive_it(pools, database):
    pool = pools.pool(database)
    await rows_of(pool.execute_write("PRAGMA foreign_keys = on"))
    assert await rows_of(pool.execute_write("PRAGMA foreign_keys")) == [(0,)]
    await rows_of(pool.execute_write("CREATE TEMP TABLE mine (a); INSERT INTO mine VALUES (1)"))
    with pytest.raises(SqlError):
        await rows_of(pool.execute_write("SELECT * FROM mine"))
    await rows_of(pool.execute_write("VACUUM"))
    await rows_of(pool.execute_write("SAVEPOINT s"))
    await rows_of(pool.execute_write("DELETE FROM t WHERE n = 1; DELETE FROM t WHERE n = 2"))


async def test_idle_connections_are_closed_after_a_while(pools, database, clock):
    pool = pools.pool(database)
    await rows_of(pool.stream("SELECT 1"))
    clock.advance(59)
    assert await pools.tidy() == 0
    clock.advance(1)
    assert await pools.tidy() == 1
    assert pool.statistics().open == 0
    assert await rows_of(pool.stream("SELECT 1")) == [(1,)]


async def test_a_connection_that_does_not_answer_is_closed(pools, tmp_path):
    database = str(tmp_path / "zeroed.db")
    make_database(database)
    pool = pools.pool(database)
    await rows_of(pool.stream("SELECT 1"))
    assert await pool.health_check() == 0
    with open(database, "r+b") as file:
        file.write(b"\0" * 4096)
    assert await pool.health_check() == 1
    assert pool.statistics().open == 0


async def test_a_private_connection_ends_with_its_block(pools, database):
    async with pools.private() as worker:
        assert await rows_of(worker.stream("SELECT 1 AS one")) == [(1,)]
    async with pools.private(database) as worker:
        assert await rows_of(worker.stream("SELECT count(*) FROM t")) == [(1000,)]
    with pytest.raises(AzosError, match="no such file"):
        async with pools.private(database + "x"):
            pass


@pytest.mark.parametrize(
    ("query", "parameters", "message"),
    [
        ("SELECT * form t", {}, 'near "form": syntax error (column 10)'),
        ("SELECT *\nFROM t WHERE nosuch = 1", {}, "no such column: nosuch (line 2, column 14)"),
        ("SELECT a, a FROM t", {}, "no such column: a"),
        ("SELECT :n", {}, "the query has a parameter :n: give it with -p n=VALUE"),
        ("SELECT ?", {"n": 1}, "the query has a parameter without a name: write :name"),
        ("SELECT 1; SELECT 2", {}, "more than one statement"),
        ("SELECT :n", {"n": 2**70}, "a parameter is an integer of more than 64 bits"),
        ("SELECT '\udcff'", {}, "the query or a parameter is no valid UTF-8"),
        ("SELECT abs(-9223372036854775808)", {}, "integer overflow"),
    ],
)
async def test_a_wrong_query_is_explained(pools, database, query, parameters, message):
    with pytest.raises(SqlError) as caught:
        await rows_of(pools.pool(database).stream(query, parameters))
    assert caught.value.message.startswith(message)
    assert caught.value.status == 1


async def test_a_pool_shows_what_it_does(pools, database):
    assert (
        repr(pools.pool(database)) == f"<SqlitePool {os.path.realpath(database)}: 0 open, 0 lent, 0 waiting>"
    )
    assert database in repr(pools)
    assert [seen.path for seen in pools.statistics()] == [os.path.realpath(database)]


def test_a_position_is_only_told_if_it_is_certain():
    assert with_position('near "x": syntax error', "x y x") == 'near "x": syntax error'
    assert with_position("no such column: a.b", "SELECT a.b") == "no such column: a.b (column 8)"
    assert with_position("incomplete input", "SELECT") == "incomplete input"


def test_a_script_is_split_where_sqlite_ends_a_statement():
    trigger = "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; SELECT ';'; END;"
    assert statements_of(f"SELECT ';' -- a; b\n; {trigger} /* ; */ ; SELECT 2") == [
        "SELECT ';' -- a; b\n;",
        trigger,
        "SELECT 2",
    ]
    assert statements_of(" ; -- nothing;\n /* ; */ ") == []
    assert is_blank("-- x")
    assert not is_blank("x")


async def test_a_cancelled_waiter_gives_its_permit_back():
    permits = Permits(1)
    await permits.acquire()
    first, second = (asyncio.create_task(permits.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    assert permits.waiting == 2
    permits.release()
    first.cancel()  # granted and cancelled in the same moment
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert repr(permits) == "<Permits 1 of 1 held, 0 waiting>"
    third = asyncio.create_task(permits.acquire())
    await asyncio.sleep(0)
    third.cancel()
    with pytest.raises(asyncio.CancelledError):
        await third
    permits.release()
    assert permits.held == 0


async def test_a_check_lends_no_connection_beyond_the_limit(pools, database):
    pool = pools.pool(database)
    await asyncio.gather(*(rows_of(pool.stream("SELECT count(*) FROM t AS a, t AS b")) for _ in range(4)))
    assert pool.statistics().open == 4
    checking = asyncio.create_task(pool.health_check())
    await asyncio.sleep(0)
    assert pool.statistics().lent == 1
    queries = [asyncio.create_task(rows_of(pool.stream("SELECT count(*) FROM t"))) for _ in range(8)]
    assert await asyncio.gather(*queries) == [[(1000,)]] * 8
    assert await checking == 0
    assert pool.statistics().open == 4


async def test_a_permit_released_beside_a_cancellation_goes_to_the_next():
    permits = Permits(1)
    await permits.acquire()
    first, second = (asyncio.create_task(permits.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    permits.release()  # before the cancelled one has had its turn
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert repr(permits) == "<Permits 1 of 1 held, 0 waiting>"
