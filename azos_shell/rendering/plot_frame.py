"""The frame of a plot: values along its left side, ticks and labels below."""

from __future__ import annotations

from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.plot_axis import Axis
from azos_shell.rendering.plot_picture import Look, Picture, Run

GAP = 3
"""Cells between two labels below, so that they are read as two."""


def labels_beside(axis: Axis, rows: int) -> dict[int, str]:
    """Which row has which label; a row has one."""
    found: dict[int, str] = {}
    for value, text in axis.ticks:
        found.setdefault(round((1 - axis.share(value)) * (rows - 1)), text)
    return found


def gutter(axis: Axis) -> int:
    """How many cells the labels beside and the line take."""
    return max((len(text) for _, text in axis.ticks), default=0) + 2


def add_row(picture: Picture, text: str, width: int, look: Look, drawn: list[Run]) -> None:
    """One row of the plot behind its label, if it has one."""
    corner = ("┤" if text else "│") if look.unicode else ("+" if text else "|")
    picture.add((f"{text:>{width - 2}} ", "axis"), (corner, "axis"), *drawn)


def add_foot(picture: Picture, axis: Axis, width: int, look: Look, places: dict[int, str]) -> None:
    """The line below with its ticks, and their labels; ``places`` says which column has which."""
    columns = look.width - width
    shown = _fitting(places, columns)
    line, tick, corner = ("─", "┬", "└") if look.unicode else ("-", "+", "+")
    drawn = "".join(tick if column in shown else line for column in range(columns))
    picture.add((" " * (width - 1) + corner + drawn, "axis"))
    text, end = "", 0
    for start, label in sorted(shown.values()):
        text += " " * (start - end) + label
        end = start + cell_width(label)
    picture.add((" " * width + text, "axis"))


def places_below(axis: Axis, columns: int) -> dict[int, str]:
    """Which column has which label."""
    return {round(axis.share(value) * (columns - 1)): text for value, text in axis.ticks}


def _fitting(places: dict[int, str], columns: int) -> dict[int, tuple[int, str]]:
    """Where each label begins: centred below its tick if there is room, and left out if it would touch another."""
    shown: dict[int, tuple[int, str]] = {}
    free = 0
    for column in sorted(places):
        text = places[column]
        taken = cell_width(text)
        start = min(max(0, column - taken // 2), columns - taken)
        if start >= free:
            shown[column] = (start, text)
            free = start + taken + 1
    return shown


def gutter_room(largest: float) -> int:
    """How many cells the gutter takes at most, for values up to ``largest``."""
    return len(f"{largest:,.0f}") + 3
