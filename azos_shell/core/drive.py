"""Driving a coroutine with an event loop only if it comes to need one.

Importing asyncio costs about 50 ms, four times what starting Python costs, and most command lines need no loop:
a coroutine that never suspends is a plain call. So the shell's coroutines are first stepped by hand. One that must
really wait beside other work asks for a loop with ``await ensure_loop()``; that suspends it with a mark which only
``run`` sees. ``run`` then starts asyncio and hands it the very same, half-way coroutine, which goes on inside a task.
"""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

_LOOP_WANTED = object()
_LOOP_DESCRIPTORS = 4
"""An epoll, a pair of sockets, and one to import asyncio with."""
_in_loop = False


def loop_running() -> bool:
    """Whether the shell's coroutines run on an event loop (they then must not block it)."""
    return _in_loop


@types.coroutine
def _ask_for_loop() -> Generator[object, None, None]:
    yield _LOOP_WANTED


async def ensure_loop() -> None:
    """Return with an event loop running; costs nothing when there is one."""
    if not _in_loop:
        await _ask_for_loop()


@types.coroutine
def let_others_run() -> Generator[None, None, None]:
    """Give the other tasks of the event loop a turn; to be awaited only where there is one."""
    yield


def _no_room_for_loop() -> OSError | None:
    """Why there can't be an event loop: it needs descriptors, and asyncio breaks where it gets only some of them."""
    taken: list[int] = []
    try:
        for _ in range(_LOOP_DESCRIPTORS):
            taken.append(os.open("/", os.O_RDONLY))
    except OSError as error:
        return error
    finally:
        for fd in taken:
            os.close(fd)
    return None


def run(
    coroutine: Coroutine[Any, Any, T],
    *,
    with_loop: bool = False,
    on_loop: Callable[[], None] | None = None,
) -> T:
    """Run ``coroutine`` to its end and return its value.

    ``with_loop`` starts the event loop at once; otherwise it is started when the coroutine asks. ``on_loop`` is
    called inside the loop before the coroutine goes on, to put signal handlers in their place.
    """
    global _in_loop
    refusal: OSError | None = None
    while not with_loop:
        try:
            mark = coroutine.send(None) if refusal is None else coroutine.throw(refusal)
        except StopIteration as stop:
            value: T = stop.value
            return value
        if mark is not _LOOP_WANTED:
            coroutine.close()
            raise RuntimeError("a coroutine suspended without asking for an event loop first")
        refusal = _no_room_for_loop()
        with_loop = refusal is None
    import asyncio

    async def main() -> T:
        if on_loop is not None:
            on_loop()
        return await asyncio.get_running_loop().create_task(coroutine)

    _in_loop = True
    try:
        return asyncio.run(main())
    finally:
        _in_loop = False
