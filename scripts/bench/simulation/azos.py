"""azos's own cache as it is, made a policy: asked with ``get`` and filled with ``put``."""

from __future__ import annotations

from collections.abc import Hashable

from azos_shell.cache.klru import KLRUCache


class Azos:
    """``KLRUCache`` as the shell's result cache uses it: with costs and sizes, one out for each one in.

    What is larger than a tenth of a byte budget is refused by it, so it is a miss every time.
    """

    def __init__(self, cache: KLRUCache[Hashable, bool], *, costs: bool, sizes: bool) -> None:
        self.capacity = cache.capacity if cache.max_bytes is None else cache.max_bytes
        self._cache = cache
        self._costs = costs
        self._sizes = sizes

    @classmethod
    def of_entries(cls, capacity: int) -> Azos:
        """Bounded by entries, every one told a cost and a size."""
        return cls(KLRUCache(capacity, low_water=capacity), costs=True, sizes=True)

    @classmethod
    def of_entries_unhinted(cls, capacity: int) -> Azos:
        """Bounded by entries, told nothing, with the low-water mark it has by itself: batches of k + 1."""
        return cls(KLRUCache(capacity), costs=False, sizes=False)

    @classmethod
    def of_bytes(cls, budget: int, most_entries: int) -> Azos:
        """Bounded by bytes alone, every entry told its cost and its size."""
        return cls(KLRUCache(most_entries, low_water=most_entries, max_bytes=budget), costs=True, sizes=True)

    @property
    def used(self) -> int:
        """What is held."""
        return len(self._cache) if self._cache.max_bytes is None else self._cache.bytes

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """One access."""
        if self._cache.get(key) is not None:
            return True
        self._cache.put(
            key,
            True,
            cost=cost_seconds if self._costs else None,
            size=size_bytes if self._sizes else None,
        )
        return False
