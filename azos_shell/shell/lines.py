"""Lines from a descriptor that others read, too: never a byte beyond the delimiter is taken."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.shell.readiness import is_readable, readable

if TYPE_CHECKING:
    from azos_shell.bus.call import Input

_BLOCK = 4096
NEWLINE = b"\n"


async def read_line(
    source: Input, delimiter: bytes = NEWLINE, limit: int | None = None
) -> tuple[bytes, bool]:
    """The next line without its delimiter, and whether there was one (or ``limit`` bytes were read)."""
    fd = source.fileno()
    if limit is None and _is_seekable(fd):
        return _from_file(fd, delimiter)
    data = bytearray()
    while limit is None or len(data) < limit:
        byte = await read_byte(fd)
        if byte == delimiter:
            return bytes(data), True
        if not byte:
            return bytes(data), False
        data += byte
    return bytes(data), True


async def read_byte(fd: int) -> bytes:
    """One byte, or none at the end."""
    if loop_running() and not is_readable(fd):
        await readable(fd)
    return os.read(fd, 1)


def next_line(fd: int) -> bytes:
    """The next line with its newline, blocking; empty at the end. For scripts on standard input."""
    if _is_seekable(fd):
        data, complete = _from_file(fd, NEWLINE)
        return data + NEWLINE if complete else data
    line = bytearray()
    while byte := os.read(fd, 1):
        line += byte
        if byte == NEWLINE:
            break
    return bytes(line)


def _from_file(fd: int, delimiter: bytes) -> tuple[bytes, bool]:
    """From a file a block is read ahead and the position set back to after the delimiter."""
    start = os.lseek(fd, 0, os.SEEK_CUR)
    data = bytearray()
    while block := os.read(fd, _BLOCK):
        cut = block.find(delimiter)
        if cut >= 0:
            data += block[:cut]
            os.lseek(fd, start + len(data) + 1, os.SEEK_SET)
            return bytes(data), True
        data += block
    return bytes(data), False


def _is_seekable(fd: int) -> bool:
    try:
        os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return False
    return True
