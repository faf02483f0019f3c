"""Whatever the bytes, reading them gives records or one error, and the same ones however they come."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.core.errors import AzosError
from azos_shell.records.format import FORMATS
from azos_shell.records.reading import Reading, RecordsReader

PIECES = [
    b"a",
    b"1",
    b",",
    b"\t",
    b";",
    b'"',
    b"\n",
    b"\r\n",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b'"a":1',
    b"\xff",
]
BYTES = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join) | st.binary(max_size=30)


def outcome(data: bytes, size: int, **reading: Any) -> tuple[Any, str]:
    """All rows as they are when all columns are known, and the error."""
    reader = RecordsReader(Reading(**reading), "in")
    batches = []
    error = ""
    try:
        for start in range(0, len(data), size):
            batches += reader.feed(data[start : start + size])
        batches += reader.finish()
    except AzosError as raised:
        error = raised.message
    columns = batches[-1].columns if batches else ()
    rows = [row + (None,) * (len(columns) - len(row)) for batch in batches for row in batch.rows]
    return (columns, rows), error


@given(BYTES, st.integers(1, 5))
def test_any_bytes_are_records_or_one_error(data: bytes, size: int) -> None:
    outcome(data, size)
    outcome(data, size, on_error="skip")


@pytest.mark.parametrize("name", FORMATS)
@given(data=BYTES, size=st.integers(1, 5), on_error=st.sampled_from(["stop", "skip"]))
def test_it_does_not_matter_how_they_come(name: str, data: bytes, size: int, on_error: str) -> None:
    whole = outcome(data, len(data) or 1, format=name, on_error=on_error)
    assert outcome(data, size, format=name, on_error=on_error) == whole


@given(
    st.lists(
        st.lists(st.text(alphabet='ab1",\n\r ', max_size=4), min_size=2, max_size=2), min_size=2, max_size=5
    )
)
def test_csv_that_python_writes_is_read_as_python_reads_it(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    (_, rows), error = outcome(text.getvalue().encode(), 4096, format="csv", header=False)
    assert (rows, error) == ([tuple(row) for row in table], "")
