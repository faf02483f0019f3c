"""What a value of a record means to a plot: a number, a moment, a text, or nothing that can be drawn."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from azos_shell.core.numbers import is_code
from azos_shell.rendering.cells import cell_text
from azos_shell.rendering.plot_axis import LARGEST

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATE: Final = re.compile(
    r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?"
    r"(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_MONTH_FIRST: Final = re.compile(r"([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}),? (\d{4})", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[ -]([A-Z][a-z]{2})[a-z]*\.?[ -](\d{4})", re.ASCII)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number_of(value: Any) -> float | None:
    """The number; None for what is none. Infinities, NaN and what is too large to draw are NaN."""
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            return math.nan
        return number if -LARGEST <= number <= LARGEST else math.nan
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return number_of(float(value))
    return None


def is_quantity(value: Any) -> bool:
    """Whether the value itself says that it is a number: text such as ``007`` is a code."""
    return number_of(value) is not None and not (isinstance(value, str) and is_code(value.strip()))


def moment_of(value: Any) -> float | None:
    """Seconds since 1970 in UTC of text that is a date, or a date and time; None for anything else.

    Understood are ISO 8601's calendar dates, also with ``/`` or ``.`` and down to months, and ``Jan 2 2000``. What
    names no time zone is taken as UTC.
    """
    return _moment(value.strip()) if isinstance(value, str) and 6 <= len(value) <= 40 else None


@lru_cache(maxsize=4096)
def _moment(text: str) -> float | None:
    try:
        return _parsed(text)
    except (ValueError, OverflowError):
        return None


def _parsed(text: str) -> float | None:
    if found := _DATE.fullmatch(text):
        year, mark, month, day, clock, zone = found.groups()
        if day is None and (clock or mark == "."):
            return None
        hours = f"T{clock.rjust(5, '0') if len(clock) < 6 else clock.rjust(8, '0')}" if clock else ""
        iso = f"{year}-{month:0>2}-{day or 1:0>2}{hours.replace(',', '.')}{zone or '+00:00' if clock else ''}"
        at = datetime.fromisoformat(iso)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if found := _MONTH_FIRST.fullmatch(text):
        name, day, year = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, name, year = found.groups()
    else:
        return None
    if name not in _MONTHS:
        return None
    return datetime(int(year), _MONTHS.index(name) + 1, int(day), tzinfo=UTC).timestamp()


def text_of(value: Any) -> str:
    """The text that a bar or a series is called by."""
    return "NULL" if value is None else cell_text(value)
