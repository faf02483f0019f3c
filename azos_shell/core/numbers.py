"""Which text is a number, and which only looks like one: '007', '+49' and '1e5' are codes, not quantities."""

from __future__ import annotations

import re

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"

# A number that would not come back as it was written: leading zero or plus, exponent without a point or sign
# (more often a hash than a number), trailing point, more digits than 64 bits hold, an exponent beyond a
# double's.
CODE = re.compile(
    rf"\s*(?={_NUMBER}\s*\Z)"
    r"(?:[+-]?0\d|\+|[+-]?\d+(?:[eE]\d|\.\s*\Z)|[^eE]*[eE][+-]?\d{3}|[+-]?(?:\d{20}|9[2-9]\d{17}))",
    re.ASCII,
)
_QUANTITY = re.compile(_NUMBER, re.ASCII)


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
    """What an unquoted field of CSV or TSV stands for: NULL if it is empty, a truth value, a number, else text."""
    if not field:
        return None
    if field in _TRUTH:
        return _TRUTH[field]
    return typed(field)


_TRUTH = {"true": True, "false": False}
