"""Quantiles of a stream of durations in constant memory, within one per cent, and mergeable.

The sketch is DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", VLDB 2019): it counts values in bins whose borders grow by two per cent each.
Durations are first gathered in a short list and folded into the sketch a few hundred at a time or when
somebody asks, because an append costs a tenth of an addition to the sketch, and whoever records often is in a
hurry. The sketch's package is loaded by the first fold.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING, Any

from azos_shell.core.lazy import LazyLoader

if TYPE_CHECKING:
    from types import ModuleType

RELATIVE_ERROR = 0.01
BINS = (
    2048  # 17 decades at that error, so that nothing between a nanosecond and three years is ever collapsed
)
GATHERED = 512  # one fold then takes about a quarter of a millisecond
_ZERO_SECONDS = 1e-15  # no clock tells less from nothing, and a logarithm needs something above it


def _make_mapping() -> Any:
    """From a value to its bin, as the sketches have it; the value it gives for a bin lies in that bin."""
    from ddsketch.mapping import LogarithmicMapping

    return LogarithmicMapping(RELATIVE_ERROR)


_ddsketch: LazyLoader[ModuleType] = LazyLoader.module("ddsketch")
_mapping: LazyLoader[Any] = LazyLoader(_make_mapping, name="ddsketch.mapping")


class Quantiles:
    """Durations in seconds. Negative ones count as 0.0 (a clock went back), infinity and NaN do not count."""

    __slots__ = ("_maximum", "_minimum", "_sketch", "_sum", "gathered")

    def __init__(self) -> None:
        self.gathered: list[float] = []
        self._sketch: Any = None
        self._sum = 0.0
        self._minimum = inf
        self._maximum = 0.0

    def __repr__(self) -> str:
        return f"<Quantiles of {self.count} values>"

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.gathered.append(seconds)
        if len(self.gathered) >= GATHERED:
            self.fold()

    def add_zeros(self, count: int) -> None:
        """Count that many durations of 0.0."""
        if count > 0:
            self._minimum = 0.0
            self._made().add(0.0, float(count))

    def fold(self, *also: Quantiles) -> None:
        """Move what was gathered into the sketch, and count it in those others, too."""
        values = [max(0.0, seconds) for seconds in self.gathered if -inf < seconds < inf]
        self.gathered.clear()
        if not values:
            return
        mapping = _mapping.get()
        bins = Counter([mapping.key(seconds) for seconds in values if seconds > _ZERO_SECONDS])
        weights = [(mapping.value(key), float(count)) for key, count in bins.items()]
        zeros = len(values) - bins.total()
        for one in (self, *also):
            one.add_zeros(zeros)
            add = one._made().add
            for seconds, weight in weights:
                add(seconds, weight)
            one._note(sum(values), min(values), max(values))

    @property
    def count(self) -> int:
        """How many were counted."""
        self.fold()
        return int(self._sketch.count) if self._sketch is not None else 0

    @property
    def average(self) -> float:
        """The mean; 0.0 of none."""
        count = self.count
        return self._sum / count if count else 0.0

    @property
    def minimum(self) -> float:
        """The exact smallest; 0.0 of none."""
        self.fold()
        return self._minimum if self._minimum < inf else 0.0

    @property
    def maximum(self) -> float:
        """The exact largest; 0.0 of none."""
        self.fold()
        return self._maximum

    def at(self, quantile: float) -> float:
        """The value at a quantile from 0.0 to 1.0, within one per cent; 0.0 of none."""
        self.fold()
        if self._sketch is None:
            return 0.0
        value = self._sketch.get_quantile_value(quantile)
        return min(max(float(value), self._minimum), self._maximum)

    def merge(self, other: Quantiles) -> None:
        """Count what the other has counted, as if it had been added here."""
        self.fold()
        other.fold()
        if other._sketch is None:
            return
        self._made().merge(other._sketch)
        self._note(other._sum, other._minimum, other._maximum)

    def _note(self, total: float, minimum: float, maximum: float) -> None:
        self._sum += total
        self._minimum = min(self._minimum, minimum)
        self._maximum = max(self._maximum, maximum)

    def _made(self) -> Any:
        if self._sketch is None:
            self._sketch = _ddsketch.get().LogCollapsingLowestDenseDDSketch(RELATIVE_ERROR, BINS)
        return self._sketch
