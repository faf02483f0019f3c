"""Permits: so many may hold one at once, the rest wait in the order they came."""

from __future__ import annotations

import asyncio
from collections import deque


class Permits:
    """A first-in first-out semaphore, bound to no event loop, that loses no permit to a cancelled waiter."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = count
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not waiter.done() for waiter in self._waiters)

    @property
    def held(self) -> int:
        """How many are given out."""
        return self._count - self._free

    def acquire_nowait(self) -> bool:
        """Take a permit if one is free and nobody waits for it; says whether."""
        if self._free and not self.waiting:
            self._free -= 1
            return True
        return False

    async def acquire(self) -> None:
        """Take a permit, waiting for one."""
        if self.acquire_nowait():
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()  # granted in the very moment of the cancellation: the next one gets it
            elif waiter in self._waiters:  # else ``release`` has met it, cancelled, and put it aside
                self._waiters.remove(waiter)
            raise

    def release(self) -> None:
        """Give a permit back, to the one who waits longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    def __repr__(self) -> str:
        return f"<Permits {self.held} of {self._count} held, {self.waiting} waiting>"
