"""Readiness: waiting until a descriptor can be read or written, on the event loop or, without one, blocking."""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running

if TYPE_CHECKING:
    import asyncio

_readers: dict[int, list[asyncio.Future[None]]] = {}
_writers: dict[int, list[asyncio.Future[None]]] = {}


async def readable(fd: int) -> None:
    """Return when ``fd`` has something to read or is at its end."""
    if loop_running():
        await _on_loop(fd, _readers, reading=True)
    else:
        _block(fd, select.POLLIN)


async def writable(fd: int) -> None:
    """Return when ``fd`` takes at least PIPE_BUF bytes without blocking, or will report an error."""
    if loop_running():
        await _on_loop(fd, _writers, reading=False)
    else:
        _block(fd, select.POLLOUT)


def is_readable(fd: int) -> bool:
    """Whether a read would not block: something is there, or the end, or an error."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def is_writable(fd: int) -> bool:
    """Whether a write of up to PIPE_BUF bytes would not block (poll(2): a pipe with a free page)."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(0))


def when_reader_leaves(fd: int, act: Callable[[], None]) -> Callable[[], None]:
    """Call ``act`` on the event loop, once, when nobody can read any more what is written into the pipe ``fd``.

    Returns what ends the watch. epoll(7) reports that without being asked for any event, but the loop's own would be
    asked for one (writable), which a pipe always is; so the pipe is put into an epoll of its own and that is watched.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    watched = select.epoll()

    def stop() -> None:
        if not watched.closed:
            loop.remove_reader(watched.fileno())
            watched.close()

    def left() -> None:
        stop()
        act()

    try:
        watched.register(fd, 0)
    except OSError:  # no pipe
        watched.close()
        return stop
    loop.add_reader(watched.fileno(), left)
    return stop


def _block(fd: int, event: int) -> None:
    poll = select.poll()
    poll.register(fd, event)
    poll.poll()


async def _on_loop(fd: int, waiting: dict[int, list[asyncio.Future[None]]], *, reading: bool) -> None:
    """Several tasks may wait for one descriptor, which the loop does not know: so they share a callback."""
    import asyncio

    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        (loop.remove_reader if reading else loop.remove_writer)(fd)
        for waiter in waiting.pop(fd, ()):
            if not waiter.done():
                waiter.set_result(None)

    if fd in waiting:
        waiting[fd].append(future)
    else:
        try:
            (loop.add_reader if reading else loop.add_writer)(fd, wake)
        except PermissionError:  # epoll takes no regular files: they are always ready
            return
        waiting[fd] = [future]
    try:
        await future
    finally:
        left = waiting.get(fd)
        if left is not None and future in left:
            left.remove(future)
            if not left:
                wake()
