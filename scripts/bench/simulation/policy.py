"""What a replacement policy is to the simulator: something that is told each access and says whether it hit.

All bounds are in units: bytes where entries have sizes, entries where every access is told a size of 1. The
policies of papers that know only pages of one size are carried over in the obvious way and are, with sizes of
1, exactly those of the papers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Protocol


class Policy(Protocol):
    """A cache without values."""

    capacity: int

    @property
    def used(self) -> int:
        """The sizes of all that is in the cache together."""

    def access(self, key: Hashable, cost_seconds: float, size_bytes: int) -> bool:
        """Ask for a key and, if it is not here, bring it in; True for a hit."""


class SizedQueue:
    """Keys with sizes in an order, oldest first."""

    __slots__ = ("_sizes", "used")

    def __init__(self) -> None:
        self._sizes: OrderedDict[Hashable, int] = OrderedDict()
        self.used = 0

    def __len__(self) -> int:
        return len(self._sizes)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._sizes

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._sizes)

    def push(self, key: Hashable, size: int) -> None:
        """Put a key that is not here at the young end."""
        self._sizes[key] = size
        self.used += size

    def pop_oldest(self) -> tuple[Hashable, int]:
        """Take the oldest out."""
        key, size = self._sizes.popitem(last=False)
        self.used -= size
        return key, size

    def remove(self, key: Hashable) -> int:
        """Take a key out; returns its size."""
        size = self._sizes.pop(key)
        self.used -= size
        return size

    def size(self, key: Hashable) -> int:
        """The size of a key that is here."""
        return self._sizes[key]

    def make_youngest(self, key: Hashable) -> None:
        """Move a key to the young end."""
        self._sizes.move_to_end(key)
