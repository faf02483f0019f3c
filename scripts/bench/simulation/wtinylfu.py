"""W-TinyLFU: a small LRU window, and a segmented LRU that only lets in what was seen more often than what leaves.

Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM ToS 2017: the window is
1 % of the cache; of the rest four fifths are protected. Where sizes differ, a newcomer must have been seen
more often than all that would have to leave for it together (Einziger, Eytan, Friedman and Manes, 2021).
"""

from __future__ import annotations

from collections.abc import Hashable

from simulation.policy import SizedQueue
from simulation.sketch import CountMinSketch

WINDOW_SHARE = 0.01
PROTECTED_SHARE = 0.8


class WTinyLFU:
    """``entries`` is about how many entries will fit, from which the sketch gets its width and its sample."""

    def __init__(self, capacity: int, entries: int) -> None:
        self.capacity = capacity
        self._window_capacity = max(1, int(capacity * WINDOW_SHARE))
        self._main_capacity = capacity - self._window_capacity
        self._protected_capacity = int(self._main_capacity * PROTECTED_SHARE)
        self._window, self._probation, self._protected = SizedQueue(), SizedQueue(), SizedQueue()
        self._sketch = CountMinSketch(entries)

    @property
    def used(self) -> int:
        """What is held."""
        return self._window.used + self._probation.used + self._protected.used

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access."""
        self._sketch.add(key)
        if key in self._window:
            self._window.make_youngest(key)
            return True
        if key in self._protected:
            self._protected.make_youngest(key)
            return True
        if key in self._probation:
            self._protect(key)
            return True
        if size_bytes > self._window_capacity:
            self._contend(key, size_bytes)
            return False
        self._window.push(key, size_bytes)
        while self._window.used > self._window_capacity:
            self._contend(*self._window.pop_oldest())
        return False

    def _protect(self, key: Hashable) -> None:
        """Used again in the main part: it moves to the protected segment, whose oldest make way."""
        self._protected.push(key, self._probation.remove(key))
        while self._protected.used > self._protected_capacity:
            self._probation.push(*self._protected.pop_oldest())

    def _contend(self, key: Hashable, size: int) -> None:
        """Let a newcomer into the main part if it was seen more often than what would have to leave."""
        if size > self._main_capacity:
            return
        missing = self._probation.used + self._protected.used + size - self._main_capacity
        victims: list[tuple[SizedQueue, Hashable]] = []
        seen = self._sketch.estimate(key)
        for segment in (self._probation, self._protected):
            for victim in segment:
                if missing <= 0:
                    break
                seen -= self._sketch.estimate(victim)
                if seen <= 0:
                    return
                missing -= segment.size(victim)
                victims.append((segment, victim))
        for segment, victim in victims:
            segment.remove(victim)
        self._probation.push(key, size)
