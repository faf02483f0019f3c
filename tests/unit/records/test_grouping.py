"""Records counted by values, in memory and beyond it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.errors import AzosError
from azos_shell.core.values import Records
from azos_shell.pools.sqlite_errors import NoSuchColumnError
from azos_shell.records.grouping import Grouping, GroupTable

VALUES = st.sampled_from([None, 0, 1, 1.0, 1.5, True, False, "1", "", "x\udcff", b"x", [1], [1.5], {"a": 1}])


async def counted(rows: list[tuple[Any, ...]], limit: int) -> list[tuple[Any, ...]]:
    grouping = Grouping(["B"], limit=limit)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        table = GroupTable(connection)
        for row in rows:
            await grouping.prepare(("a", "b"))
            grouping.add(Records(("a", "b"), [row]))
            if grouping.is_full:
                table.add(grouping.take())
        table.add(grouping.take())
        return table.groups(connection.execute(table.query).fetchall())


@given(st.lists(st.tuples(st.none(), VALUES), max_size=30), st.integers(1, 5))
async def test_it_does_not_matter_how_often_memory_was_full(rows: list[tuple[Any, ...]], limit: int) -> None:
    spilled = await counted(rows, limit)
    at_once = await counted(rows, 1_000)
    assert list(map(repr, spilled)) == list(map(repr, at_once))
    assert sum(row[-1] for row in spilled) == len(rows)


async def test_equal_numbers_are_one_group_that_shows_the_first() -> None:
    rows = [(None, value) for value in (1.0, True, 1, "1", 2, 2)]
    assert list(map(repr, await counted(rows, 2))) == ["(1.0, 3)", "('1', 1)", "(2, 2)"]


async def test_a_column_called_count_keeps_its_name() -> None:
    grouping = Grouping(["count"])
    await grouping.prepare(("count",))
    assert grouping.names == ("count", "count_2")
    with pytest.raises(NoSuchColumnError, match=r"no such column: count \(did you mean amount\?\)"):
        await grouping.prepare(("amount",))


async def test_what_is_nested_too_deeply_is_an_error_like_any_other() -> None:
    deep: list[Any] = []
    for _ in range(2_500):
        deep = [deep]
    with pytest.raises(AzosError, match="nested too deeply"):
        await counted([(None, deep)], 1)
