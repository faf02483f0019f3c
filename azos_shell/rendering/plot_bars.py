"""A plot of bars: one row a value, its label and number before it, from zero to the right or left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from azos_shell.rendering.layout import cell_width, fit
from azos_shell.rendering.plot_axis import value_labels
from azos_shell.rendering.plot_picture import SERIES_STYLES, Look, Picture, Run, Style, label, legend

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_FILLINGS: Final = "█▒░▓█▒░▓"
_ASCII_FILLINGS: Final = "#=-+*%o~"
_LEAST_CELLS: Final = 5


@dataclass(frozen=True, slots=True)
class Bars:
    """The labels, and for each the values of the series (None: there is none)."""

    labels: list[str]
    names: list[str]
    values: list[list[float | None]]
    title: str = ""


def draw_bars(bars: Bars, look: Look) -> Picture:
    """The picture of it. There is at least one value. Its height is that of the bars."""
    picture = Picture()
    if bars.title:
        picture.add((label(bars.title, look, look.width), "title"))
    several = len(bars.names) > 1
    fillings = _ASCII_FILLINGS if not look.unicode else "█" * len(bars.names) if look.colour else _FILLINGS
    if several:
        picture.rows += legend(bars.names, fillings, look)
    names = [label(text, look, look.width // 3) for text in bars.labels]
    wide = max(map(cell_width, names))
    given = [value for values in bars.values for value in values if value is not None]
    texts = iter(value_labels(given))
    numbers = [[next(texts) if value is not None else "-" for value in values] for values in bars.values]
    wide_number = max(len(text) for row in numbers for text in row)
    cells = max(_LEAST_CELLS, look.width - wide - wide_number - 3)
    span = _Span(min(0.0, *given), max(0.0, *given), cells, look.unicode)
    for name, values, row in zip(names, bars.values, numbers, strict=True):
        for index, value in enumerate(values):
            shown = fit(name if index == 0 else "", wide, right=False)
            picture.add(
                (f"{shown} {row[index]:>{wide_number}} ", ""),
                *span.runs(value, SERIES_STYLES[index], fillings[index]),
            )
        if several and len(names) > 1:
            picture.add()
    if several and len(names) > 1:
        picture.rows.pop()
    return picture


class _Span:
    """The cells from the lowest value to the highest, with zero among them."""

    def __init__(self, low: float, high: float, cells: int, unicode: bool) -> None:
        self._scale = cells / ((high - low) or 1.0)
        self._before = round(-low * self._scale)
        self._after = cells - self._before
        self._axis = "│" if unicode else "|"
        self._unicode = unicode

    def runs(self, value: float | None, style: Style, filling: str) -> list[Run]:
        """One bar. A value that is not zero is always seen."""
        left = right = ""
        length = abs(value or 0.0) * self._scale
        if value and value < 0:
            left = filling * min(self._before, max(1, round(length)))
        elif value:
            right = self._to_the_right(min(length, self._after), filling)
        return [(" " * (self._before - len(left)), ""), (left, style), (self._axis, "axis"), (right, style)]

    def _to_the_right(self, length: float, filling: str) -> str:
        if not self._unicode or filling != "█":
            return filling * max(1, round(length))
        full, eighths = divmod(max(1, round(length * 8)), 8)
        return filling * full + (_EIGHTHS[eighths] if eighths else "")
