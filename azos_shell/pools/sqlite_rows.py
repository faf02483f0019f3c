"""The rows of a running statement, a batch at a time: bounded in rows, in bytes and in time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

FETCH_SECONDS = 0.05
"""A batch that fills slowly is handed on after this long: three frames."""

BATCH_BYTES = 1 << 18
"""Of values in a batch, about: four times what a pipe holds. One row may be larger."""

_SLICE_ROWS = 128
"""So many rows are fetched between two looks at the clock and at their size."""

any_text = partial(str, encoding="utf-8", errors="surrogateescape")
"""Text of any bytes: those that are no UTF-8 become surrogates. Half as fast again as ``str`` itself."""


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch came to: whether the statement has more rows, perhaps; and what went wrong behind those it gave.

    Of the rows before an error the very last is missing: the sqlite3 module looks ahead by one, and drops it.
    """

    goes_on: bool
    error: sqlite3.Error | None = None


class RowSource:
    """Fetches from one cursor, whose connection makes ``any_text`` of text. To be used on its thread."""

    __slots__ = ("_cursor", "_factory", "columns", "is_closed")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._factory: type[str] | partial[str] = str
        self.columns = tuple(str(column[0]) for column in cursor.description)
        self.is_closed = False

    def fetch(self, rows: list[Row], size: int) -> Fetched:
        """Add up to ``size`` rows to none, fewer where they come slowly or are large; closes behind the last.

        Each row stands in ``rows`` as soon as the one behind it is found, for whoever looks meanwhile. Raises
        sqlite3.Error if there are none.
        """
        connection = self._cursor.connection
        connection.text_factory = self._factory
        goes_on = False
        try:
            goes_on = self._fill(rows, size)
            return Fetched(goes_on)
        except sqlite3.Error as error:
            if not rows:
                raise
            return Fetched(goes_on, error)
        finally:
            connection.text_factory = any_text
            if not goes_on:
                self.close()

    def close(self) -> None:
        """End the statement, and with it what it has locked."""
        self._cursor.close()
        self.is_closed = True

    def _fill(self, rows: list[Row], size: int) -> bool:
        """Add rows to ``rows``; False if there are no more."""
        deadline = time.monotonic() + FETCH_SECONDS
        room_bytes, step = BATCH_BYTES, 1
        while len(rows) < size:
            before, wanted = len(rows), min(step, size - len(rows))
            self._extend(rows, wanted)
            if len(rows) - before < wanted:
                return False
            room_bytes -= size_of(rows[before:])
            if room_bytes <= 0 or time.monotonic() > deadline:
                return True
            step = min(step * 2, _SLICE_ROWS)
        return True

    def _extend(self, rows: list[Row], wanted: int) -> None:
        full = len(rows) + wanted
        try:
            rows.extend(islice(self._cursor, wanted))
        except sqlite3.OperationalError as error:
            if self._factory is any_text or hasattr(error, "sqlite_errorcode"):
                raise
            # Not SQLite's error but Python's: text that is no UTF-8. The row before it was added, and the cursor
            # still stands at the row that could not be.
            self._factory = self._cursor.connection.text_factory = any_text
            rows.extend(islice(self._cursor, full - len(rows)))

    def __repr__(self) -> str:
        return f"<RowSource {self._cursor!r}>"


def size_of(rows: Sequence[Row]) -> int:
    """About how many bytes the values hold."""
    import msgspec

    try:
        return len(msgspec.msgpack.encode(rows))  # far quicker than to ask each value
    except ValueError:  # text that stands for bytes that are no UTF-8
        return sum(len(value) if isinstance(value, str | bytes) else 8 for value in chain.from_iterable(rows))
