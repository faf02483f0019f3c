"""S3-FIFO: a small queue that what is used only once soon leaves, a main queue, and a queue of names.

Yang, Zhang, Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023, algorithm 1.
S is a tenth of the cache, M the rest, and G remembers the names of as much as M holds.
"""

from __future__ import annotations

from collections.abc import Hashable

from simulation.policy import SizedQueue

SMALL_SHARE = 0.1
MOST_COUNTED = 3
USES_TO_STAY = 2  # "accessed more than once" while in S


class S3FIFO:
    """Simple, scalable caching with three static FIFO queues."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._small_capacity = max(1, int(capacity * SMALL_SHARE))
        self._ghost_capacity = capacity - self._small_capacity
        self._s, self._m, self._g = SizedQueue(), SizedQueue(), SizedQueue()
        self._uses: dict[Hashable, int] = {}

    @property
    def used(self) -> int:
        """What is held."""
        return self._s.used + self._m.used

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access: READ and INSERT of the paper."""
        uses = self._uses.get(key)
        if uses is not None:
            self._uses[key] = min(uses + 1, MOST_COUNTED)
            return True
        if size_bytes > self.capacity:
            return False
        while self.used + size_bytes > self.capacity:
            self._evict()
        if key in self._g:
            self._g.remove(key)
            self._m.push(key, size_bytes)
        else:
            self._s.push(key, size_bytes)
        self._uses[key] = 0
        return False

    def _evict(self) -> None:
        if self._s.used >= self._small_capacity or not self._m:
            self._evict_small()
        else:
            self._evict_main()

    def _evict_small(self) -> None:
        """Let one go to the names; those used meanwhile move to the main queue first."""
        while self._s:
            key, size = self._s.pop_oldest()
            if self._uses[key] < USES_TO_STAY:
                del self._uses[key]
                self._remember(key, size)
                return
            self._uses[key] = 0
            self._m.push(key, size)

    def _evict_main(self) -> None:
        while True:
            key, size = self._m.pop_oldest()
            if not self._uses[key]:
                del self._uses[key]
                return
            self._uses[key] -= 1
            self._m.push(key, size)

    def _remember(self, key: Hashable, size: int) -> None:
        while self._g and self._g.used + size > self._ghost_capacity:
            self._g.pop_oldest()
        if size <= self._ghost_capacity:
            self._g.push(key, size)
