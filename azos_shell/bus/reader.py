"""The reader of a result: where it leaves, work that only serves it is ended at once, not at its next row.

A pipe tells its writer only when that writes. A query that looks a minute for its next row would go on for that minute
after ``| head -1`` has ended. What has effects of its own is never ended so: it goes on, as a program would.
"""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.bus.delivery import Delivery

PATIENCE_SECONDS = 0.05
"""What is over before that need not be watched: three frames, not felt by a person."""


@asynccontextmanager
async def while_read(delivery: Delivery) -> AsyncIterator[None]:
    """Run the block while somebody can read what it gives; raises BrokenPipeError out of it when the last one leaves.

    Where that can't be known (a file, a terminal) the block just runs.
    """
    import asyncio

    task = asyncio.current_task()
    assert task is not None
    has_left = False
    stop: Callable[[], None] | None = None

    def leave() -> None:
        nonlocal has_left
        has_left = True
        task.cancel()

    def begin() -> None:
        nonlocal stop
        stop = delivery.when_reader_leaves(leave)

    timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, begin)
    try:
        yield
    except asyncio.CancelledError:
        if has_left and not task.uncancel():
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        raise
    else:
        if (
            has_left
        ):  # it ended in the same moment: the cancellation that was asked for must not hit what follows
            task.uncancel()
    finally:
        timer.cancel()
        if stop is not None:
            stop()
