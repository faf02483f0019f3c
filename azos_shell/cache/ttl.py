"""A mapping whose entries live for a time: expired ones are dropped when met, and swept a few at a time.

Time is monotonic, so setting the wall clock neither revives nor kills an entry. An entry is gone from the
very instant its time to live has passed. Each call sweeps a bounded number of expired entries, soonest first,
so none is slow because a thousand expired at once, and what nobody asks for again is dropped all the same.
When the mapping is full, the entry with the least time left goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from azos_shell.core.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Hashable

    from azos_shell.core.clock import Clock

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
D = TypeVar("D")

_SWEPT_PER_CALL = 8  # each put adds one item to the heap, so sweeping more than one a call always catches up
_SLACK_ITEMS = 64  # dead heap items that are tolerated before the heap is rebuilt, beyond one per live entry


@dataclass(frozen=True, slots=True)
class TtlStatistics:
    """What the cache holds (expired entries that were not swept yet included) and how it has done."""

    entries: int
    hits: int
    misses: int
    expirations: int
    evictions: int
    insertions: int

    @property
    def hit_rate(self) -> float:
        """Hits per lookup, 0.0 before the first one."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class _Entry(Generic[K, V]):
    __slots__ = ("expires_at", "key", "value")

    def __init__(self, key: K, value: V, expires_at: float) -> None:
        self.key = key
        self.value = value
        self.expires_at = expires_at


class TimeBasedCache(Generic[K, V]):
    """Values that are given for ``ttl`` seconds after they were put. Not for more than one thread."""

    def __init__(self, ttl: float = 300.0, *, clock: Clock | None = None, capacity: int = 1000) -> None:
        if not ttl > 0 or capacity < 1:
            raise ValueError(f"ttl must be above 0 seconds and capacity at least 1: {ttl}, {capacity}")
        self.ttl = ttl
        self.capacity = capacity
        self._now = (clock or SystemClock()).monotonic
        self._entries: dict[K, _Entry[K, V]] = {}
        self._by_expiry: list[tuple[float, int, _Entry[K, V]]] = []
        self._serial = 0
        self._hits = self._misses = self._expirations = self._evictions = self._insertions = 0

    def __repr__(self) -> str:
        return (
            f"<TimeBasedCache {len(self._entries)}/{self.capacity}, ttl={self.ttl} s, "
            f"{self._hits} hits, {self._misses} misses>"
        )

    def __len__(self) -> int:
        """How many entries are held, expired ones that were not swept yet included; ``purge`` drops those."""
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        entry = self._entries.get(key)
        return entry is not None and self._now() < entry.expires_at

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: V | D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """The value if its time has not passed, else ``default``."""
        now = self._now()
        self._sweep(now, _SWEPT_PER_CALL)
        entry = self._entries.get(key)
        if entry is None:
            self._misses += 1
            return default
        if now >= entry.expires_at:  # the sweep was not done yet
            del self._entries[key]
            self._expirations += 1
            self._misses += 1
            return default
        self._hits += 1
        return entry.value

    def put(self, key: K, value: V, ttl: float | None = None) -> None:
        """Store the value for ``ttl`` seconds (the cache's own if None); 0 or less: only forget it."""
        now = self._now()
        self._sweep(now, _SWEPT_PER_CALL)
        self._entries.pop(key, None)
        lifetime = self.ttl if ttl is None else ttl
        if not lifetime > 0:
            return
        while len(self._entries) >= self.capacity:
            self._drop_soonest(now)
        entry = _Entry(key, value, now + lifetime)
        self._entries[key] = entry
        self._serial += 1
        self._insertions += 1
        heappush(self._by_expiry, (entry.expires_at, self._serial, entry))
        if len(self._by_expiry) > 2 * len(self._entries) + _SLACK_ITEMS:
            self._by_expiry = [item for item in self._by_expiry if self._is_live(item[2])]
            heapify(self._by_expiry)

    def remove(self, key: K) -> bool:
        """Forget the key; whether it was held."""
        return self._entries.pop(key, None) is not None

    def purge(self) -> int:
        """Drop every expired entry now; returns how many."""
        before = self._expirations
        self._sweep(self._now(), len(self._by_expiry))
        return self._expirations - before

    def clear(self) -> None:
        """Forget all entries; the counts go on."""
        self._entries.clear()
        self._by_expiry.clear()

    def statistics(self) -> TtlStatistics:
        """A frozen picture of now."""
        return TtlStatistics(
            entries=len(self._entries),
            hits=self._hits,
            misses=self._misses,
            expirations=self._expirations,
            evictions=self._evictions,
            insertions=self._insertions,
        )

    def _is_live(self, entry: _Entry[K, V]) -> bool:
        return self._entries.get(entry.key) is entry

    def _sweep(self, now: float, at_most: int) -> None:
        """Take up to that many dead or expired items off the heap."""
        heap = self._by_expiry
        while heap and at_most > 0 and (heap[0][0] <= now or not self._is_live(heap[0][2])):
            entry = heappop(heap)[2]
            if self._is_live(entry):
                del self._entries[entry.key]
                self._expirations += 1
            at_most -= 1

    def _drop_soonest(self, now: float) -> None:
        entry = heappop(self._by_expiry)[2]
        if self._is_live(entry):
            del self._entries[entry.key]
            if entry.expires_at <= now:
                self._expirations += 1
            else:
                self._evictions += 1
