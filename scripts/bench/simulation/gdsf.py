"""GDSF: what saves the least per byte, times how often it was used since it came, goes first.

Cherkasova, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy", HPL-98-69R1,
1998: the key of an entry is clock + frequency * cost / size, and the clock becomes the key of what last went.
Everything that fits the cache at all is brought in, as in GreedyDual-Size (Cao and Irani, 1997). Among equals
the least recently used goes first.
"""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heapify, heappop, heappush


class _Entry:
    __slots__ = ("frequency", "per_byte", "priority", "size", "tick")

    def __init__(self, per_byte: float, size: int) -> None:
        self.frequency = 0
        self.per_byte = per_byte
        self.priority = 0.0
        self.size = size
        self.tick = 0


class GDSF:
    """GreedyDual-Size with frequency."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        self._entries: dict[Hashable, _Entry] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._clock = 0.0
        self._tick = 0

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access."""
        entry = self._entries.get(key)
        hit = entry is not None
        if entry is None:
            if size_bytes > self.capacity:
                return False
            while self.used + size_bytes > self.capacity:
                self._evict()
            entry = self._entries[key] = _Entry(cost_seconds / size_bytes, size_bytes)
            self.used += size_bytes
        self._use(key, entry)
        return hit

    def _use(self, key: Hashable, entry: _Entry) -> None:
        self._tick += 1
        entry.frequency += 1
        entry.tick = self._tick
        entry.priority = self._clock + entry.frequency * entry.per_byte
        heappush(self._heap, (entry.priority, entry.tick, key))
        if len(self._heap) > 4 * len(self._entries) + 64:
            self._heap = [(entry.priority, entry.tick, key) for key, entry in self._entries.items()]
            heapify(self._heap)

    def _evict(self) -> None:
        while True:
            priority, tick, key = heappop(self._heap)
            entry = self._entries.get(key)
            if entry is not None and entry.tick == tick:  # else it was used since, or is gone
                break
        self._clock = priority
        self.used -= entry.size
        del self._entries[key]
