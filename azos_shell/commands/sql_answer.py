"""The answer to one query of SQLite: from a pooled reader, from the writer, or from a connection of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_side import FIRST_CHUNK_ROWS, LARGEST_CHUNK_ROWS, SqliteSide
from azos_shell.commands.sql_tables import Tables
from azos_shell.plugin import Call, Records
from azos_shell.pools.sqlite_errors import NoSuchTableError
from azos_shell.pools.sqlite_script import one_transaction

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker


async def answered(call: Call, question: Question, query: str) -> AsyncGenerator[Records, None]:
    """The rows of one statement. Raises AzosError."""
    if question.engine == "duckdb":
        answer = _by_duckdb(call, question, query)
    elif question.write:
        answer = _written(call, question, query)
    elif question.path is None:
        answer = _private(call, question, query)
    else:
        answer = _read(call, question, question.path, query)
    async with aclosing(answer):
        async for batch in answer:
            yield batch


@asynccontextmanager
async def side_of(call: Call, question: Question) -> AsyncIterator[SqliteSide]:
    """A connection for several statements, with what ``question`` says of it.

    It reads, or, with ``write``, it is the database's one writer.
    """
    async with worker_of(call, question) as worker:
        yield _side(call, question, worker)


@asynccontextmanager
async def worker_of(call: Call, question: Question) -> AsyncIterator[SqliteWorker]:
    """The connection itself. A file that was made for nothing is taken away again."""
    pools = call.services.sqlite
    if question.path is None:
        async with pools.private() as worker:
            yield worker
        return
    if not question.write:
        async with pools.private(question.path) as worker:
            yield worker
        return
    existed = os.path.lexists(question.path)
    try:
        async with pools.pool(question.path, write=True).writer() as worker:
            yield worker
    finally:
        if not existed and _is_empty(question.path):
            os.unlink(question.path)


async def _read(call: Call, question: Question, path: str, query: str) -> AsyncGenerator[Records, None]:
    """From a pooled connection; from one of its own if the query turns out to want other tables, too."""
    pool = call.services.sqlite.pool(path)
    batches = pool.stream(query, question.parameters, FIRST_CHUNK_ROWS, max_chunk_size=LARGEST_CHUNK_ROWS)
    answered = False
    try:
        async with aclosing(batches):
            async for batch in batches:
                answered = True
                yield batch
            return
    except NoSuchTableError:
        if answered:
            raise
        # Asked once more where tables can be made, and the error told with what is near.
    answer = _private(call, question, query)
    async with aclosing(answer):
        async for batch in answer:
            yield batch


async def _private(call: Call, question: Question, query: str) -> AsyncGenerator[Records, None]:
    async with side_of(call, question) as side, aclosing(side.answer(query)) as answer:
        async for batch in answer:
            yield batch


async def _by_duckdb(call: Call, question: Question, query: str) -> AsyncGenerator[Records, None]:
    from azos_shell.commands.sql_duckdb import duckdb_side

    async with duckdb_side(call, question) as side, aclosing(side.answer(query)) as answer:
        async for batch in answer:
            yield batch


async def _written(call: Call, question: Question, query: str) -> AsyncGenerator[Records, None]:
    async with (
        worker_of(call, question) as worker,
        one_transaction(worker, begins=False),
        aclosing(_side(call, question, worker).answer(query)) as answer,
    ):
        async for batch in answer:
            yield batch


def _side(call: Call, question: Question, worker: SqliteWorker) -> SqliteSide:
    tables = Tables(call, worker, question.reading)
    return SqliteSide(worker, tables, question.parameters, write=question.write)


def _is_empty(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False
