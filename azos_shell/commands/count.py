"""first and count: the beginning of a stream of records, and how many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Annotated, Any

from azos_shell.commands.rows_input import piped_records, prepared
from azos_shell.core.names import distinct_names
from azos_shell.plugin import Argument, Call, Chunk, Records, UsageError, command
from azos_shell.pools.sqlite_errors import NoSuchColumnError
from azos_shell.records.columns import place_of, with_columns


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

    Groups come in the order in which each is first seen; `| sort-by count -r` puts the largest first. They are held
    in memory: for more of them than it holds there is `sql`.

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
    groups = _Groups(wanted)
    ready = prepared(batches, groups.prepare)
    async with aclosing(ready):
        async for batch in ready:
            groups.add(batch)
    for chunk in groups.batches():
        yield chunk


_BATCH_ROWS = 1_000


class _Groups:
    """How many records there are of each combination of values."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = wanted
        self._places: list[int] = []
        self._names: tuple[str, ...] = tuple(wanted)
        self._groups: dict[Any, list[Any]] = {}

    async def prepare(self, columns: tuple[str, ...]) -> None:
        """Find the columns. Raises NoSuchColumnError."""
        places = []
        for name in self._wanted:
            place = place_of(columns, name)
            if place is None:
                raise NoSuchColumnError(with_columns(f"no such column: {name}", name, columns), name)
            places.append(place)
        self._places = places
        self._names = tuple(columns[place] for place in places)

    def add(self, batch: Records) -> None:
        """Count these."""
        width = len(batch.columns)
        groups = self._groups
        for row in batch.rows:
            values = tuple([row[place] if place < width else None for place in self._places])
            key = tuple([repr(value) if isinstance(value, list | dict) else value for value in values])
            group = groups.get(key)
            if group is None:
                groups[key] = [values, 1]
            else:
                group[1] += 1

    def batches(self) -> list[Records]:
        """The groups."""
        names = distinct_names((*self._names, "count"))
        rows = [(*values, number) for values, number in self._groups.values()]
        return [Records(names, rows[at : at + _BATCH_ROWS]) for at in range(0, len(rows), _BATCH_ROWS)]

    def __repr__(self) -> str:
        return f"<_Groups by {list(self._wanted)}: {len(self._groups)}>"


COMMANDS = (first, count)
