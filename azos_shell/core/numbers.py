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

_CODE_LINE = re.compile("\n" + _code(r"[^\S\n]", r"\n", r"[^eE\n]"), re.ASCII)
_LEADING_ZERO = re.compile(r"\n-?0\d", re.ASCII)
_LONG_NUMBER = 19
"""Characters from which on a number may be beyond 64 bits."""

_NUMERIC_LINE = re.compile(r"\n[^\S\n]*[+-]?\.?\d", re.ASCII)
_REAL = re.compile(r"\s*(?=[^.eE]*[.eE])" + _NUMBER + r"\s*", re.ASCII)
_QUANTITY = re.compile(_NUMBER, re.ASCII)


def holds_code(fields: Sequence[str]) -> bool:
    """Whether any of these, which are not empty, is one.

    A whole column is looked through at once, a field a line; columns of plain numbers and dates, the most common,
    without a pattern that must be tried at every line.
    """
    lines = "\n".join(("", *fields, ""))
    if lines.replace("\n", "").replace(".", "").replace("-", "").isdigit():
        is_plain = _LEADING_ZERO.search(lines) is None and ".\n" not in lines
        if is_plain and max(map(len, fields)) < _LONG_NUMBER:
            return False
    return _CODE_LINE.search(lines) is not None and any(map(CODE.match, fields))


def as_numbers(fields: Sequence[str | None]) -> Sequence[float | str | None]:
    """The fields of a column without codes, those with a point or an exponent as the numbers that they are.

    SQLite would make numbers of them, too, but not always the nearest ones. Integers it reads right.
    """
    lines = "\n".join(("", *filter(None, fields)))
    if ("." not in lines and "e" not in lines and "E" not in lines) or _NUMERIC_LINE.search(lines) is None:
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


def field_value(field: str) -> int | float | bool | str | None:
    """What an unquoted field of CSV or TSV stands for.

    NULL if it is empty, else a truth value, a number if it would come back as it was written, or text.
    """
    if not field:
        return None
    if field in _TRUTH:
        return _TRUTH[field]
    value = typed(field)
    if value is field and field[-1] in "0123456789":
        return _extreme(field)
    return value if value or field != "-0" else field


_TRUTH = {"true": True, "false": False}
_INTEGER_LIMIT = 2**63


def _extreme(text: str) -> int | float | str:
    """The number, if the text is how Python writes an integer of 64 bits or a double, else the text."""
    if len(text) > 24 or _QUANTITY.fullmatch(text) is None:
        return text
    if not any(mark in text for mark in ".eE"):
        number = int(text)
        return number if str(number) == text and -_INTEGER_LIMIT <= number < _INTEGER_LIMIT else text
    return float(text) if repr(float(text)) == text else text
