"""Framing: what a command said as bytes, to be kept on disk and read back as it was.

A frame is a stream number (one byte, ``KIND`` bits above it), the length of what follows (four bytes, big-endian), and
that. Records are MessagePack: columns and rows; a value that MessagePack does not know makes an answer one that stays
in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azos_shell.cache.entry import FILE, STDERR, STDOUT
from azos_shell.core.values import Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azos_shell.cache.entry import Said

_RECORDS = 0x10
_HEAD_BYTES = 5
_PLAIN = frozenset({type(None), bool, int, float, str, bytes})


def pack(output: Iterable[Said]) -> bytes | None:
    """The frames of it, or None where it holds what can't be written down."""
    parts: list[bytes] = []
    for stream, chunk in output:
        kind = stream
        if isinstance(chunk, Records):
            packed = _pack_records(chunk)
            if packed is None:
                return None
            kind, chunk = stream | _RECORDS, packed
        parts += (bytes((kind,)), len(chunk).to_bytes(4, "big"), chunk)
    return b"".join(parts)


def unpack(data: bytes) -> tuple[Said, ...]:
    """What the frames hold. Raises ValueError for what are none."""
    output: list[Said] = []
    position = 0
    while position < len(data):
        kind = data[position]
        start = position + _HEAD_BYTES
        position = start + int.from_bytes(data[position + 1 : start], "big")
        if position > len(data) or kind & ~_RECORDS not in (STDOUT, STDERR, FILE):
            raise ValueError("what was kept of an output is damaged")
        chunk = data[start:position]
        output.append((kind & ~_RECORDS, _unpack_records(chunk) if kind & _RECORDS else chunk))
    return tuple(output)


def joined(output: Iterable[Said]) -> tuple[Said, ...]:
    """The same with neighbours on the same stream put together."""
    runs: list[tuple[int, list[bytes]]] = []
    made: list[Said] = []
    for stream, chunk in output:
        if isinstance(chunk, Records):
            made += [(number, b"".join(parts)) for number, parts in runs]
            runs.clear()
            made.append((stream, chunk))
        elif runs and runs[-1][0] == stream and stream != FILE:
            runs[-1][1].append(chunk)
        else:
            runs.append((stream, [chunk]))
    return (*made, *((number, b"".join(parts)) for number, parts in runs))


def _pack_records(records: Records) -> bytes | None:
    import msgspec

    try:
        if not all(map(_comes_back, records.rows)):
            return None
        return msgspec.msgpack.encode((records.columns, records.rows))
    except (TypeError, ValueError, OverflowError, RecursionError):  # UnicodeEncodeError is a ValueError
        return None


def _comes_back(values: Iterable[Any]) -> bool:
    """Whether MessagePack gives each value back as it is; it would give, say, a decimal number back as text."""
    for value in values:
        kind = type(value)
        if kind not in _PLAIN:
            if kind is list:
                if not _comes_back(value):
                    return False
            elif kind is not dict or not (_comes_back(value) and _comes_back(value.values())):
                return False
    return True


def _unpack_records(data: bytes) -> Records:
    import msgspec

    try:
        columns, rows = msgspec.msgpack.decode(data)
        made: list[tuple[Any, ...]] = [tuple(row) for row in rows]
        return Records(tuple(columns), made)
    except (msgspec.DecodeError, TypeError, RecursionError) as error:
        raise ValueError("what was kept of records is damaged") from error
