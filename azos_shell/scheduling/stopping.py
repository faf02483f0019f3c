"""Bringing a task to its end before one goes on: what it holds is then given back."""

from __future__ import annotations

import asyncio
from typing import Any


async def stopped(task: asyncio.Future[Any]) -> None:
    """Cancel it and wait for its end, however often we are cancelled meanwhile; what it says to that is no news."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        task.cancel()
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if not task.cancelled():
        task.exception()  # an exception that nobody looks at is told on standard error
    if cancelled is not None:
        raise cancelled
