"""Queries cancelled at every moment of their lives: nothing leaks, nothing stands in the way of the next."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from contextlib import aclosing

import pytest
from fakes.database import make_database

from azos_shell.core.errors import BusyError

ENDLESS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT {} FROM c"

QUERIES = (
    ENDLESS.format("n"),  # rows without end
    ENDLESS.format("count(*)"),  # no row ever
    ENDLESS.format("n") + " WHERE n % 1000003 = 0",  # hardly any rows
    "SELECT count(*) FROM t AS a, t AS b, t AS c",
    "SELECT a.n FROM t AS a, t AS b, t AS c ORDER BY a.word || b.word || c.word",  # a sort before the first row
    "SELECT n, word FROM t",
    "SELECT 1",
)
WRITES = (
    "UPDATE t SET word = word || 'x'; SELECT count(*) FROM t AS a, t AS b, t AS c",
    "DELETE FROM t WHERE n >= 0 RETURNING n",
)


def open_files(path):
    """How many descriptors of this process stand for the database or what belongs to it."""
    return sum(name.startswith(os.path.realpath(path)) for name in map(named, os.listdir("/proc/self/fd")))


def named(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


async def threads_are(count):
    for _ in range(5000):
        if threading.active_count() <= count:
            return
        await asyncio.sleep(0.001)
    assert threading.active_count() <= count


async def read_some(pool, query, batches):
    async with aclosing(pool.stream(query, chunk_size=10)) as stream:
        async for _ in stream:
            batches -= 1
            if not batches:
                return


async def write_and_fail(pool, script):
    async with aclosing(pool.execute_write(script)) as batches:
        async for _ in batches:
            await asyncio.sleep(0.02)
        raise RuntimeError("not to be committed")


async def some_time(chance):
    """Some turns of the loop, or some parts of a millisecond: so that every moment is met."""
    if chance.random() < 0.5:
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(chance.random() * 0.003)


async def one_life(pool, clock, chance):
    """A query that is cancelled, left, or ended at a random moment, or the pool's own housekeeping."""
    if chance.random() < 0.05:
        clock.advance(chance.choice([1, 15, 100]))
        work = chance.choice([pool.close_idle, pool.health_check])()
    elif chance.random() < 0.1:
        work = write_and_fail(pool, WRITES[0])
    else:
        work = read_some(pool, chance.choice(QUERIES), chance.choice([1, 2, 3, 10]))
    task = asyncio.create_task(work)
    await some_time(chance)
    task.cancel()
    if chance.random() < 0.2:
        await asyncio.sleep(0)
        task.cancel()
    try:
        await task
    except (asyncio.CancelledError, BusyError):
        pass


async def live(pool, clock, chance, lives):
    for _ in range(lives):
        await one_life(pool, clock, chance)


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize(
    "queries", [1000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
async def test_cancelled_queries_leak_nothing(pools, clock, tmp_path, mode, queries):
    path = str(tmp_path / "t.db")
    make_database(path, mode)
    pool = pools.pool(path)
    threads = threading.active_count()
    seed = 20
    workers = [live(pool, clock, random.Random(seed + number), queries // 5) for number in range(5)]
    await asyncio.gather(*workers)
    seen = pool.statistics()
    assert (seen.lent, seen.waiting) == (0, 0)
    assert seen.open <= 5
    assert seen.interrupted > 0
    await threads_are(threads + seen.open)
    assert [
        row async for batch in pool.stream("SELECT count(*), sum(length(word)) FROM t") for row in batch.rows
    ] == [(1000, 7890)]
    async for _ in pool.execute_write("UPDATE t SET word = '' WHERE n = 0"):
        pass
    await pool.aclose()
    assert pool.statistics().open == 0
    await threads_are(threads)
    assert open_files(path) == 0


@pytest.mark.parametrize("query", QUERIES[:5])
async def test_a_query_is_interrupted_before_its_first_row_and_in_the_midst_of_them(pools, database, query):
    pool = pools.pool(database)
    for batches in (1, 3):
        task = asyncio.create_task(read_some(pool, query, batches * 10**6))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        seen = pool.statistics()
        assert (seen.lent, seen.open, seen.reconnects) == (0, 1, 0)
    assert pool.statistics().interrupted == 2 or query == QUERIES[0]  # whose batches come all the time
    assert [row async for batch in pool.stream("SELECT count(*) FROM t") for row in batch.rows] == [(1000,)]


async def test_a_waiter_for_a_connection_is_cancelled_without_having_had_one(pools, database):
    pool = pools.pool(database)
    running = [asyncio.create_task(read_some(pool, QUERIES[1], 1)) for _ in range(4)]
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(read_some(pool, "SELECT 1", 1)) for _ in range(50)]
    await asyncio.sleep(0)
    assert (pool.statistics().lent, pool.statistics().waiting) == (4, 50)
    for task in waiting[::2]:
        task.cancel()
    await asyncio.gather(*waiting[::2], return_exceptions=True)
    assert pool.statistics().waiting == 25
    for task in running:
        task.cancel()
    results = await asyncio.gather(*running, *waiting[1::2], return_exceptions=True)
    assert results[4:] == [None] * 25
    assert (pool.statistics().lent, pool.statistics().waiting) == (0, 0)


async def test_a_pool_may_be_closed_while_queries_run(pools, database):
    pool = pools.pool(database)
    threads = threading.active_count()
    tasks = [asyncio.create_task(read_some(pool, QUERIES[0], 10**6)) for _ in range(8)]
    await asyncio.sleep(0.01)
    await pool.aclose()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (pool.statistics().open, pool.statistics().lent) == (0, 0)
    await threads_are(threads)
    assert open_files(database) == 0
