"""Lines from a descriptor that others read, too: never a byte beyond the newline is taken."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.shell.readiness import is_readable, readable

if TYPE_CHECKING:
    from azos_shell.bus.call import Input

_BLOCK = 4096


async def read_line(source: Input) -> tuple[bytes, bool]:
    """The next line without its newline, and whether there was one."""
    fd = source.fileno()
    if _is_seekable(fd):
        return _from_file(fd)
    data = bytearray()
    while True:
        if loop_running() and not is_readable(fd):
            await readable(fd)
        byte = os.read(fd, 1)
        if byte == b"\n":
            return bytes(data), True
        if not byte:
            return bytes(data), False
        data += byte


def next_line(fd: int) -> bytes:
    """The next line with its newline, blocking; empty at the end. For scripts on standard input."""
    if _is_seekable(fd):
        data, complete = _from_file(fd)
        return data + b"\n" if complete else data
    line = bytearray()
    while byte := os.read(fd, 1):
        line += byte
        if byte == b"\n":
            break
    return bytes(line)


def _from_file(fd: int) -> tuple[bytes, bool]:
    """From a file a block is read ahead and the position set back to after the newline."""
    start = os.lseek(fd, 0, os.SEEK_CUR)
    data = b""
    while block := os.read(fd, _BLOCK):
        cut = block.find(b"\n")
        if cut >= 0:
            data += block[:cut]
            os.lseek(fd, start + len(data) + 1, os.SEEK_SET)
            return data, True
        data += block
    return data, False


def _is_seekable(fd: int) -> bool:
    try:
        os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return False
    return True
