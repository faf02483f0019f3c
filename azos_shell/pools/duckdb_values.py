"""DuckDB's values as those of ``Records``: None, bool, int, float, str, bytes, and lists and dicts of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

_PLAIN_TYPES = frozenset(
    {
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "DOUBLE",
        "VARCHAR",
        "BLOB",
    }
)
_PLAIN = frozenset({type(None), bool, int, float, str, bytes})

Rows = list[tuple[Any, ...]]


def converter(types: Sequence[str]) -> Callable[[Rows], Rows]:
    """What makes rows of columns of these types into rows of ``Records``; most need nothing done."""
    if _PLAIN_TYPES.issuperset(types):
        return lambda rows: rows
    return lambda rows: [tuple([v if v.__class__ in _PLAIN else plain(v) for v in row]) for row in rows]


def plain(value: Any) -> Any:
    """One value. What a Record can't hold becomes text as SQL writes it.

    A decimal is a number where a double is exactly that number, else text: nothing is rounded.
    """
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    return _number(value) if isinstance(value, Decimal) else str(value)  # dates, times, intervals, UUIDs


def _number(value: Decimal) -> float | str:
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else str(value)
