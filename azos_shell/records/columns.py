"""The columns of a stream of records: names out of a header, and rows out of objects."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from azos_shell.core.names import distinct_names
from azos_shell.core.values import Records


def header_names(fields: Sequence[str]) -> tuple[str, ...]:
    """The names that a header gives: ``c3`` for an empty third one, repeated ones numbered (``id``, ``id_2``)."""
    return distinct_names(tuple([field or f"c{number}" for number, field in enumerate(fields, 1)]))


class ColumnUnion:
    """Brings batches of several streams to one order of columns; columns that are new come at the end."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self.names = names

    def aligned(self, batch: Records) -> Records:
        """The batch with all columns so far; it holds NULL in those that it has not."""
        columns = distinct_names(batch.columns)
        if columns == self.names:
            return batch
        self.names = tuple(dict.fromkeys((*self.names, *columns)))
        if columns == self.names:
            return batch
        places = [columns.index(name) if name in columns else None for name in self.names]
        rows = [tuple([None if place is None else row[place] for place in places]) for row in batch.rows]
        return Records(self.names, rows)

    def __repr__(self) -> str:
        return f"<ColumnUnion {self.names}>"


def place_of(columns: Sequence[str], wanted: str) -> int | None:
    """The place of the column of this name, in any case of its letters if none has it exactly."""
    if wanted in columns:
        return columns.index(wanted)
    lower = wanted.lower()
    return next((place for place, name in enumerate(columns) if name.lower() == lower), None)


def with_columns(message: str, wanted: str, columns: Sequence[str]) -> str:
    """The message that there is no column ``wanted``, with what may have been meant, and with those that there are."""
    import difflib

    if tuple(columns) == LINES:
        message = (
            f"{message}; the text is read as lines: `open -f csv` before it reads names in the first one"
        )
    near = difflib.get_close_matches(wanted, columns, 1)
    listed = ", ".join(columns[:_LISTED]) + (", …" if len(columns) > _LISTED else "")
    return f"{message}{f' (did you mean {near[0]}?)' if near else ''}; there are: {listed or 'none'}"


LINES = ("line",)
"""The columns of text that has no fields."""

_LISTED = 40
"""More names than that are no help."""


class ObjectColumns:
    """Makes rows of objects. Their keys are the columns, in the order in which they are first seen.

    A later batch may have further columns at its end. What an object does not have is NULL.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()

    def batch(self, objects: list[dict[str, Any]]) -> Records:
        """The objects as records."""
        width = len(self.names)
        if width > 1 and {width}.issuperset(map(len, objects)):
            try:
                return Records(self.names, list(map(itemgetter(*self.names), objects)))
            except KeyError:
                pass  # as many keys, but others
        known = dict.fromkeys(self.names)
        for one in objects:
            known.update(dict.fromkeys(one))
        self.names = names = tuple(known)
        return Records(names, [tuple([one.get(name) for name in names]) for one in objects])

    def __repr__(self) -> str:
        return f"<ObjectColumns {self.names}>"
