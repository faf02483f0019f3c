"""What no policy can beat: Belady's, which knows the future, for entries of one size.

Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM Systems Journal, 1966. What is
used again latest goes first, and that may be the newcomer. Where sizes or costs differ the optimum is NP-hard;
there the bound is a cache that holds everything, which misses each key's first access only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from heapq import heappop, heappush

_NEVER = 1 << 62


class Clairvoyant:
    """Told all keys in advance; they must then be accessed in that order, with sizes of 1."""

    def __init__(self, capacity: int, keys: Sequence[Hashable]) -> None:
        self.capacity = capacity
        self._next_use = next_uses(keys)
        self._due: dict[Hashable, int] = {}
        self._latest: list[tuple[int, int, Hashable]] = []
        self._now = 0

    @property
    def used(self) -> int:
        """What is held."""
        return len(self._due)

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access."""
        due = self._next_use[self._now]
        self._now += 1
        hit = key in self._due
        self._due[key] = due
        heappush(self._latest, (-due, self._now, key))
        if len(self._due) > self.capacity:
            self._evict()
        return hit

    def _evict(self) -> None:
        while True:
            due, _, key = heappop(self._latest)
            if self._due.get(key) == -due:
                del self._due[key]
                return


def next_uses(keys: Sequence[Hashable]) -> list[int]:
    """For each access the number of the next one of the same key; later than all if there is none."""
    seen: dict[Hashable, int] = {}
    following = [0] * len(keys)
    for number in range(len(keys) - 1, -1, -1):
        following[number] = seen.get(keys[number], _NEVER)
        seen[keys[number]] = number
    return following
