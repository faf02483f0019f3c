"""A mapping bounded by entries and bytes, which evicts in batches and never what was just used.

Recency is the order of one ordered dictionary; a lookup moves the entry to its end and does nothing else.
Only where entries have a cost or a size is there a second order, by worth (``cache.worth``).

What the three bounds mean together. An insertion that would take the mapping over ``capacity`` first evicts
down to ``low_water``, the new entry counted in. The ``k`` most recently used, the new one among them, are
never evicted; so no low-water mark is below k. Left to itself the mark is ``capacity - k``: with capacity >
2k a batch holds k + 1 entries, with k < capacity <= 2k it stops at the k protected ones, and with capacity <=
k (k is then the capacity) one goes for each that comes. Bytes are evicted down to ``max_bytes`` and no
further. An entry larger than a tenth of ``max_bytes`` (or a k-th, for k > 10) is not stored, so the protected
ones always fit and both bounds hold after every call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from itertools import islice
from math import inf
from sys import getsizeof
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from azos_shell.cache.worth import WorthOrder
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
D = TypeVar("D")

_LARGEST_SHARE = 10  # one entry takes at most a tenth of the byte budget: one must not flush all others
_MISSING: Any = object()


@frozen
class CacheStatistics:
    """What a cache holds and how it has done since it was made. ``refused`` were too large to store."""

    entries: int
    bytes: int
    hits: int
    misses: int
    evictions: int
    insertions: int
    refused: int

    @property
    def hit_rate(self) -> float:
        """Hits per lookup, 0.0 before the first one."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class KLRUCache(MutableMapping[K, V], Generic[K, V]):
    """The K-LRU mapping. Iterates from the least to the most recently used. Not for more than one thread.

    ``get`` and ``cache[key]`` count and make the entry the most recent one; ``key in cache``, ``peek`` and
    iteration do neither. ``sizer`` measures values put without a size, ``sys.getsizeof`` if there is a
    ``max_bytes`` and no sizer. ``on_evict`` is told of each entry evicted to make room (not of those removed
    or replaced).
    """

    def __init__(
        self,
        capacity: int = 100,
        k: int = 5,
        *,
        max_bytes: int | None = None,
        low_water: int | None = None,
        sizer: Callable[[V], int] | None = None,
        on_evict: Callable[[K, V], None] | None = None,
    ) -> None:
        if capacity < 1 or k < 1 or (max_bytes is not None and max_bytes < 1):
            raise ValueError(f"capacity, k and max_bytes must be at least 1: {capacity}, {k}, {max_bytes}")
        if low_water is not None and not 1 <= low_water <= capacity:
            raise ValueError(f"low_water must be in 1..{capacity}: {low_water}")
        self.capacity = capacity
        self.k = min(k, capacity)
        self.max_bytes = max_bytes
        self.low_water = max(self.k, capacity - k if low_water is None else low_water)
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._make_recent = self._entries.move_to_end
        self._sizer = sizer or (getsizeof if max_bytes is not None else None)
        self._order: WorthOrder[K] | None = WorthOrder() if self._sizer is not None else None
        self._on_evict = on_evict
        self._hits = self._misses = self._evictions = self._insertions = self._refused = 0

    def __repr__(self) -> str:
        bound = f"{len(self._entries)}/{self.capacity}"
        size = "" if self.max_bytes is None else f", {self.bytes}/{self.max_bytes} bytes"
        return f"<KLRUCache {bound}{size}, k={self.k}, {self._hits} hits, {self._misses} misses>"

    # -- reading ---------------------------------------------------------------------------------------------

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, /, default: V | D) -> V | D: ...
    def get(self, key: K, /, default: V | D | None = None) -> V | D | None:
        """The value, which becomes the most recently used; ``default`` if there is none."""
        try:
            value = self._entries[key]
        except KeyError:
            self._misses += 1
            return default
        self._make_recent(key)
        self._hits += 1
        if self._order is not None:
            self._order.touch(key)
        return value

    def __getitem__(self, key: K) -> V:
        value: V = self.get(key, _MISSING)
        if value is _MISSING:
            raise KeyError(key)
        return value

    def peek(self, key: K) -> V | None:
        """The value, without counting or making it recent."""
        return self._entries.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def keys(self) -> KeysView[K]:
        """A view, least recently used first."""
        return self._entries.keys()

    def values(self) -> ValuesView[V]:
        """A view, least recently used first; looking makes nothing recent."""
        return self._entries.values()

    def items(self) -> ItemsView[K, V]:
        """A view, least recently used first; looking makes nothing recent."""
        return self._entries.items()

    @property
    def bytes(self) -> int:
        """The sizes of all entries together; 0 where nothing was measured."""
        return self._order.total_bytes if self._order is not None else 0

    @property
    def max_entry_bytes(self) -> int | None:
        """The size of the largest entry that is stored; None for no limit."""
        return None if self.max_bytes is None else self.max_bytes // max(_LARGEST_SHARE, self.k)

    def size_of(self, key: K) -> int:
        """The size counted for one entry; KeyError if it is not here, 0 where nothing was measured."""
        if key not in self._entries:
            raise KeyError(key)
        return self._order.size_bytes(key) if self._order is not None else 0

    def statistics(self) -> CacheStatistics:
        """A frozen picture of now."""
        return CacheStatistics(
            entries=len(self._entries),
            bytes=self.bytes,
            hits=self._hits,
            misses=self._misses,
            evictions=self._evictions,
            insertions=self._insertions,
            refused=self._refused,
        )

    # -- writing ---------------------------------------------------------------------------------------------

    def put(self, key: K, value: V, *, cost: float | None = None, size: int | None = None) -> bool:
        """Store the value as the most recently used; if it is too large, forget the old one and return False.

        ``cost`` is the seconds it took to make, ``size`` its bytes. From the first hint on the victim is the
        entry worth least per byte; one without a cost is then worth no more than its recency. Replacing keeps
        the count of uses, and what is evicted and comes back soon is not taken for new.
        """
        if cost is not None and not 0.0 <= cost < inf:
            raise ValueError(f"cost must be a finite number of seconds, not negative: {cost}")
        if self._order is None and (cost is not None or size is not None):
            self._order = self._order_of_recency()
        size_bytes = self._measure(value, size)
        uses = self._forget(key)
        limit = self.max_entry_bytes
        if limit is not None and size_bytes > limit:
            self._refused += 1
            return False
        self._make_room(size_bytes)
        if self._order is not None:
            self._order.add(key, cost or 0.0, size_bytes, uses + 1)
        self._entries[key] = value
        self._insertions += 1
        return True

    def __setitem__(self, key: K, value: V) -> None:
        self.put(key, value)

    def __delitem__(self, key: K) -> None:
        del self._entries[key]
        if self._order is not None:
            self._order.remove(key)

    @overload
    def pop(self, key: K, /) -> V: ...
    @overload
    def pop(self, key: K, /, default: V | D) -> V | D: ...
    def pop(self, key: K, /, default: Any = _MISSING) -> Any:
        """Remove and return the value, without counting; KeyError if it is absent and there is no default."""
        value = self._entries.get(key, default)
        if value is _MISSING:
            raise KeyError(key)
        self._forget(key)
        return value

    def popitem(self) -> tuple[K, V]:
        """Remove and return the least recently used; KeyError if empty."""
        for key in self._entries:
            return key, self.pop(key)
        raise KeyError("the cache is empty")

    def clear(self) -> None:
        """Forget all entries, and what they were worth; the counts go on."""
        self._entries.clear()
        self._order = WorthOrder() if self._sizer is not None else None

    # -- deciding --------------------------------------------------------------------------------------------

    def _measure(self, value: V, size: int | None) -> int:
        size_bytes = size if size is not None else self._sizer(value) if self._sizer is not None else 0
        if size_bytes < 0:
            raise ValueError(f"size must not be negative: {size_bytes}")
        return size_bytes

    def _order_of_recency(self) -> WorthOrder[K]:
        """An order by worth that agrees with the recency of what is here; made once, by the first hint."""
        order: WorthOrder[K] = WorthOrder()
        for key in self._entries:
            order.add(key, 0.0, 0)
        return order

    def _forget(self, key: K) -> int:
        """Take out what is to be replaced; returns how often it was used, 0 if it is not here."""
        if key not in self._entries:
            return 0
        del self._entries[key]
        return self._order.remove(key) if self._order is not None else 0

    def _make_room(self, size_bytes: int) -> None:
        """Evict so that one more entry of that size fits all bounds."""
        count = len(self._entries)
        surplus = count + 1 - self.low_water if count >= self.capacity else 0
        excess_bytes = 0 if self.max_bytes is None else self.bytes + size_bytes - self.max_bytes
        if surplus > 0 or excess_bytes > 0:
            evicted = [(key, self._entries.pop(key)) for key in self._victims(surplus, excess_bytes)]
            self._evictions += len(evicted)
            if self._on_evict is not None:
                for key, value in evicted:
                    self._on_evict(key, value)

    def _victims(self, entries: int, size_bytes: int) -> list[K]:
        if self._order is None:
            return list(islice(self._entries, entries))
        recent = set(islice(reversed(self._entries), self.k - 1))  # the newcomer is the k-th
        return self._order.take_victims(recent, entries=entries, size_bytes=size_bytes)
