"""The reader of an output: work that does nothing but answer ends when there is nobody left to be answered."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.bus.call import Output


@asynccontextmanager
async def while_read(output: Output) -> AsyncIterator[None]:
    """Run the block on the event loop until it ends, or until nobody reads ``output`` any more: BrokenPipeError.

    That is what writing would raise; a query that sorts for a minute before it writes learns of it at once. Outputs
    that can tell have ``watch_reader(callback)``, which returns what ends the watching, or None.
    """
    import asyncio

    task = asyncio.current_task()
    watch = getattr(output, "watch_reader", None)
    if task is None or watch is None:
        yield
        return
    cancelled_before, left = task.cancelling(), False

    def end() -> None:
        nonlocal left
        left = True
        task.cancel()

    forget = watch(end)
    try:
        yield
    except asyncio.CancelledError:
        if left and task.uncancel() <= cancelled_before:  # by nobody else, too
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        raise
    finally:
        if forget is not None:
            forget()
