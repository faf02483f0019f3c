"""Which text is a number, and which only looks like one: '007', '+49' and '1e5' are codes, not quantities."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def _code(blank: str, end: str, any_but_e: str) -> str:
    """A number that would not come back as it was written: leading zero or plus, exponent without a point or sign
    (more often a hash than a number), trailing point, more digits than 64 bits hold, an exponent beyond a double's.
    """
    return (
        rf"{blank}*(?={_NUMBER}{blank}*{end})"
        rf"(?:[+-]?0\d|\+|[+-]?\d+(?:[eE]\d|\.{blank}*{end})|{any_but_e}*[eE][+-]?\d{{3}}"
        r"|[+-]?(?:\d{20}|9[2-9]\d{17}))"
    )


CODE = re.compile(_code(r"\s", r"\Z", "[^eE]"), re.ASCII)
"""Matches a code."""

CODE_LINE = re.compile("^" + _code(r"[^\S\n]", "$", r"[^eE\n]"), re.ASCII | re.MULTILINE)
"""Finds a line that is a code: a whole column is looked through at once, its fields joined by newlines."""

_POINT_OR_EXPONENT = re.compile(r"\d\.|\.\d|\d[eE]", re.ASCII)
_REAL = re.compile(r"\s*(?=[^.eE]*[.eE])" + _NUMBER + r"\s*", re.ASCII)
_QUANTITY = re.compile(_NUMBER, re.ASCII)


def holds_code(fields: Sequence[str]) -> bool:
    """Whether any of these is one."""
    return CODE_LINE.search("\n".join(fields)) is not None and any(map(CODE.match, fields))


def as_numbers(fields: Sequence[str | None]) -> Sequence[float | str | None]:
    """The fields of a column without codes, those with a point or an exponent as the numbers that they are.

    SQLite would make numbers of them, too, but not always the nearest ones. Integers it reads right.
    """
    if _POINT_OR_EXPONENT.search("\n".join(filter(None, fields))) is None:
        return fields
    is_real = _REAL.fullmatch
    return [float(field) if field and is_real(field) else field for field in fields]


def is_code(text: str) -> bool:
    """Whether it is written as a number but would be another text as one."""
    return CODE.match(text) is not None


def typed(text: str) -> int | float | str:
    """The number that the text is, else the text."""
    if _QUANTITY.fullmatch(text) is None or is_code(text):
        return text
    try:
        return int(text)
    except ValueError:
        return float(text)
