"""The records that a verb takes: those piped in, with the columns that it asks for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from azos_shell.plugin import Call, Records, UsageError
from azos_shell.pools.sqlite_errors import NoSuchColumnError

if TYPE_CHECKING:
    from azos_shell.records.reading import Reading

ROWS_WITHOUT = 1_000
"""So many rows may come before a column that is asked for: objects do not all have the same keys."""


def piped_records(call: Call, reading: Reading | None = None) -> AsyncGenerator[Records, None]:
    """What is piped in. Raises UsageError at a terminal."""
    if call.stdin.is_terminal():
        raise UsageError(f"nothing is piped in: open FILE | {call.name} …")
    return call.records(reading)


async def prepared(
    batches: AsyncGenerator[Records, None], prepare: Callable[[tuple[str, ...]], Awaitable[None]]
) -> AsyncGenerator[Records, None]:
    """The batches, each after ``prepare`` of its columns.

    While ``prepare`` raises NoSuchColumnError they are held, up to ``ROWS_WITHOUT`` rows: a later one may have it.
    """
    held: list[Records] = []
    missing: NoSuchColumnError | None = None
    async with aclosing(batches):
        async for batch in batches:
            held.append(batch)
            try:
                await prepare(batch.columns)
            except NoSuchColumnError as error:
                if sum(map(len, held)) >= ROWS_WITHOUT:
                    raise
                missing = error
                continue
            for one in held:
                yield one
            held = []
    if held and missing is not None:
        raise missing
