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
    has_nulls = False
    for number in range(width):
        column = values[number :: width + 1]
        kinds = _kinds(column)
        if not kinds <= _SCALARS:
            return None
        if float in kinds and not _are_written_alike(column):
            return None
        has_nulls |= type(None) in kinds
    try:
        lines = _ENCODER.encode_lines(values)  # one value a line: no newline is part of a value
    except (UnicodeEncodeError, TypeError):  # bytes that are no UTF-8; a kind of text of somebody's own
        return None
    if b'\n""\n' in lines or lines.startswith(b'""'):
        lines = _with_empty_texts(lines)
    if (
        _WRITTEN_EMPTY in lines
    ):  # a text of two quotation marks looks like no text: others know how to write it
        return None
    # What is replaced has the length of what replaces it, which is done in place; what is dropped is dropped at once.
    lines = lines.replace(b"\n" + _ROW_END + b"\n", _ROW_END + 2 * _NOTHING)
    if has_nulls:
        lines = _without_nulls(lines)
    has_backslashes = b"\\" in lines
    if has_backslashes:
        lines = lines.replace(b"\\\\", _BACKSLASH).replace(b'\\"', _QUOTE)
        if b"\\u" in lines or b"\\b" in lines or b"\\f" in lines:
            return None
    text = lines.translate(_TSV, _DROPPED)
    return text.replace(_BACKSLASH, b"\\\\") if has_backslashes else text


def _are_scalars(values: Iterable[Any]) -> bool:
    return _SCALARS.issuperset(map(type, values))


def _kinds(column: list[Any]) -> set[type]:
    """The types of the values; of a column of text or of numbers alone this is told by one quick look."""
    try:
        if isinstance(column[0], str):
            "".join(column)
            return {str}
        if not isinstance(column[0], bool):
            return {
                type(sum(column))
            }  # an int only if all are; bool, which is a kind of int, is written by its type
    except TypeError:
        pass
    return set(map(type, column))


def _are_written_alike(column: list[Any]) -> bool:
    """Whether JSON and Python have the same text for all floats among the values: none needs an exponent."""
    try:
        sizes = list(map(abs, filter(None, column)))
    except TypeError:  # text among them
        sizes = [abs(value) for value in column if type(value) is float and value]
    return not sizes or (min(sizes) >= _SMALLEST and max(sizes) < _LARGEST and sum(sizes) - sum(sizes) == 0.0)


def _with_empty_texts(lines: bytes) -> bytes:
    """The lines with those of empty text kept in their quotes, which tell it from NULL."""
    kept = 2 * _QUOTE
    if lines.startswith(b'""\n'):
        lines = kept + lines[2:]
    for _ in range(2):  # two of them side by side share a line end
        lines = lines.replace(b'\n""\n', b"\n" + kept + b"\n")
    return lines


def _without_nulls(lines: bytes) -> bytes:
    """The lines with those that say null empty; text that says so stands in quotes."""
    if lines.startswith(b"null"):
        lines = 4 * _NOTHING + lines[4:]
    for before in (b"\n", 2 * _NOTHING):  # the start of a cell, and of a row
        lines = lines.replace(before + b"null", before + 4 * _NOTHING)
    return lines


@lru_cache(maxsize=8)
def _row_type(columns: tuple[str, ...]) -> type[msgspec.Struct] | None:
    """A type of records written under these names, which is quicker than dicts; None for names it can't have."""
    fields = [f"f{number}" for number in range(len(columns))]
    try:
        return msgspec.defstruct("Row", fields, rename=dict(zip(fields, columns, strict=True)), gc=False)
    except ValueError:  # quotes, backslashes, control characters, bad UTF-8
        return None
