"""first and count: the beginning of a stream of records, and how many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import Annotated

from azos_shell.commands.rows_input import piped_records, prepared
from azos_shell.plugin import Argument, Call, Chunk, Records, UsageError, command, ensure_loop
from azos_shell.records.grouping import Group, Grouping, GroupTable


@command("first", records=True, reads_records=True, category="Data")
async def first(
    call: Call, number: Annotated[int, Argument(metavar="N", help="how many")] = 10
) -> AsyncIterator[Chunk]:
    """Let the first N records through, and stop what gives them.

    Examples:
        $ printf 'n\\t\\n1\\ta\\n2\\tb\\n' | first 1
        {"n":1,"c2":"a"}
    """
    if number < 0:
        raise UsageError(f"{number}: expected 0 or more")
    batches = piped_records(call)
    left = number
    async with aclosing(batches):
        async for batch in batches:
            yield Records(batch.columns, batch.rows[:left])
            left -= len(batch)
            if left <= 0:
                return


@command("count", records=True, reads_records=True, usage="count [OPTIONS] [by COLUMN…]", category="Data")
async def count(
    call: Call,
    *words: Annotated[str, Argument(metavar="by COLUMN", help="count by the values of these columns")],
) -> AsyncIterator[Chunk]:
    """Count records, all of them or by the values of columns.

    Groups come in the order in which each is first seen; `| sort-by count -r` puts the largest first. More of them
    than memory should hold are counted, too, by way of a temporary file.

    Examples:
        $ printf 'name,age\\nann,3\\nbob,4\\nann,5\\n' | count
        {"count":3}
        $ printf 'name,age\\nann,3\\nbob,4\\nann,5\\n' | count by name
        {"name":"ann","count":2}
        {"name":"bob","count":1}
    """
    if words and (words[0] != "by" or len(words) == 1):
        raise UsageError(f"say `{call.name} by COLUMN…`")
    wanted = words[1:]
    batches = piped_records(call)
    if not wanted:
        total = 0
        async with aclosing(batches):
            async for batch in batches:
                total += len(batch)
        yield Records(("count",), [(total,)])
        return
    grouping = Grouping(wanted)
    async with AsyncExitStack() as stack:
        table: GroupTable | None = None
        ready = await stack.enter_async_context(aclosing(prepared(batches, grouping.prepare)))
        async for batch in ready:
            grouping.add(batch)
            if grouping.is_full:
                if table is None:
                    await ensure_loop()
                    worker = await stack.enter_async_context(call.services.sqlite.private())
                    table = await worker.with_connection(GroupTable)
                await worker.with_connection(partial(_add, table, grouping.take()))
        left = grouping.take()
        if table is None:
            for at in range(0, len(left), _BATCH_ROWS):
                rows = [(*values, number) for values, number in left[at : at + _BATCH_ROWS]]
                yield Records(grouping.names, rows)
            return
        await worker.with_connection(partial(_add, table, left))
        counted = worker.stream(table.query, chunk_size=_BATCH_ROWS)
        async with aclosing(counted):
            async for found in counted:
                yield Records(grouping.names, table.groups(found.rows))


_BATCH_ROWS = 1_000


def _add(table: GroupTable, groups: list[Group], _connection: object) -> None:
    table.add(groups)


COMMANDS = (first, count)
