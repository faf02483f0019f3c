"""The order in which entries of unequal value leave a cache: GreedyDual-Size-Frequency.

Each entry is worth ``clock + uses * cost / size``: what it saves per byte it holds, times how often it was
asked for. The least worth goes first, and the clock then rises to the worth of what went; so an entry that is
no longer used is in time overtaken by every newcomer, however dear it was (Cherkasova, "Improving WWW Proxies
Performance with Greedy-Dual-Size- Frequency Caching Policy", HP Labs HPL-98-69R1, 1998; the clock is its L,
uses its Fr). Among equals the least recently used goes first. Entries that cost nothing are all worth the
clock of their last use, so without costs the order is exactly LRU.

A use only ever raises an entry's worth, so the heap is brought up to date late: each entry has one item in
it, possibly an outdated one that is too low; when such an item comes to the top, it is put back at its true
place. A use is O(1), and every put-back is paid for by a use before it: O(log n) amortised for all else.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Hashable

K = TypeVar("K", bound="Hashable")

_GONE = -1
_SLACK_ITEMS = 64  # dead heap items that are tolerated before the heap is rebuilt, beyond one per live entry


class _Entry(Generic[K]):
    __slots__ = ("key", "saved_per_byte", "size_bytes", "tick", "uses", "worth")

    def __init__(self, key: K, saved_per_byte: float, size_bytes: int, uses: int) -> None:
        self.key = key
        self.saved_per_byte = saved_per_byte
        self.size_bytes = size_bytes
        self.uses = uses
        self.worth = 0.0
        self.tick = 0


class WorthOrder(Generic[K]):
    """Keys ordered by what they are worth per byte."""

    __slots__ = ("_bytes", "_clock", "_entries", "_heap", "_tick")

    def __init__(self) -> None:
        self._entries: dict[K, _Entry[K]] = {}
        self._heap: list[tuple[float, int, _Entry[K]]] = []
        self._clock = 0.0
        self._tick = 0
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<WorthOrder {len(self._entries)} entries, {self._bytes} bytes, clock {self._clock:.3g}>"

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def total_bytes(self) -> int:
        """The sizes of all entries together."""
        return self._bytes

    def size_bytes(self, key: K) -> int:
        """The size of one entry; KeyError if there is none."""
        return self._entries[key].size_bytes

    def add(self, key: K, cost_seconds: float, size_bytes: int, uses: int = 1) -> None:
        """Take in a key that is not here. ``uses`` counts this one."""
        entry = _Entry(key, cost_seconds / max(size_bytes, 1), size_bytes, uses)
        self._entries[key] = entry
        self._bytes += size_bytes
        self._appraise(entry)
        heappush(self._heap, (entry.worth, entry.tick, entry))
        if len(self._heap) > 2 * len(self._entries) + _SLACK_ITEMS:
            self._rebuild()

    def touch(self, key: K) -> None:
        """The key was used."""
        entry = self._entries[key]
        entry.uses += 1
        self._appraise(entry)

    def remove(self, key: K) -> int:
        """Forget the key; returns how often it was used."""
        entry = self._entries.pop(key)
        self._bytes -= entry.size_bytes
        entry.tick = _GONE
        return entry.uses

    def take_victims(self, protected: Container[K], *, entries: int, size_bytes: int) -> list[K]:
        """Forget, least worth first, at least that many entries and bytes; never one that is protected.

        Takes fewer only if no more are unprotected. The clock rises to the worth of the last one taken.
        """
        heap = self._heap
        victims: list[K] = []
        aside: list[tuple[float, int, _Entry[K]]] = []
        bytes_after = self._bytes - size_bytes
        while heap and (len(victims) < entries or self._bytes > bytes_after):
            item = heappop(heap)
            worth, tick, entry = item
            if entry.tick != tick:
                if entry.tick != _GONE:
                    heappush(heap, (entry.worth, entry.tick, entry))
            elif entry.key in protected:
                aside.append(item)
            else:
                self.remove(entry.key)
                self._clock = max(self._clock, worth)
                victims.append(entry.key)
        for item in aside:
            heappush(heap, item)
        return victims

    def _appraise(self, entry: _Entry[K]) -> None:
        self._tick = tick = self._tick + 1
        entry.tick = tick
        entry.worth = self._clock + entry.uses * entry.saved_per_byte

    def _rebuild(self) -> None:
        self._heap = [(entry.worth, entry.tick, entry) for entry in self._entries.values()]
        heapify(self._heap)
