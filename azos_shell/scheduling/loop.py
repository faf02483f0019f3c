"""The event loop that work waits on, started if the shell has managed without one so far."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from azos_shell.core.drive import ensure_loop

if TYPE_CHECKING:
    import asyncio


async def waiting_loop() -> asyncio.AbstractEventLoop:
    """The running event loop, whoever runs it; without one, the shell's is asked for (see ``core.drive``)."""
    if "asyncio" in sys.modules:
        import asyncio

        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            pass
    await ensure_loop()
    import asyncio

    return asyncio.get_running_loop()
