"""A count-min sketch that ages: about how often keys were seen of late, in a fixed number of small counters.

Cormode and Muthukrishnan's sketch with conservative increments, and the ageing of TinyLFU (Einziger, Friedman
and Manes, 2017): after a sample of accesses all counters are halved.
"""

from __future__ import annotations

from collections.abc import Hashable

MOST_COUNTED = 15  # four bits
SAMPLE_PER_ENTRY = 10
_MULTIPLIERS = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0xD6E8FEB86659FD93,
)  # odd, one a row
_WORD = (1 << 64) - 1


class CountMinSketch:
    """Four rows of counters, each as wide as the next power of two of four counters an entry."""

    def __init__(self, entries: int) -> None:
        bits = max(6, (4 * entries - 1).bit_length())
        self._shift = 64 - bits
        self._rows = [bytearray(1 << bits) for _ in _MULTIPLIERS]
        self._sample = SAMPLE_PER_ENTRY * max(entries, 1)
        self._seen = 0

    def add(self, key: Hashable) -> None:
        """The key was seen once more."""
        places = self._places(key)
        least = min(row[place] for row, place in zip(self._rows, places, strict=True))
        if least < MOST_COUNTED:
            for row, place in zip(self._rows, places, strict=True):
                if row[place] == least:
                    row[place] = least + 1
        self._seen += 1
        if self._seen >= self._sample:
            self._seen //= 2
            self._rows = [bytearray(count >> 1 for count in row) for row in self._rows]

    def estimate(self, key: Hashable) -> int:
        """How often the key was seen; never too little but for ageing."""
        return min(row[place] for row, place in zip(self._rows, self._places(key), strict=True))

    def _places(self, key: Hashable) -> list[int]:
        mixed = hash(key)
        mixed ^= (mixed >> 31) & _WORD
        return [((mixed * multiplier) & _WORD) >> self._shift for multiplier in _MULTIPLIERS]
