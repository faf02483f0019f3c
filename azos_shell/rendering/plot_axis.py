"""The axis of a plot: which stretch of values it shows, and the round ones among them that are written beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 1e300
"""What is larger is not drawn: differences of two such numbers would leave a double's range."""

_SMALLEST_SPAN: Final = 1e-290
_FINEST: Final = 1e-12
"""A span that is smaller than that beside the values is the noise of a double's last digits."""

_UNITS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high``, with the ticks between them and their labels."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Where ``value`` stands: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)


def number_axis(low: float, high: float, most: int, *, rounded: bool = False) -> Axis:
    """An axis over these values with about ``most`` ticks at most; ``rounded`` lengthens it to ticks at its ends."""
    low, high = widened(low, high)
    step = nice_step((high - low) / max(1, most))
    first, last = low / step, high / step
    if rounded:
        begin, end = math.floor(first + 1e-9), math.ceil(last - 1e-9)
        low, high = min(low, begin * step), max(high, end * step)
    else:
        begin, end = math.ceil(first - 1e-9), math.floor(last + 1e-9)
    values = [_clean(k * step, step) for k in range(begin, end + 1)]
    return Axis(low, high, tuple(zip(values, number_labels(values, step), strict=True)))


def widened(low: float, high: float) -> tuple[float, float]:
    """The two, or a stretch around them where they are as good as equal."""
    size = max(abs(low), abs(high))
    if high - low > max(_SMALLEST_SPAN, size * _FINEST):
        return low, high
    room = size * 0.1 if size > _SMALLEST_SPAN else 1.0
    return low - room, high + room


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not less."""
    exponent = math.floor(math.log10(least))
    for factor, power in ((1, exponent), (2, exponent), (5, exponent), (1, exponent + 1)):
        step = float(f"{factor}e{power}")
        if step >= least * (1 - 1e-9):
            return step
    return float(f"2e{exponent + 1}")


def number_labels(values: list[float], step: float) -> list[str]:
    """The values of one axis as text, all with as many digits as tell them apart."""
    size = max(map(abs, values), default=0.0)
    if size >= 1e15 or step < 1e-6:
        digits = max(1, math.ceil(math.log10(max(size, step) / step) + 1))
        return [f"{value:.{min(digits, 15)}g}" for value in values]
    for scale, unit in _UNITS:
        if size >= scale * 10 or (size >= scale and step >= scale / 10):
            places = _places(step / scale)
            return [f"{value / scale:.{places}f}{unit}" if value else "0" for value in values]
    places = _places(step)
    return [f"{value:,.{places}f}" if abs(value) >= 10_000 else f"{value:.{places}f}" for value in values]


def value_labels(values: list[float]) -> list[str]:
    """Values as they are shown beside their bars: whole numbers as they are, others to four digits of the largest."""
    size = max(map(abs, values), default=0.0)
    if all(value == int(value) for value in values) and size < 1e15:
        return [f"{int(value):,}" if size >= 10_000 else str(int(value)) for value in values]
    if not 1e-4 <= size < 1e15:
        return [f"{value:.4g}" for value in values]
    most = max(0, 3 - math.floor(math.log10(size)))
    places = next(
        (n for n in range(most) if all(math.isclose(round(v, n), v, abs_tol=1e-12) for v in values)), most
    )
    return [f"{value:,.{places}f}" for value in values]


def _places(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


def _clean(value: float, step: float) -> float:
    """``value`` without the noise of multiplying: 3 * 0.1 is 0.3, and never -0."""
    places = _places(step)
    return (round(value, places) if places < 300 else value) + 0.0
