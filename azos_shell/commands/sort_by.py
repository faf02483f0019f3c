"""sort-by: records in the order of some columns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from azos_shell.commands.rows_input import ROWS_WITHOUT, piped_records
from azos_shell.plugin import (
    Argument,
    AzosError,
    Call,
    Chunk,
    Option,
    Records,
    UsageError,
    command,
    ensure_loop,
)
from azos_shell.records.columns import with_columns
from azos_shell.records.sorting import Sorting

_FIRST_ROWS = 100
_MOST_ROWS = 1_000


@command("sort-by", records=True, reads_records=True, usage="sort-by [OPTIONS] COLUMN…", category="Data")
async def sort_by(
    call: Call,
    *column: Annotated[str, Argument(metavar="COLUMN", help="what to sort by; then by the next")],
    reverse: Annotated[bool, Option("-r", help="the largest first")] = False,
) -> AsyncIterator[Chunk]:
    """Sort records by columns.

    The order is SQL's: NULL, then numbers, then text by its characters' codes. Records that are equal stay in the
    order in which they came. More than memory holds is sorted, too, by way of a temporary file.

    Examples:
        $ printf 'name,age\\nann,31\\nbob,4\\n' | sort-by age
        {"name":"bob","age":4}
        {"name":"ann","age":31}

    Exit status:
        0; 1 for a column that there is not; 2 if no column is said.
    """
    if not column:
        raise UsageError("COLUMN is missing")
    batches = piped_records(call)
    await ensure_loop()
    async with call.services.sqlite.private() as worker:
        sorting = await worker.with_connection(
            lambda connection: Sorting(connection, column, is_reversed=reverse)
        )
        async with aclosing(batches):
            async for batch in batches:
                await worker.with_connection(lambda _, batch=batch: sorting.add(batch))  # type: ignore[misc]
                if sorting.row_count >= ROWS_WITHOUT:
                    _check(sorting)
        if not sorting.columns:
            return
        _check(sorting)
        ordered = worker.stream(sorting.query, chunk_size=_FIRST_ROWS, max_chunk_size=_MOST_ROWS)
        async with aclosing(ordered):
            async for wholes in ordered:
                yield Records(sorting.columns, sorting.rows(wholes.rows))


def _check(sorting: Sorting) -> None:
    missing = sorting.missing
    if missing is not None:
        raise AzosError(with_columns(f"no such column: {missing}", missing, sorting.columns))


COMMANDS = (sort_by,)
