"""Leading and joining across processes: who is first works it out, the others wait for what that gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from azos_shell.core.drive import loop_running
from azos_shell.core.errors import AzosError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.cache.leases import Lease, Leases

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.1
"""How often who waits for another process looks: what a person does not feel."""


async def joined_or_leading(
    leases: Leases, key: bytes, look: Callable[[], T | None]
) -> tuple[T | None, Lease | None]:
    """What another process has just found out (``look`` sees it), or None and the lease for working it out.

    None without the lease: another has worked it out and what that gave can't be kept, or there is no place for leases.
    Then everybody does it for himself.
    """
    has_waited = False
    while True:
        try:
            lease = leases.take(key)
        except AzosError:
            return None, None
        if lease is not None:
            found = look() if has_waited else None
            if found is not None:
                lease.release()
                return found, None
            return None, lease
        has_waited = True
        pause_seconds = _FIRST_PAUSE_SECONDS
        while (state := leases.state(key)) == "held":
            await _pause(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 1.5)
        found = look()
        if found is not None or state == "given back":
            return found, None


async def _pause(seconds: float) -> None:
    if loop_running():
        import asyncio

        await asyncio.sleep(seconds)
    else:
        import time

        time.sleep(seconds)  # noqa: ASYNC251 - there is no loop to block
