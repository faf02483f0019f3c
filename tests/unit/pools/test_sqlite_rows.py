"""Batches of rows: bounded in rows, bytes and time; text of any bytes; what came before an error is not lost."""

from __future__ import annotations

import sqlite3
from contextlib import aclosing, closing

import pytest

from azos_shell.core.errors import AzosError
from azos_shell.pools import sqlite_rows
from azos_shell.pools.sqlite_rows import BATCH_BYTES, RowSource, any_text, size_of

COUNT = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {}) SELECT {} FROM c"


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.text_factory = any_text
        yield connection


def batches_of(connection, query, size=1000):
    """The rows of each batch; what went wrong behind the last, raised where it has none."""
    source = RowSource(connection.execute(query))
    batches, fetched = [], None
    while fetched is None or fetched.goes_on:
        batches.append([])
        fetched = source.fetch(batches[-1], size)
    assert source.is_closed
    return batches, fetched.error


def test_a_batch_has_so_many_rows_and_the_last_says_so(connection):
    batches, _ = batches_of(connection, COUNT.format(2500, "n"))
    assert [len(batch) for batch in batches] == [1000, 1000, 500]
    assert [row for batch in batches for row in batch] == [(n,) for n in range(1, 2501)]


def test_large_rows_make_small_batches(connection):
    batches, _ = batches_of(connection, COUNT.format(20, f"zeroblob({BATCH_BYTES})"))
    assert [len(batch) for batch in batches] == [1] * 20 + [0]
    batches, _ = batches_of(connection, COUNT.format(5000, f"hex(zeroblob({BATCH_BYTES // 200}))"))
    assert max(sum(size_of([row]) for row in batch) for batch in batches) < 2 * BATCH_BYTES
    assert sum(map(len, batches)) == 5000


def test_rows_that_come_slowly_are_handed_on(connection, monkeypatch):
    class Time:
        now = 0.0

        def monotonic(self):
            return self.now

    time = Time()
    monkeypatch.setattr(sqlite_rows, "time", time)
    connection.create_function("tick", 0, lambda: setattr(time, "now", time.now + 0.01))
    batches, _ = batches_of(connection, COUNT.format(40, "tick()"))
    assert max(map(len, batches)) <= 8
    assert sum(map(len, batches)) == 40


@pytest.mark.parametrize("bad", [(1,), (100,), (777, 778), (1, 2000), range(900, 1100)])
def test_text_that_is_no_utf8_loses_no_row(connection, bad):
    listed = ", ".join(map(str, bad))
    text = f"CASE WHEN n IN ({listed}) THEN CAST(x'61ff' AS TEXT) ELSE 'é' || n END"
    batches, _ = batches_of(connection, COUNT.format(2000, f"n, {text}"))
    assert [row for batch in batches for row in batch] == [
        (n, "a\udcff" if n in bad else f"é{n}") for n in range(1, 2001)
    ]
    assert connection.text_factory is any_text


def test_rows_before_an_error_are_handed_on_with_it(connection):
    batches, error = batches_of(
        connection, COUNT.format(2000, "abs(CASE n WHEN 1500 THEN -9223372036854775808 ELSE n END)")
    )
    assert [len(batch) for batch in batches] == [1000, 498]
    assert "overflow" in str(error)
    source = RowSource(
        connection.execute("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT abs(-9223372036854775808)")
    )
    rows = []
    source.fetch(rows, 1)
    assert rows == [(1,)]
    with pytest.raises(sqlite3.OperationalError, match="overflow"):
        source.fetch([], 1)


def test_the_size_of_rows_is_about_that_of_their_values():
    assert 1000 <= size_of([(b"x" * 500, "y" * 500, 1, 1.5, None)]) < 1100
    assert 500 <= size_of([("\udcff" * 500, 1)]) < 600


async def test_a_stream_yields_what_came_before_an_error(pools, database):
    failing = "SELECT abs(CASE n WHEN 950 THEN -9223372036854775808 ELSE n END) FROM t"
    rows = []
    with pytest.raises(AzosError, match="overflow"):
        async for batch in pools.pool(database).stream(failing, chunk_size=100):
            rows += batch.rows
    assert rows == [(n,) for n in range(949)]  # the sqlite3 module drops the row that it stands at
    assert pools.pool(database).statistics().lent == 0


@pytest.mark.parametrize("burst", [30, 150, 750])
async def test_rows_are_not_held_back_for_one_that_does_not_come(pools, database, burst):
    query = (
        f"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n <= {burst}"
    )
    got = []
    async with aclosing(pools.pool(database).stream(query, chunk_size=100, max_chunk_size=1000)) as stream:
        async for batch in stream:
            got += batch.rows
            if len(got) == burst - 1:  # the sqlite3 module hands a row over once it has the one behind it
                break
    assert got == [(n,) for n in range(1, burst)]
    seen = pools.pool(database).statistics()
    assert (seen.lent, seen.open, seen.interrupted) == (0, 1, 1)


async def test_a_stream_that_runs_is_one_batch_ahead_and_no_more(pools, database):
    fetched = []
    async with pools.pool(database).reader() as worker:
        await worker.with_connection(
            lambda connection: connection.create_function("seen", 1, lambda n: fetched.append(n) or n)
        )
        # The statement stands at the row after the last that was fetched.
        async with aclosing(worker.stream("SELECT seen(n) FROM t", chunk_size=10)) as batches:
            for number in range(1, 6):
                await anext(batches)
                await worker.run(int)  # what was asked of the thread before has been done
                assert len(fetched) == (11 if number == 1 else 10 * (number + 1) + 1)
        worker.spent = True
    assert len(fetched) == 61


async def test_a_stream_that_is_left_is_interrupted_though_it_is_ahead(pools, database):
    endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 30"
    pool = pools.pool(database)
    async with aclosing(pool.stream(endless, chunk_size=10)) as batches:
        await anext(batches)
        await anext(batches)
    seen = pool.statistics()
    assert (seen.lent, seen.open, seen.interrupted) == (0, 1, 1)
