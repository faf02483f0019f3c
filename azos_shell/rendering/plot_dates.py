"""An axis of dates: ticks where calendars and clocks have theirs, written as short as tells them apart.

Moments are seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from azos_shell.rendering.plot_axis import Axis, nice_step

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400
_MONTH: Final = 30.4 * _DAY
_YEAR: Final = 365.25 * _DAY
_MINUTE, _HOUR = 60, 3_600

_STEPS: Final = (
    *(n for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14)),
)
_MONTHS: Final = (1, 2, 3, 6)


def moment(seconds: float) -> datetime:
    """The date and time."""
    return _EPOCH + timedelta(seconds=seconds)


def date_axis(low: float, high: float, most: Callable[[int], int]) -> Axis:
    """An axis from ``low`` to ``high``; ``most`` says how many labels of so many characters fit."""
    if high <= low:
        low, high = low - _DAY / 2, high + _DAY / 2
    span = high - low
    for step in _STEPS:
        pattern = _pattern(step, span)
        if span / step <= most(len(moment(low).strftime(pattern))):
            return _axis(low, high, _multiples(low, high, step), pattern)
    for months in _MONTHS:
        if span / (months * _MONTH) <= most(7):
            return _axis(low, high, _months(low, high, months), "%Y-%m")
    years = max(1, round(nice_step(span / _YEAR / max(1, most(4)))))
    return _axis(low, high, _months(low, high, 12 * years), "%Y")


def _pattern(step: float, span: float) -> str:
    if step >= _DAY:
        return "%Y-%m-%d"
    if span > _DAY:
        return "%m-%d %H:%M"
    return "%H:%M" if step >= _MINUTE else "%H:%M:%S"


def _axis(low: float, high: float, ticks: Iterator[float], pattern: str) -> Axis:
    return Axis(low, high, tuple((tick, _text(tick, pattern)) for tick in ticks))


def _text(tick: float, pattern: str) -> str:
    at = moment(tick)
    return at.strftime(pattern.replace("%Y", f"{at.year:04d}"))


def _multiples(low: float, high: float, step: int) -> Iterator[float]:
    tick = -(-int(low // 1) // step) * step
    while tick <= high:
        if tick >= low:
            yield float(tick)
        tick += step


def _months(low: float, high: float, step: int) -> Iterator[float]:
    """The firsts of every ``step``-th month (of January, for whole years)."""
    start = moment(low)
    count = (start.year * 12 + start.month - 1) // step * step
    while count // 12 <= 9999:
        if count >= 12:
            tick = (datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()
            if tick > high:
                return
            if tick >= low:
                yield tick
        count += step
