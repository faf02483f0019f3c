"""The points of one line, in bounded memory whatever their number and order.

Up to ``EXACT`` points are kept as they are. Of more, x is divided into bins of which each keeps its first, lowest,
highest and last point: a line through those covers the same pixels, as long as a bin is no wider than one (the M4
aggregation: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014). The width of the
bins doubles whenever there are too many of them; powers of two nest, so a bin is always made of whole ones.
"""

from __future__ import annotations

import math
from typing import Final

from azos_shell.rendering.plot_lines import Point

EXACT: Final = 8_192
"""Far more than the dots that a terminal has across: some 600."""


class Points:
    """Takes points in any order and gives them in that of x."""

    def __init__(self, exact: int = EXACT) -> None:
        self._most = exact
        self._points: list[Point] = []
        self._bins: dict[int, _Bin] = {}
        self._width = 0.0
        self.has_values = False

    def add(self, x: float, y: float | None) -> None:
        """A further point; without y the line is interrupted there."""
        self.has_values = self.has_values or y is not None
        if self._width:
            self._put(x, y)
            return
        self._points.append((x, y))
        if len(self._points) > self._most:
            self._divide()

    def in_order(self) -> list[Point]:
        """The points that are to be joined. Those of one x stay in the order in which they came."""
        if not self._width:
            return sorted(self._points, key=lambda point: point[0])
        return [point for _, one in sorted(self._bins.items()) for point in one.points()]

    def _divide(self) -> None:
        low, high = min(x for x, _ in self._points), max(x for x, _ in self._points)
        # math.frexp: the power of two that is next above; all x alike are one bin of any width.
        span = (high - low) / self._most or max(abs(high), 1.0) / self._most
        self._width = math.ldexp(1.0, math.frexp(span)[1])
        points, self._points = self._points, []
        for x, y in points:
            self._put(x, y)

    def _put(self, x: float, y: float | None) -> None:
        place = math.floor(x / self._width)
        one = self._bins.get(place)
        if one is None:
            one = self._bins[place] = _Bin(x)
            if len(self._bins) > self._most:
                self._halve()
                one = self._bins[math.floor(x / self._width)]
        if y is not None:
            one.add(x, y)

    def _halve(self) -> None:
        """Half as many bins at most, twice as wide."""
        while len(self._bins) > self._most // 2:
            self._width *= 2
            bins, self._bins = self._bins, {}
            for place, one in sorted(bins.items()):
                wider = self._bins.get(place // 2)
                if wider is None:
                    self._bins[place // 2] = one
                else:
                    wider.join(one)

    def __repr__(self) -> str:
        return f"<Points {len(self._bins) or len(self._points)} in bins of {self._width}>"


class _Bin:
    """The first, lowest, highest and last point; no value at all is a gap."""

    __slots__ = ("_at", "first", "highest", "last", "lowest")

    def __init__(self, at: float) -> None:
        self._at = at
        self.first: tuple[float, float] | None = None
        self.last = self.lowest = self.highest = (at, 0.0)

    def add(self, x: float, y: float) -> None:
        point = (x, y)
        if self.first is None:
            self.first = self.last = self.lowest = self.highest = point
            return
        if x < self.first[0]:
            self.first = point
        if x >= self.last[0]:
            self.last = point
        if y < self.lowest[1]:
            self.lowest = point
        if y > self.highest[1]:
            self.highest = point

    def join(self, other: _Bin) -> None:
        for point in other.points():
            if point[1] is not None:
                self.add(point[0], point[1])

    def points(self) -> list[Point]:
        if self.first is None:
            return [(self._at, None)]
        inner = sorted((self.lowest, self.highest), key=lambda point: point[0])
        return [self.first, *inner, self.last]
