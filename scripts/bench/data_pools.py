"""Many readers and a writer on one database inside one process: azos's pool, aiosqlitepool, a connection for each call.

Each contender is called as its users call it. All work on the same kind of file, new for each round, with a
write-ahead log. The readers look up single rows by key, the writer inserts one row a transaction while they do.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from document import markdown_table

READERS, LOOK_UPS, ROWS = 64, 50, 10_000
LOOK_UP = "SELECT name FROM thing WHERE id = ?"
INSERT = "INSERT INTO written VALUES (?)"

Ask = Callable[[int], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one contender reads a row and writes one."""

    read: Ask
    write: Ask


Contender = Callable[[str], AbstractAsyncContextManager[Lookup]]


@asynccontextmanager
async def azos_pool(path: str) -> AsyncIterator[Lookup]:
    """azos's pool: four readers and a writer."""
    from azos_shell.pools.sqlite import SqlitePool

    pool = SqlitePool(path)

    async def read(number: int) -> list[Any]:
        async with aclosing(pool.stream(LOOK_UP, (number,))) as batches:
            return [row async for batch in batches for row in batch.rows]

    async def write(number: int) -> None:
        async with aclosing(pool.execute_write(INSERT, (number,))) as batches:
            async for _ in batches:
                pass

    yield Lookup(read, write)
    await pool.aclose()


@asynccontextmanager
async def aiosqlite_pool(path: str) -> AsyncIterator[Lookup]:
    """aiosqlitepool, of five connections as it comes."""
    import aiosqlite
    from aiosqlitepool import SQLiteConnectionPool

    async def connect() -> Any:
        return await aiosqlite.connect(path)

    async with SQLiteConnectionPool(connect) as pool:

        async def read(number: int) -> list[Any]:
            async with pool.connection() as connection, connection.execute(LOOK_UP, (number,)) as cursor:
                return list(await cursor.fetchall())

        async def write(number: int) -> None:
            async with pool.connection() as connection:
                await connection.execute(INSERT, (number,))
                await connection.commit()

        yield Lookup(read, write)


@asynccontextmanager
async def one_connection_per_call(path: str) -> AsyncIterator[Lookup]:
    """aiosqlite by itself."""
    import aiosqlite

    async def read(number: int) -> list[Any]:
        async with aiosqlite.connect(path) as connection, connection.execute(LOOK_UP, (number,)) as cursor:
            return list(await cursor.fetchall())

    async def write(number: int) -> None:
        async with aiosqlite.connect(path) as connection:
            await connection.execute(INSERT, (number,))
            await connection.commit()

    yield Lookup(read, write)


CONTENDERS: dict[str, Contender] = {
    "azos": azos_pool,
    "aiosqlitepool": aiosqlite_pool,
    "a connection per call": one_connection_per_call,
}


def made_database(path: str) -> None:
    """A file with a write-ahead log and some rows to look up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE written (n INTEGER)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO thing VALUES (?, ?)", ((n, f"thing {n}") for n in range(ROWS)))
        connection.execute("COMMIT")


async def one_round(contender: Contender, path: str) -> tuple[float, float]:
    """Look-ups and inserts a second. Raises where an answer is wrong or a row is lost."""
    async with contender(path) as lookup:
        ended = False

        async def read_on(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(LOOK_UPS):
                number = chance.randrange(ROWS)
                assert await lookup.read(number) == [(f"thing {number}",)]

        async def write_on() -> int:
            written = 0
            while not ended:
                await lookup.write(written)
                written += 1
            return written

        started = time.perf_counter()
        writing = asyncio.create_task(write_on())
        try:
            await asyncio.gather(*(read_on(seed) for seed in range(READERS)))
            seconds = time.perf_counter() - started
        finally:
            ended = True
            written = await writing
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM written").fetchone() == (written,)
    return READERS * LOOK_UPS / seconds, written / seconds


def pools_table(directory: str, rounds: int, seed: int = 1) -> str:
    """The table of what each contender gets done in a second."""
    order = random.Random(seed)
    contenders = dict(CONTENDERS)
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in order.sample(list(contenders), len(contenders)):
            path = f"{directory}/{number}-{name.replace(' ', '-')}.db"
            made_database(path)
            try:
                samples[name].append(asyncio.run(one_round(contenders[name], path)))
            except ImportError:
                print(f"{name} is not installed: left out", file=sys.stderr)
                del contenders[name]
        print(f"pools: round {number + 1} of {rounds}", file=sys.stderr)
    lines = [["a second", "look-ups", "inserts beside them"]]
    for name in contenders:
        lines.append([name, *(_cell(samples, name, which) for which in (0, 1))])
    missing = [name for name in CONTENDERS if name not in contenders]
    left_out = f"\nNot installed here, and left out: {', '.join(missing)}.\n" if missing else ""
    return markdown_table(lines) + left_out


def _cell(samples: dict[str, list[tuple[float, float]]], name: str, which: int) -> str:
    own = [sample[which] for sample in samples[name]]
    text = f"{statistics.median(own):,.0f}"
    if name == "azos":
        return text
    ratios = [a / b[which] for a, b in zip(own, samples["azos"], strict=True)]
    return f"{text} ({statistics.median(ratios):.2f}×)"
