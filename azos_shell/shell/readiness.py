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
_hang_ups: dict[int, list[Callable[[], None]]] = {}


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


def on_hang_up(fd: int, callback: Callable[[], None]) -> Callable[[], None]:
    """Call back once when the pipe whose writing end ``fd`` is has no reader; returns what ends the watching.

    Only on the event loop. A writing end has nothing to read, so that it is "readable" says that poll reports POLLERR.
    """
    import asyncio

    loop = asyncio.get_running_loop()

    def hung_up() -> None:
        loop.remove_reader(fd)
        for one in _hang_ups.pop(fd, ()):
            one()

    def forget() -> None:
        waiting = _hang_ups.get(fd)
        if waiting is not None and callback in waiting:
            waiting.remove(callback)
            if not waiting:
                loop.remove_reader(fd)
                del _hang_ups[fd]

    if fd in _hang_ups:
        _hang_ups[fd].append(callback)
    else:
        loop.add_reader(fd, hung_up)
        _hang_ups[fd] = [callback]
    return forget


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
