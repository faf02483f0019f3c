"""Sixty-four readers and a writer on one database: nothing fails, nothing is lost, nobody reads half a transaction."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import aclosing, closing

import pytest
from fakes.database import make_database

from azos_shell.pools.sqlite import SqlitePools

READERS = 64
TOTAL = 1000

MOVE = """
    UPDATE account SET balance = balance - 1 WHERE id = :n % 10;
    UPDATE account SET balance = balance + 1 WHERE id = (:n + 3) % 10;
    INSERT INTO moved VALUES (:n);
"""
SEEN = "SELECT (SELECT sum(balance) FROM account) AS total, (SELECT count(*) FROM moved) AS moves"


@pytest.fixture(params=["delete", "wal"])
def bank(request, tmp_path):
    path = str(tmp_path / "bank.db")
    make_database(path, request.param)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER); CREATE TABLE moved (n INTEGER UNIQUE);"
        )
        connection.executemany(
            "INSERT INTO account VALUES (?, ?)", [(number, TOTAL // 10) for number in range(10)]
        )
    return path, request.param


@pytest.fixture
async def patient():
    """Pools that wait for a lock as long as they do by themselves."""
    pools = SqlitePools()
    yield pools
    await pools.aclose()


async def rows_of(batches):
    async with aclosing(batches):
        return [row async for batch in batches for row in batch.rows]


async def read_on(pool, ended):
    seen = []
    while not ended.is_set():
        seen += await rows_of(pool.stream(SEEN))
    return seen


async def move_on(pool, ended, goes_on):
    number = 0
    try:
        while goes_on(number):
            await rows_of(pool.execute_write(MOVE, {"n": number}))
            number += 1
    finally:
        ended.set()
    return number


async def held_up(patient, path, goes_on):
    """Let them, check what must hold whoever is the faster, and return how often one of them waited for a lock."""
    pool = patient.pool(path)
    # The first connections to a log may meet while they make its index; that is no waiting for the writer.
    await asyncio.gather(*(rows_of(pool.stream(SEEN)) for _ in range(4)))
    before = pool.statistics().busy_retries
    ended = asyncio.Event()
    moves, *seen = await asyncio.gather(
        move_on(pool, ended, goes_on), *(read_on(pool, ended) for _ in range(READERS))
    )
    for reader in seen:
        assert {total for total, _ in reader} == {TOTAL}
        assert [moved for _, moved in reader] == sorted(moved for _, moved in reader)
    assert await rows_of(pool.stream(SEEN)) == [(TOTAL, moves)]
    assert sum(map(len, seen)) >= READERS
    figures = pool.statistics()
    assert (figures.lent, figures.waiting) == (0, 0)
    assert figures.open <= 5
    return figures.busy_retries - before


async def test_readers_and_a_writer_get_on(patient, bank):
    path, mode = bank
    waits = await held_up(patient, path, lambda number: number < 60)
    assert waits == 0 or mode == "delete"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_readers_and_a_writer_get_on_for_half_a_minute(patient, bank):
    path, mode = bank
    end = time.monotonic() + 30
    waits = await held_up(patient, path, lambda _: time.monotonic() < end)
    assert waits == 0 or mode == "delete"


async def test_readers_do_not_wait_for_a_transaction_that_is_not_committed(patient, bank):
    path, _ = bank
    pool = patient.pool(path)
    async with pool.writer() as worker:
        await worker.with_connection(lambda connection: connection.execute("BEGIN IMMEDIATE"))
        await worker.with_connection(lambda connection: connection.execute("UPDATE account SET balance = 0"))
        seen = await asyncio.gather(*(rows_of(pool.stream(SEEN)) for _ in range(READERS)))
        assert seen == [[(TOTAL, 0)]] * READERS
        await worker.with_connection(lambda connection: connection.execute("ROLLBACK"))
    assert pool.statistics().busy_retries == 0


@pytest.mark.parametrize("bank", ["wal"], indirect=True)
async def test_a_writer_commits_beside_a_reader_in_the_midst_of_its_rows_with_a_write_ahead_log(
    patient, bank
):
    path, _ = bank
    pool = patient.pool(path)
    async with aclosing(pool.stream("SELECT n FROM t", chunk_size=10)) as batches:
        await anext(batches)
        await rows_of(pool.execute_write(MOVE, {"n": 1}))
        assert await rows_of(pool.stream(SEEN)) == [(TOTAL, 1)]
        assert sum([len(batch) async for batch in batches]) == 990
    assert pool.statistics().busy_retries == 0


@pytest.mark.parametrize("bank", ["delete"], indirect=True)
async def test_without_a_log_a_writer_waits_until_the_reader_is_through(patient, bank):
    path, _ = bank
    pool = patient.pool(path)
    async with aclosing(pool.stream("SELECT n FROM t", chunk_size=10)) as batches:
        await anext(batches)
        writing = asyncio.create_task(rows_of(pool.execute_write(MOVE, {"n": 1})))
        await asyncio.sleep(0.05)
        assert not writing.done()
        assert sum([len(batch) async for batch in batches]) == 990
    await writing
    assert await rows_of(pool.stream(SEEN)) == [(TOTAL, 1)]
    assert pool.statistics().busy_retries > 0


async def test_a_user_may_have_a_write_ahead_log_by_saying_so(patient, bank):
    path, _ = bank
    pool = patient.pool(path)
    assert await rows_of(pool.execute_write("PRAGMA journal_mode = wal")) == [("wal",)]
    assert await rows_of(pool.execute_write(MOVE, {"n": 1})) == []
    assert await rows_of(pool.stream("PRAGMA journal_mode")) == [("wal",)]
    assert await rows_of(pool.stream(SEEN)) == [(TOTAL, 1)]
