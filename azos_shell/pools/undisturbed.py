"""Work that is cancelled once at most, and whose end is waited for: what gives connections back must not be torn.

httpcore shields its tidying by anyio's scopes, which hold off anyio's cancellations but not those of asyncio's tasks.
One that comes while a connection is given back leaves that active for ever; with a hundred of those the pool stands
still.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


async def undisturbed(
    work: Coroutine[Any, Any, T],
    *,
    stop: Callable[[asyncio.Task[T]], None] | None = None,
    discard: Callable[[T], Coroutine[Any, Any, None]] | None = None,
) -> T:
    """Do it in a task of its own, to its end, however often we are cancelled meanwhile; then be cancelled.

    ``stop`` is called with the task at the first cancellation; ``discard`` undoes a result that nobody will get.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            if cancelled is None and stop is not None:
                stop(task)
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled() and task.exception() is None and discard is not None:
        await undisturbed(discard(task.result()))
    raise cancelled
