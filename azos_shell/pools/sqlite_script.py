"""A script of SQL that writes.

Its statements in order, one transaction, nothing of it left on the connection.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from azos_shell.core.values import Records

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import Parameters, SqliteWorker

_NOTHING = re.compile(r"(?:\s|;|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*+", re.DOTALL)
_LARGEST_CHUNK_ROWS = 1000


async def run_script(
    worker: SqliteWorker, script: str, parameters: Parameters = ()
) -> AsyncGenerator[Records, None]:
    """Run every statement and yield the rows it gives; all of the script holds, or nothing of it.

    Raises AzosError; BEGIN and COMMIT in the script are refused, since the script is one transaction
    already.
    """
    statements = statements_of(script)
    async with one_transaction(worker, begins=len(statements) != 1):
        for statement in statements:
            batches = worker.stream(statement, parameters, max_chunk_size=_LARGEST_CHUNK_ROWS)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch


@asynccontextmanager
async def one_transaction(worker: SqliteWorker, *, begins: bool = True) -> AsyncIterator[None]:
    """What is run on the worker in this block holds as a whole, or nothing of it, and leaves nothing behind.

    One statement is atomic by itself, and some (VACUUM, journal modes) refuse to be in a transaction: then
    ``begins`` is False, and the block is no transaction but may hold one.
    """
    guard = _Guard(in_transaction=begins)
    await worker.with_connection(lambda connection: connection.set_authorizer(guard.authorize))
    try:
        if begins:
            await worker.with_connection(lambda connection: connection.execute("BEGIN IMMEDIATE"))
        guard.armed = True
        yield
        guard.armed = False
        if begins:
            await worker.with_connection(lambda connection: connection.execute("COMMIT"))
    finally:
        guard.armed = False
        await worker.run(worker.restore)
        worker.spent |= guard.altered


def statements_of(script: str) -> list[str]:
    """The statements that do something, in order; a semicolon in a string, comment or trigger ends none."""
    statements, begin = [], 0
    for mark in re.finditer(";", script):
        piece = script[begin : mark.end()]
        if sqlite3.complete_statement(piece):
            statements.append(piece)
            begin = mark.end()
    statements.append(script[begin:])
    return [statement.strip() for statement in statements if not is_blank(statement)]


def is_blank(statement: str) -> bool:
    """Whether there is nothing but blanks, comments and semicolons."""
    return _NOTHING.fullmatch(statement) is not None


class _Guard:
    """Refuses to let a script end its transaction, and notes what would outlive it on the connection."""

    def __init__(self, *, in_transaction: bool) -> None:
        self.in_transaction = in_transaction
        self.armed = False
        self.altered = False

    def authorize(
        self, action: int, _first: str | None, second: str | None, database: str | None, _inner: str | None
    ) -> int:
        """What SQLite asks for each action of a statement it prepares."""
        if not self.armed:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_TRANSACTION and self.in_transaction:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_ATTACH or (action == sqlite3.SQLITE_PRAGMA and second is not None):
            self.altered = True
        if database == "temp":
            self.altered = True
        return sqlite3.SQLITE_OK
