"""The order in which entries of unequal value leave a cache: GreedyDual-Size-Frequency, with ghosts.

Each entry is worth ``clock + uses * cost / size + head_start``: what it saves per byte it holds, times how
often it was asked for. The least worth goes first, and the clock then rises to the worth of what went; so an
entry that is no longer used is in time overtaken by every newcomer, however dear it was (Cherkasova,
"Improving WWW Proxies Performance with Greedy-Dual-Size- Frequency Caching Policy", HP Labs HPL-98-69R1, 1998;
the clock is its L, uses its Fr). Among equals the least recently used goes first. Entries that cost nothing
are all worth the clock of their last use, so without costs the order is exactly LRU.

The head start is not in the paper, which takes what was used once for as good as half of what was used twice,
and what comes back for new. Where all cost about the same, that keeps a scan too long and loses to ARC. So the
first use counts for less (``_FIRST_USE_DISCOUNT``), and the uses of what was evicted are remembered for a
while (its ghost) and counted when it comes back; but both only as far as the last victim saved per byte:
among entries whose values differ by orders of magnitude, one use of the dear says more than a past of the
cheap. It is fixed when the entry comes, so that a use never lowers a worth.

A use only ever raises an entry's worth, so the heap is brought up to date late: each entry has one item in
it, possibly an outdated one that is too low; when such an item comes to the top, it is put back at its true
place. A use is O(1), and every put-back is paid for by a use before it: O(log n) amortised for all else.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Hashable

K = TypeVar("K", bound="Hashable")

_GONE = -1
_SLACK_ITEMS = 64  # dead heap items that are tolerated before the heap is rebuilt, beyond one per live entry
_FIRST_USE_DISCOUNT = 0.8  # of a use; below 1, so that an entry is never worth less than the clock
_MOST_REMEMBERED = 3  # uses of a ghost: they were long ago, and popularity drifts
_GHOSTS_PER_ENTRY = 4  # a ghost is a key and a small number


class _Entry(Generic[K]):
    __slots__ = ("head_start", "key", "past_uses", "saved_per_byte", "size_bytes", "tick", "uses", "worth")

    def __init__(self, key: K, saved_per_byte: float, size_bytes: int, uses: int) -> None:
        self.key = key
        self.saved_per_byte = saved_per_byte
        self.size_bytes = size_bytes
        self.uses = uses
        self.past_uses = 0
        self.head_start = 0.0
        self.worth = 0.0
        self.tick = 0


class WorthOrder(Generic[K]):
    """Keys ordered by what they are worth per byte."""

    __slots__ = ("_bytes", "_clock", "_entries", "_ghosts", "_heap", "_marginal", "_tick")

    def __init__(self) -> None:
        self._entries: dict[K, _Entry[K]] = {}
        self._heap: list[tuple[float, int, _Entry[K]]] = []
        self._clock = 0.0
        self._marginal = 0.0  # what the last victim saved per byte
        self._ghosts: OrderedDict[K, int] = OrderedDict()  # uses of what was evicted, first evicted first
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
        entry.past_uses = past = self._ghosts.pop(key, 0)
        entry.head_start = (past - _FIRST_USE_DISCOUNT) * min(entry.saved_per_byte, self._marginal)
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
                self._turn_to_ghost(entry)
                self._clock = max(self._clock, worth)
                victims.append(entry.key)
        for item in aside:
            heappush(heap, item)
        return victims

    def _turn_to_ghost(self, entry: _Entry[K]) -> None:
        self.remove(entry.key)
        self._marginal = entry.saved_per_byte
        if entry.saved_per_byte:  # else it will be worth nothing but its recency, however often it was used
            self._ghosts[entry.key] = min(entry.past_uses + entry.uses, _MOST_REMEMBERED)
        while len(self._ghosts) > _GHOSTS_PER_ENTRY * (len(self._entries) + 1):
            self._ghosts.popitem(last=False)

    def _appraise(self, entry: _Entry[K]) -> None:
        self._tick = tick = self._tick + 1
        entry.tick = tick
        entry.worth = self._clock + (entry.uses * entry.saved_per_byte + entry.head_start)

    def _rebuild(self) -> None:
        self._heap = [(entry.worth, entry.tick, entry) for entry in self._entries.values()]
        heapify(self._heap)
