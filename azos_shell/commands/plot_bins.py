"""The distribution of a stream of numbers, counted in one pass and in bounded memory.

Up to ``EXACT`` values are kept. More are counted in bins whose width is 1 or 2 times a power of ten, a thousandth or
less of what one bin of the picture has; it grows whenever they become too many. Since the widths of the picture (1, 2
or 5 times a power of ten) are whole multiples, its counts are exact all the same.

How wide a bin should be is Freedman and Diaconis's rule ("On the histogram as a density estimator", 1981): twice the
range of the middle half over the cube root of the count; or Sturges's (1926) where that makes narrower ones, as it
does for few values.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from typing import Final

from azos_shell.rendering.plot_axis import nice_step

EXACT: Final = 100_000
FINE_BINS: Final = 65_536
"""More than a thousand for each column of cells."""

MOST_BINS: Final = 60

_NEAREST: Final = 1.5
"""A width is rounded to the nearer of the round ones, and not always up."""

_ROUNDING: Final = 2e-15
"""0.3 / 0.1 is 2.9999999999999996 to a computer: what is within so many parts of an edge is on it. Some units in the
last place and no more, or numbers that are large beside their range (timestamps) would all be on one."""


class Distribution:
    """Takes numbers and tells how many fall where."""

    def __init__(self, exact: int = EXACT, fine_bins: int = FINE_BINS) -> None:
        self._exact = exact
        self._fine_bins = fine_bins
        self._values = array("d")
        self._fine: Counter[int] = Counter()
        self._exponent = 0
        self._factor = 0
        self._low, self._high = math.inf, -math.inf
        self._is_whole = True
        self.count = 0

    def add(self, values: list[float]) -> None:
        """Further numbers, all of them finite."""
        if not values:
            return
        self.count += len(values)
        self._low, self._high = min(self._low, *values), max(self._high, *values)
        self._is_whole = self._is_whole and all(value.is_integer() for value in values)
        if not self._factor:
            self._values.extend(values)
            if len(self._values) <= self._exact:
                return
            values = self._values.tolist()
            self._values = array("d")
            self._begin_counting()
        self._widen_for_range()
        width = self._width
        self._fine.update(places(values, width))

    def bins(self, most: int) -> tuple[int, float, list[int]]:
        """The first bin as a multiple of the width, the width, and how many values each bin holds; ``most`` bins."""
        width = self._good_width(max(1, min(most, MOST_BINS)))
        counts: Counter[int] = Counter()
        if self._factor:
            times = round(width / self._width)
            for place, count in self._fine.items():
                counts[place // times] += count
        else:
            counts.update(places(self._values, width))
        first, last = min(counts), max(counts)
        return first, width, [counts[place] for place in range(first, last + 1)]

    @property
    def _width(self) -> float:
        return float(f"{self._factor}e{self._exponent}")

    def _begin_counting(self) -> None:
        self._factor, self._exponent = 1, math.floor(math.log10(self._least_span() / self._fine_bins))

    def _least_span(self) -> float:
        size = max(abs(self._low), abs(self._high), 1e-280)
        return max(self._high - self._low, size * 1e-11)

    def _widen_for_range(self) -> None:
        """Make the bins wider until the whole range has few enough."""
        while self._least_span() / self._width > self._fine_bins:
            times = 2 if self._factor == 1 else 5
            self._factor, self._exponent = (2, self._exponent) if times == 2 else (1, self._exponent + 1)
            wider: Counter[int] = Counter()
            for place, count in self._fine.items():
                wider[place // times] += count
            self._fine = wider

    def _good_width(self, most: int) -> float:
        span = self._high - self._low
        if span <= max(abs(self._low), abs(self._high), 1e-280) * 1e-11:
            return nice_step(max(abs(self._high), abs(self._low)) / 10 or 1.0)
        ideal = span / (math.ceil(math.log2(self.count)) + 1)
        middle = self._quantile(0.75) - self._quantile(0.25)
        if middle > 0:
            ideal = min(ideal, 2 * middle / self.count ** (1 / 3))
        if self._is_whole:
            ideal = max(ideal, 1.0)
        width = nice_step(max(ideal / _NEAREST, span / most))
        while math.floor(self._high / width) - math.floor(self._low / width) + 1 > most:
            width = nice_step(width * 1.5)
        return max(width, nice_step(self._width * 10)) if self._factor else width

    def _quantile(self, share: float) -> float:
        """The value that so large a share is not above; of fine bins, the middle of the one that has it."""
        wanted = max(0, math.ceil(share * self.count) - 1)
        if not self._factor:
            return sorted(self._values)[wanted]
        seen = 0
        for place in sorted(self._fine):
            seen += self._fine[place]
            if seen > wanted:
                return (place + 0.5) * self._width
        return self._high


def places(values: Iterable[float], width: float) -> list[int]:
    """The bin of each: it begins at that multiple of the width."""
    found = []
    for value in values:
        quotient = value / width
        near = round(quotient)
        is_near = abs(quotient - near) <= _ROUNDING * abs(quotient)
        found.append(near if is_near else math.floor(quotient))
    return found
