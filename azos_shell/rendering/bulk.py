"""Whole batches of records as bytes, at several times the speed of value by value.

The encoder of JSON writes all values of a batch in one call, much faster than Python makes text of a single float.
That is JSON Lines almost as it stands; for TSV a few passes over the bytes turn the one notation into the other, which
escapes a tab, a newline, a carriage return and a backslash in the same way. What these passes can't do right is left to
whoever asks: None is returned, nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, repeat, starmap
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ENCODER = msgspec.json.Encoder()

_SCALARS = frozenset({type(None), bool, int, float, str})
"""What the encoder writes as it is; of bytes it would make base64."""

# The encoder escapes control characters, so these can't stand in what it wrote.
_ROW_END, _BACKSLASH, _QUOTE, _NOTHING = b"\x00", b"\x01", b"\x02", b"\x03"
_MARK = (msgspec.Raw(_ROW_END),)
_TSV = bytes.maketrans(b"\n" + _ROW_END + _QUOTE, b'\t\n"')
_SMALLEST, _LARGEST = 1e-4, 1e16
"""Between these Python writes floats without an exponent (float_repr_style "short")."""

_WRITTEN_EMPTY = b'"\\"\\""'
_DROPPED = b'"' + _NOTHING


def json_lines(columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> bytes | None:
    """The rows as JSON objects, one a line; ``columns`` are distinct.

    None if a value is of no type of JSON, and for bad UTF-8.
    """
    if not _are_scalars(chain.from_iterable(rows)):
        return None
    row_type = _row_type(columns)
    objects: list[Any]
    if row_type is None:
        objects = [dict(zip(columns, row, strict=True)) for row in rows]
    else:
        objects = list(starmap(row_type, rows))
    try:
        return _ENCODER.encode_lines(objects)
    except UnicodeEncodeError:  # bytes that are no UTF-8
        return None


def tsv_lines(rows: Sequence[tuple[Any, ...]]) -> bytes | None:
    """The rows as TSV. None if a value has no such text, and for control characters, infinities and bad UTF-8."""
    if not rows or not rows[0]:
        return None
    width = len(rows[0])
    values = list(chain.from_iterable(chain.from_iterable(zip(rows, repeat(_MARK)))))
    with_nulls: set[int] = set()
    has_empty_texts = False
    for number in range(width):
        column = values[number :: width + 1]
        if not _is_plain(column):
            kinds = set(map(type, column))
            if not kinds <= _SCALARS or (float in kinds and not _are_written_alike(column)):
                return None
            if type(None) in kinds:
                with_nulls.add(number)
        has_empty_texts = has_empty_texts or "" in column
    try:
        lines = _ENCODER.encode_lines(values)  # one value a line: no newline is part of a value
    except (UnicodeEncodeError, TypeError):  # bytes that are no UTF-8; a kind of text of somebody's own
        return None
    if has_empty_texts:
        lines = _with_empty_texts(lines)
    has_backslashes = b"\\" in lines
    if has_backslashes and _WRITTEN_EMPTY in lines:
        return None  # a text of two quotation marks looks like no text: others know how to write it
    # What is replaced has the length of what replaces it, which is done in place; what is dropped is dropped at once.
    lines = lines.replace(b"\n" + _ROW_END + b"\n", _ROW_END + 2 * _NOTHING)
    if with_nulls:
        lines = _without_nulls(lines, at_row_start=0 in with_nulls)
    if has_backslashes:
        lines = lines.replace(b"\\\\", _BACKSLASH).replace(b'\\"', _QUOTE)
        if b"\\u" in lines or b"\\b" in lines or b"\\f" in lines:
            return None
    text = lines.translate(_TSV, _DROPPED)
    return text.replace(_BACKSLASH, b"\\\\") if has_backslashes else text


def _are_scalars(values: Iterable[Any]) -> bool:
    return _SCALARS.issuperset(map(type, values))


def _is_plain(column: list[Any]) -> bool:
    """Whether a quick look tells that all are text, or all numbers that JSON and Python write alike."""
    try:
        if isinstance(column[0], str):
            "".join(column)
            return True
        total: float = sum(column)
        if isinstance(total, int):
            return True  # all are; bool, which is a kind of int, is written by its type
        return total - total == 0.0 and min(column) >= _SMALLEST and max(column) < _LARGEST
    except (TypeError, OverflowError):
        return False


def _are_written_alike(column: list[Any]) -> bool:
    """Whether JSON and Python have the same text for all floats among the values: none needs an exponent."""
    sizes = [abs(value) for value in column if type(value) is float and value]
    return all(_SMALLEST <= size < _LARGEST for size in sizes)  # NaN is not


def _with_empty_texts(lines: bytes) -> bytes:
    """The lines with those of empty text kept in their quotes, which tell it from NULL."""
    kept = 2 * _QUOTE
    if lines.startswith(b'""\n'):
        lines = kept + lines[2:]
    for _ in range(2):  # two of them side by side share a line end
        lines = lines.replace(b'\n""\n', b"\n" + kept + b"\n")
    return lines


def _without_nulls(lines: bytes, *, at_row_start: bool) -> bytes:
    """The lines with those that say null empty; text that says so stands in quotes."""
    emptied = lines.replace(b"\nnull", b"\n" + 4 * _NOTHING)
    if not at_row_start:
        return emptied
    if emptied.startswith(b"null"):
        emptied = 4 * _NOTHING + emptied[4:]
    return emptied.replace(2 * _NOTHING + b"null", 6 * _NOTHING)


@lru_cache(maxsize=8)
def _row_type(columns: tuple[str, ...]) -> type[msgspec.Struct] | None:
    """A type of records written under these names, which is quicker than dicts; None for names it can't have."""
    fields = [f"f{number}" for number in range(len(columns))]
    try:
        return msgspec.defstruct("Row", fields, rename=dict(zip(fields, columns, strict=True)), gc=False)
    except ValueError:  # quotes, backslashes, control characters, bad UTF-8
        return None
