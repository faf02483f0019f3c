"""A plot of a distribution: columns side by side, each as high as so many values are in its bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from azos_shell.rendering.plot_axis import Axis, nice_step, number_axis, number_labels
from azos_shell.rendering.plot_frame import add_foot, add_row, gutter, labels_beside
from azos_shell.rendering.plot_picture import Look, Picture, Run, label

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_WITH_GAP: Final = 3
"""Columns of so many cells leave one free."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of bins of one width, the first of which begins at ``first`` times the width."""

    first: int
    width: float
    counts: list[int]
    title: str = ""


def draw_histogram(histogram: Histogram, look: Look) -> Picture:
    """The picture of it. There is at least one value."""
    picture = Picture()
    if histogram.title:
        picture.add((label(histogram.title, look, look.width), "title"))
    rows = max(3, look.height - len(picture.rows) - 2)
    most = max(histogram.counts)
    step = max(1.0, nice_step(most / max(2, rows // 3)))
    upright = number_axis(0.0, -(-most // step) * step, round(-(-most // step)), rounded=True)
    width = gutter(upright)
    bins = len(histogram.counts)
    cells = max(1, (look.width - width - 1) // bins)
    beside = labels_beside(upright, rows)
    for row in range(rows):
        text = "".join(_cell(upright, count, row, rows, cells, look) for count in histogram.counts)
        drawn: list[Run] = [(text, "s0")]
        add_row(picture, beside.get(row, ""), width, look, drawn)
    foot = Look(min(look.width, width + bins * cells + 1), look.height, look.unicode)
    add_foot(picture, upright, width, foot, _edges(histogram, cells))
    return picture


def _cell(upright: Axis, count: int, row: int, rows: int, cells: int, look: Look) -> str:
    """What one column has in one row. A bin that is not empty is always seen."""
    height = upright.share(count) * rows
    if count:
        height = max(height, 1 / 8)
    filled = min(1.0, max(0.0, height - (rows - 1 - row)))
    is_seen = filled >= 0.5 or (count and row == rows - 1)
    char = _EIGHTHS[round(filled * 8)] if look.unicode else "#" if is_seen else " "
    return char * (cells - 1) + " " if cells >= _WITH_GAP else char * cells


def _edges(histogram: Histogram, cells: int) -> dict[int, str]:
    """Which column of cells has the label of the edge that is there; as many as have room."""
    count = len(histogram.counts) + 1
    values = [(histogram.first + index) * histogram.width for index in range(count)]
    texts = number_labels(values, histogram.width)
    wide = max(map(len, texts)) + 2
    every = max(1, -(-wide // cells))
    every = next((n for n in (1, 2, 5, 10, 20, 50, 100) if n >= every), every)
    return {index * cells: texts[index] for index in range(0, count, every)}
