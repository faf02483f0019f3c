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
