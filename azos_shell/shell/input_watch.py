"""The input watch: whether anybody read from (or wrote to) an open file while we looked.

A program that is handed the terminal, or somebody's pipe, as its standard input mostly never reads it; only if it did
does its output rest on what was typed or sent. The same goes for files at other numbers. The kernel tells (inotify(7),
IN_ACCESS on the open file itself); since not every kernel does so for every kind of file, a trial on a file of the same
kind decides whether its silence counts.
"""

from __future__ import annotations

import errno
import os
import stat

_ACCESS = 0x1  # IN_ACCESS
_MODIFY = 0x2  # IN_MODIFY
_TERMINAL_NODE = "/dev/tty"


class InputWatch:
    """Watches a file by descriptor from its making to ``close``; with ``writes`` for writing, too."""

    def __init__(self, fd: int, *, writes: bool = False) -> None:
        self._queue = -1
        self._is_reliable = False
        try:
            kind = os.fstat(fd).st_mode
            self._is_reliable = _works_for(kind)
            if self._is_reliable:
                self._queue = _queue()
                _watch(self._queue, f"/proc/self/fd/{fd}", _ACCESS | _MODIFY if writes else _ACCESS)
                if stat.S_ISCHR(kind) and os.isatty(fd):
                    _watch(self._queue, _TERMINAL_NODE)  # the same terminal by its other name
        except OSError:
            self._is_reliable = False

    def was_read(self) -> bool | None:
        """Whether something was read, or written; None where that can't be known."""
        if not self._is_reliable:
            return None
        try:
            return bool(os.read(self._queue, 4096))
        except OSError as error:
            return False if error.errno == errno.EAGAIN else None

    def close(self) -> None:
        """Look no more."""
        if self._queue >= 0:
            os.close(self._queue)
            self._queue = -1
        self._is_reliable = False

    def __repr__(self) -> str:
        return f"<InputWatch {'watching' if self._is_reliable else 'blind'}>"


def _queue() -> int:
    """A new inotify instance."""
    return _call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)


def _watch(queue: int, path: str, events: int = _ACCESS) -> None:
    _call("inotify_add_watch", queue, path.encode(), events)


def _call(name: str, *arguments: object) -> int:
    """A function of the C library. Raises OSError."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, name, None)
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    result = function(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)


def _works_for(mode: int) -> bool:
    """Whether this kernel tells of reading from files of that kind: tried on one of our own."""
    if stat.S_ISREG(mode):
        return True  # which is what it was made for
    if stat.S_ISFIFO(mode):
        reader, writer = os.pipe()
    elif stat.S_ISCHR(mode):
        import pty

        writer, reader = pty.openpty()
    else:
        return False
    queue = -1
    try:
        queue = _queue()
        _watch(queue, f"/proc/self/fd/{reader}")
        os.write(writer, b"\n")
        os.read(reader, 1)
        return bool(os.read(queue, 4096))
    except OSError:
        return False
    finally:
        for fd in (reader, writer, queue):
            if fd >= 0:
                os.close(fd)
