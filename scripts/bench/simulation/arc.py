"""ARC: an LRU list of what was seen once and one of what was seen again, and a share between them that adapts.

Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, figure 4. The four lists
have the paper's names: T1 and T2 are cached, B1 and B2 hold only the names of what left them; p is T1's
target. The adaptation is scaled by the size of what came back.
"""

from __future__ import annotations

from collections.abc import Hashable

from simulation.policy import SizedQueue


class ARC:
    """Adaptive replacement cache."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._p = 0.0
        self._t1, self._t2, self._b1, self._b2 = SizedQueue(), SizedQueue(), SizedQueue(), SizedQueue()

    @property
    def used(self) -> int:
        """What is held."""
        return self._t1.used + self._t2.used

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access; the cases are the paper's."""
        if key in self._t2:
            self._t2.make_youngest(key)
            return True
        if key in self._t1:
            self._t2.push(key, self._t1.remove(key))
            return True
        if size_bytes > self.capacity:
            return False
        b1, b2 = self._b1, self._b2
        if key in b1:
            self._p = min(self.capacity, self._p + max(b2.used / b1.used, 1.0) * size_bytes)
            b1.remove(key)
            self._make_room(size_bytes, from_b2=False)
            self._t2.push(key, size_bytes)
        elif key in b2:
            self._p = max(0.0, self._p - max(b1.used / b2.used, 1.0) * size_bytes)
            b2.remove(key)
            self._make_room(size_bytes, from_b2=True)
            self._t2.push(key, size_bytes)
        else:
            self._trim_ghosts(size_bytes)
            self._make_room(size_bytes, from_b2=False)
            self._t1.push(key, size_bytes)
        return False

    def _trim_ghosts(self, size: int) -> None:
        """Case IV: L1 (T1 and B1) may not outgrow the cache, nor all four lists twice its size."""
        while self._t1.used + self._b1.used + size > self.capacity and (self._b1 or self._t1):
            (self._b1 or self._t1).pop_oldest()
        while self.used + self._b1.used + self._b2.used + size > 2 * self.capacity and self._b2:
            self._b2.pop_oldest()

    def _make_room(self, size: int, *, from_b2: bool) -> None:
        """The paper's REPLACE, until it fits."""
        t1, t2 = self._t1, self._t2
        while self.used + size > self.capacity:
            over = t1.used > self._p or (from_b2 and t1.used == self._p)
            if t1 and (over or not t2):
                self._b1.push(*t1.pop_oldest())
            else:
                self._b2.push(*t2.pop_oldest())
