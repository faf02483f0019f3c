"""Records written in a format and read again are the records that they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.values import Records
from azos_shell.records.reading import Reading, RecordsReader
from azos_shell.rendering import formatter

TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "12",
        "-1.5",
        "007",
        "1e5",
        "true",
        "false",
        "\\N",
        '""',
        "x\r\ny",
        '"',
        "a,b",
        "a\tb",
        "\\t",
        "-0",
        ".",
    ]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | TEXTS
NAMES = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4, unique=True).map(tuple)


def tables(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Records]:
    return NAMES.flatmap(
        lambda names: st.lists(st.tuples(*[values] * len(names)), min_size=1, max_size=5).map(
            lambda rows: Records(names, rows)
        )
    )


def written(name: str, records: Records) -> bytes:
    one = formatter(name)
    return one.feed(records) + one.finish()


def read_again(data: bytes, size: int, **reading: Any) -> Records:
    reader = RecordsReader(Reading(**reading), "in")
    batches = [b for start in range(0, len(data), size) for b in reader.feed(data[start : start + size])]
    batches += reader.finish()
    return Records(batches[-1].columns, [row for batch in batches for row in batch.rows])


def exactly(records: Records) -> Any:
    """The records with the types of their values, which == would let differ (1, 1.0, True)."""
    return records.columns, [[(type(value), repr(value)) for value in row] for row in records.rows]


SIZES = st.sampled_from([1, 3, 65_536])


@given(tables(VALUES), SIZES)
def test_csv_keeps_values_types_and_names(records: Records, size: int) -> None:
    assert exactly(read_again(written("csv", records), size, format="csv")) == exactly(records)


@given(tables(VALUES), SIZES)
def test_csv_of_several_columns_is_known_by_its_content(records: Records, size: int) -> None:
    if len(records.columns) > 1 and size > 3:  # a header alone may be anything
        assert exactly(read_again(written("csv", records), size)) == exactly(records)


@pytest.mark.parametrize("name", ["json", "jsonl"])
@given(records=tables(VALUES | st.lists(VALUES, max_size=2)), size=SIZES)
def test_json_keeps_everything(name: str, records: Records, size: int) -> None:
    assert exactly(read_again(written(name, records), size)) == exactly(records)


def is_kept_by_tsv(value: Any) -> bool:
    """Whether a text is not one that looks like a number or a truth value."""
    return not isinstance(value, str) or value in ("", "\\N", '""') or not set(value) & set("0123456789tf")


@given(tables(VALUES.filter(is_kept_by_tsv)), SIZES)
def test_tsv_keeps_all_but_the_type_of_text_that_looks_like_a_number(records: Records, size: int) -> None:
    assert exactly(read_again(written("tsv", records), size, format="tsv")) == exactly(records)
