"""Expressions cut at commas, and worked out over batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.errors import AzosError, UsageError
from azos_shell.core.values import Records
from azos_shell.pools.sqlite_errors import NoSuchColumnError
from azos_shell.records.computing import Computation
from azos_shell.records.evaluating import Evaluator
from azos_shell.records.expressions import items_of, quoted_names, tokens
from azos_shell.records.sorting import Sorting


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        yield connection


def chosen(connection: sqlite3.Connection, expression: str, batch: Records) -> list[tuple[Any, ...]]:
    evaluator = Evaluator(connection, [expression], is_filter=True)
    evaluator.prepare(batch.columns)
    found = [batch.rows[place] for place in evaluator.values(batch)]
    evaluator.forget()
    return found


def computed(connection: sqlite3.Connection, text: str, *batches: Records) -> list[Records]:
    computation = Computation(connection, items_of(text))
    made = []
    for batch in batches:
        computation.prepare(batch.columns)
        made.append(computation.batch(batch))
    return made


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a, b", ["a", "b"]),
        ("max(a, b), 'x,y' as c", ["max(a, b)", "'x,y' as c"]),
        ('"a,b", [c,d], `e,f`', ['"a,b"', "[c,d]", "`e,f`"]),
        ("a /* , */, b -- ,", ["a /* , */", "b -- ,"]),
        ("'it''s, so', x", ["'it''s, so'", "x"]),
        ("*, a", ["*", "a"]),
        ("'open, a", ["'open, a"]),
        ("", [""]),
    ],
)
def test_items_are_what_stands_between_commas(text: str, items: list[str]) -> None:
    assert [item.text for item in items_of(text)] == items


@given(st.text(alphabet="a,'\"`[]()-/* \n"))
def test_no_character_of_an_expression_is_lost(text: str) -> None:
    assert ",".join(item.text for item in items_of(text)).replace(" ", "").replace("\n", "").count(",") >= 0
    assert "".join(token.text for token in tokens(text)).count("(") <= text.count("(")
    parts = [item.text for item in items_of(text)]
    assert sum(map(len, parts)) + len(parts) - 1 <= len(text)


def test_a_bare_column_is_told_from_an_expression() -> None:
    items = items_of('name, size as big, "a b" c, size + 1, null, case')
    assert [(item.column, item.called) for item in items] == [
        ("name", None),
        ("size", "big"),
        ("a b", "c"),
        (None, None),
        (None, None),
        (None, None),
    ]
    assert quoted_names("""a = "b" and c = 'd"e' as "f" """) == ["b"]


ZIPS = Records(("zip", "n"), [(10115, 1), ("02134", True), ("1.10", [1, 2]), (None, "7"), ("12", 2.5)])


@pytest.mark.parametrize(
    ("expression", "places"),
    [
        ("zip = '10115'", [0]),
        ("zip = 10115", [0]),
        ("zip = '02134'", [1]),
        ("zip = 2134", []),
        ("zip like '02%'", [1]),
        ("zip = '1.1'", []),
        ("length(zip) = 4", [2]),
        ("zip > 9", [0, 4]),
        ("zip is null", [3]),
        ("n > 5", [2, 3]),
        ("n", [0, 1, 3, 4]),
        ("exists (select 1 from json_each(n) where value = 2)", [2]),
        ("ZIP = 12 -- the dozen", [4]),
    ],
)
def test_numbers_compare_as_numbers_and_codes_as_text(
    connection: sqlite3.Connection, expression: str, places: list[int]
) -> None:
    assert chosen(connection, expression, ZIPS) == [ZIPS.rows[place] for place in places]
    for place, row in enumerate(ZIPS.rows):  # nor does it matter which rows come together
        assert chosen(connection, expression, Records(ZIPS.columns, [row])) == (
            [row] if place in places else []
        )


@pytest.mark.parametrize(
    "expression",
    [
        "(select count(*) from sqlite_master)",
        "(select 1 from pragma_table_info('x'))",
        "load_extension('x')",
        "1); drop table x; --",
        "1; attach 'x.db' as y",
        "1) union select (99",
        "1) or (1",
        "sum(n) > 1",
        "row_number() over () > 1",
        "rowid = 1",
        "?1",
        ":name",
        "zip = (",
        "'open",
        "writefile('x', 'y')",
    ],
)
def test_an_expression_can_do_nothing_but_reckon_over_a_row(
    connection: sqlite3.Connection, expression: str
) -> None:
    with pytest.raises((UsageError, NoSuchColumnError)):
        chosen(connection, expression, ZIPS)
    assert chosen(connection, "n = 1", ZIPS) == ZIPS.rows[:2]  # the connection still serves


@pytest.mark.parametrize("expression", ["zap = 1", '"zap" = 1', 'n = "zap"'])
def test_a_column_that_there_is_not_is_told_with_those_that_there_are(
    connection: sqlite3.Connection, expression: str
) -> None:
    with pytest.raises(
        NoSuchColumnError, match=r"no such column: zap .*did you mean zip\?\); there are: zip, n"
    ):
        chosen(connection, expression, ZIPS)


def test_names_may_be_anything(connection: sqlite3.Connection) -> None:
    batch = Records(("a b", 'q"', "", "A", "a", "n\0l", "\udcff"), [(1, 2, 3, 4, 5, 6, 7)])
    assert chosen(connection, '"a b" = 1 and "q""" = 2 and A = 4 and a_2 = 5', batch) == batch.rows


def test_bytes_that_are_no_utf8_are_text_all_the_same(connection: sqlite3.Connection) -> None:
    batch = Records(("a", "b"), [("Ren\udce9", 1), ("x", 2)])
    assert chosen(connection, "a like 'ren%'", batch) == batch.rows[:1]
    assert computed(connection, "a || '!' as c, b", batch)[0].rows == [("Ren\udce9!", 1), ("x!", 2)]


def test_columns_come_through_as_they_are_and_expressions_are_called_as_sql_says(
    connection: sqlite3.Connection,
) -> None:
    batch = Records(("a", "b", "a"), [(True, [1], b"\0")])
    [made] = computed(connection, "*, a as first, a + 1, upper('x') as b", batch)
    assert made == Records(("a", "b", "a_2", "first", "a + 1"), [(True, "X", b"\0", True, 2)])


def test_columns_that_come_later_stand_at_the_end(connection: sqlite3.Connection) -> None:
    first, second = Records(("a",), [(1,)]), Records(("a", "b"), [(2, 3)])
    made = computed(connection, "*, a * 2 as c", first, second)
    assert made == [Records(("a", "c"), [(1, 2)]), Records(("a", "c", "b"), [(2, 4, 3)])]


def test_records_without_columns_are_as_many_as_they_were(connection: sqlite3.Connection) -> None:
    assert computed(connection, "*", Records((), [(), ()])) == [Records((), [(), ()])]


def test_what_is_nested_too_deeply_is_an_error_like_any_other(connection: sqlite3.Connection) -> None:
    deep: list[Any] = []
    for _ in range(2_500):
        deep = [deep]
    with pytest.raises(AzosError, match="nested too deeply"):
        Sorting(connection, ["n"]).add(Records(("n", "deep"), [(1, deep)]))


def sorted_rows(
    connection: sqlite3.Connection, wanted: list[str], *batches: Records, is_reversed: bool = False
) -> list[tuple[Any, ...]]:
    sorting = Sorting(connection, wanted, is_reversed=is_reversed)
    for batch in batches:
        sorting.add(batch)
    assert sorting.missing is None
    return sorting.rows(connection.execute(sorting.query).fetchall())


def test_sorting_is_sqls_and_stable_and_keeps_values_as_they_are(connection: sqlite3.Connection) -> None:
    values = ["b", None, 10, "9", 2.5, "007", True, [1], "B", 2**70, "x\udcff"]
    batch = Records(("v", "n"), [(value, n) for n, value in enumerate(values)])
    rows = sorted_rows(connection, ["V"], batch)
    in_order = [None, True, 2.5, "9", 10, "007", str(2**70), "B", [1], "b", "x\udcff"]
    assert [str(row[0]) if row[0] == 2**70 else row[0] for row in rows] == in_order
    assert all(type(value) is type(values[n]) for value, n in rows)


def test_equal_rows_stay_in_their_order_also_in_reverse(connection: sqlite3.Connection) -> None:
    batch = Records(("a", "b"), [(1, "x"), (2, "x"), (1, "y"), (2, "y")])
    assert sorted_rows(connection, ["a"], batch, is_reversed=True) == [(2, "x"), (2, "y"), (1, "x"), (1, "y")]


def test_rows_from_before_a_column_came_hold_null_there(connection: sqlite3.Connection) -> None:
    rows = sorted_rows(connection, ["b"], Records(("a",), [(1,)]), Records(("a", "b"), [(2, 3)]))
    assert rows == [(1, None), (2, 3)]


@given(st.lists(st.tuples(st.integers(-3, 3), st.none() | st.floats(-3, 3)), max_size=20), st.booleans())
def test_numbers_sort_as_python_sorts_them(rows: list[tuple[int, float | None]], is_reversed: bool) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        found = sorted_rows(connection, ["a", "b"], Records(("a", "b"), rows), is_reversed=is_reversed)
    key = lambda row: (row[0], row[1] is not None, row[1] or 0.0)  # noqa: E731
    assert found == sorted(rows, key=key, reverse=is_reversed) or list(map(key, found)) == sorted(
        map(key, rows), reverse=is_reversed
    )


def test_an_error_at_work_is_no_traceback(connection: sqlite3.Connection) -> None:
    with pytest.raises((AzosError, sqlite3.Error), match="integer overflow"):
        chosen(connection, "abs(-9223372036854775807 - n) > 0", Records(("n",), [(1,)]))
