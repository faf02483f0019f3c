"""Fields as one JSON value: ``a[b]=c`` is an object in an object, ``a[]=c`` adds to an array, ``a[2]=c`` sets in one.

The syntax is that of HTTPie 3. A backslash before a bracket makes it part of the name, one before a number a name.
"""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

from azos_shell.plugin import UsageError

LONGEST_ARRAY = 10_000
"""``a[999999999]=1`` would fill the memory with nulls."""

DEEPEST = 100

_STEP = re.compile(r"\[((?:\\.|[^\[\]\\])*)\]", re.DOTALL)
_NAME = re.compile(r"(?:\\[\[\]\\0-9]|[^\[])*", re.DOTALL)
_INDEX = re.compile(r"[0-9]+")
_ESCAPE = re.compile(r"\\([\[\]\\0-9])")


class _End:
    """The place behind the last element."""


_END = _End()
Step = str | int | _End


def encode_fields(fields: list[tuple[str, Any]]) -> bytes:
    """The fields as JSON. A value is a string, or ``msgspec.Raw`` with JSON that is left as it is written."""
    root: Any = None
    for key, value in fields:
        root = _put(root, steps_of(key), value, key)
    try:
        return msgspec.json.encode(root)
    except UnicodeEncodeError as error:
        raise UsageError("a field is not UTF-8, which JSON must be; send it with --data @FILE") from error


def raw_json(key: str, text: str) -> msgspec.Raw:
    """``text`` as it is, checked to be JSON."""
    try:
        data = text.encode()
        msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"the value of {key}:= is no JSON: {text[:60]!r} (a string is written {key}=…)"
        ) from error
    return msgspec.Raw(data.strip())


def steps_of(key: str) -> list[Step]:
    """``a[b][]`` as the steps from the root to the place."""
    name = cast("re.Match[str]", _NAME.match(key))
    steps: list[Step] = [_ESCAPE.sub(r"\1", name[0])] if name[0] or not key else []
    position = name.end()
    while position < len(key):
        step = _STEP.match(key, position)
        if step is None:
            raise UsageError(
                f"bad field name {key!r}: write name[key], name[0] or name[]; \\[ for a bracket itself"
            )
        inside = step[1]
        if not inside:
            steps.append(_END)
        elif _INDEX.fullmatch(inside):
            steps.append(int(inside[:9]))
        else:
            steps.append(_ESCAPE.sub(r"\1", inside))
        position = step.end()
    if len(steps) > DEEPEST:
        raise UsageError(f"field {key[:40]!r}…: fields nest {DEEPEST} deep at most")
    return steps


def _put(place: Any, steps: list[Step], value: Any, key: str) -> Any:
    """``place`` with the value put at the end of the steps; made where there is none."""
    if not steps:
        return value
    if isinstance(place, msgspec.Raw):
        place = msgspec.json.decode(place)
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        place = {} if place is None else place
        if not isinstance(place, dict):
            raise UsageError(f"field {key!r}: {step!r} can't be put into {_kind(place)}")
        place[step] = _put(place.get(step), rest, value, key)
        return place
    place = [] if place is None else place
    if not isinstance(place, list):
        raise UsageError(f"field {key!r}: an element can't be put into {_kind(place)}")
    index = len(place) if isinstance(step, _End) else step
    if index >= LONGEST_ARRAY:
        raise UsageError(f"field {key!r}: arrays are written up to {LONGEST_ARRAY} elements")
    place.extend([None] * (index + 1 - len(place)))
    place[index] = _put(place[index], rest, value, key)
    return place


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "a string" if isinstance(value, str) else "what is no object or array"
