"""A plot of lines: one or several series over numbers, dates or texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from azos_shell.rendering.plot_axis import Axis, number_axis
from azos_shell.rendering.plot_dates import date_axis
from azos_shell.rendering.plot_frame import GAP, add_foot, add_row, gutter, labels_beside, places_below
from azos_shell.rendering.plot_picture import Look, Picture, label, legend
from azos_shell.rendering.plot_raster import MARKERS, Raster

Point = tuple[float, float | None]
"""Where, and the value; None where the line is interrupted."""

_CELLS_A_LABEL = 2.5
"""Rows that a label beside takes for itself: closer ones make it hard to see the line."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its points in the order of x."""

    name: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Lines:
    """What is to be drawn. With ``kind`` ``texts`` x counts the ``texts`` from 0."""

    series: list[Series]
    kind: Literal["numbers", "dates", "texts"] = "numbers"
    texts: tuple[str, ...] = ()
    title: str = ""


def draw_lines(lines: Lines, look: Look) -> Picture:
    """The picture of it. There is at least one point with a value."""
    picture = Picture()
    names = [series.name for series in lines.series]
    braille = look.unicode and (look.colour or len(names) == 1)
    if lines.title:
        picture.add((label(lines.title, look, look.width), "title"))
    if len(names) > 1:
        marks = "━" * len(names) if braille else MARKERS
        picture.rows += legend(names, marks, look)
    rows = max(3, look.height - len(picture.rows) - 2)
    values = [y for series in lines.series for _, y in series.points if y is not None]
    upright = number_axis(min(values), max(values), max(2, int(rows / _CELLS_A_LABEL)), rounded=True)
    width = gutter(upright)
    columns = max(1, look.width - width)
    level, places = _level_axis(lines, columns, look)
    raster = Raster(columns, rows, braille=braille)
    for index, series in enumerate(lines.series):
        _draw(raster, series.points, level, upright, index)
    beside = labels_beside(upright, rows)
    for row in range(rows):
        add_row(picture, beside.get(row, ""), width, look, raster.runs(row))
    add_foot(picture, level, width, look, places)
    return picture


def _level_axis(lines: Lines, columns: int, look: Look) -> tuple[Axis, dict[int, str]]:
    where = [x for series in lines.series for x, y in series.points if y is not None]
    low, high = min(where), max(where)
    if lines.kind == "dates":
        axis = date_axis(low, high, lambda size: max(1, columns // (size + GAP)))
    elif lines.kind == "texts":
        most = max(4, columns // 8)
        shown = tuple(
            (float(i), label(text, look, most)) for i, text in enumerate(lines.texts) if low <= i <= high
        )
        axis = Axis(low - 0.5, high + 0.5, shown) if low == high else Axis(low, high, shown)
    else:
        axis = number_axis(low, high, max(1, columns // 10))
    return axis, places_below(axis, columns)


def _draw(raster: Raster, points: list[Point], level: Axis, upright: Axis, index: int) -> None:
    before: tuple[int, int] | None = None
    for x, y in points:
        if y is None:
            before = None
            continue
        at = (
            round(level.share(x) * (raster.width - 1)),
            round((1 - upright.share(y)) * (raster.height - 1)),
        )
        if before is None:
            raster.dot(*at, index)
        elif at != before:
            raster.line(before, at, index)
        before = at
