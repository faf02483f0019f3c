"""LRU: what was used longest ago goes first."""

from __future__ import annotations

from collections.abc import Hashable

from simulation.policy import SizedQueue


class LRU:
    """Least recently used."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._queue = SizedQueue()

    @property
    def used(self) -> int:
        """What is held."""
        return self._queue.used

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access."""
        queue = self._queue
        if key in queue:
            queue.make_youngest(key)
            return True
        if size_bytes > self.capacity:
            return False
        while queue.used + size_bytes > self.capacity:
            queue.pop_oldest()
        queue.push(key, size_bytes)
        return False
