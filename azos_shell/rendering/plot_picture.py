"""The picture of a plot: rows of styled text, for a terminal with colours or for one, or a file, without.

What draws (bars, lines, histograms) says which *kind* of mark a text is; which colour that is, is said here and in
the SVG writer alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from azos_shell.rendering.layout import cell_width, shorten
from azos_shell.rendering.text import escape_control

MOST_SERIES: Final = 8
"""As many as there are colours, fillings and markers that are told apart at a glance."""

Style = Literal["", "title", "axis", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"]
Run = tuple[str, Style]

SERIES_STYLES: Final[tuple[Style, ...]] = ("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7")

_SGR: Final[dict[Style, str]] = {
    "title": "1",
    "axis": "2",
    "s0": "36",
    "s1": "33",
    "s2": "35",
    "s3": "32",
    "s4": "34",
    "s5": "31",
    "s6": "96",
    "s7": "93",
}
"""Select Graphic Rendition (ECMA-48 8.3.117): the terminal's own sixteen colours, which its user chose."""


@dataclass(frozen=True, slots=True)
class Look:
    """How it may be drawn: ``width`` and ``height`` in cells, Unicode's blocks and Braille or ASCII, colours or not."""

    width: int
    height: int
    unicode: bool = True
    colour: bool = False


@dataclass(slots=True)
class Picture:
    """Rows from the top, each of runs of one style."""

    rows: list[list[Run]] = field(default_factory=list)

    def add(self, *runs: Run) -> None:
        """A further row at the bottom."""
        self.rows.append([run for run in runs if run[0]])

    def text(self, *, colour: bool) -> str:
        """All of it, each row ended by a newline and without blanks at its end."""
        return "".join(_row_text(row, colour) + "\n" for row in self.rows)


def _row_text(row: list[Run], colour: bool) -> str:
    plain = "".join(text for text, _ in row).rstrip()
    if not colour:
        return plain
    left, parts = len(plain), []
    for text, style in row:
        text = text[:left]
        left -= len(text)
        parts.append(f"\x1b[{_SGR[style]}m{text}\x1b[m" if style and text.strip() else text)
    return "".join(parts)


def label(text: str, look: Look, most: int) -> str:
    """``text`` harmless and no wider than ``most`` cells; in ASCII what is not is shown as ``?``."""
    text = escape_control(text)
    if not look.unicode:
        text = text.encode("ascii", "replace").decode()
    if cell_width(text) <= most:
        return text
    return shorten(text, most) if look.unicode else text[: max(0, most - 1)] + "~"


def legend(names: list[str], marks: str, look: Look) -> list[list[Run]]:
    """The names of the series behind their marks, in as many rows as they take."""
    rows: list[list[Run]] = [[]]
    left = look.width
    for index, name in enumerate(names):
        text = label(name, look, look.width - 4)
        taken = cell_width(text) + 4
        if taken > left and rows[-1]:
            rows.append([])
            left = look.width
        left -= taken
        rows[-1] += [
            (marks[index] * (2 if marks[index] in "█▓▒░━" else 1), SERIES_STYLES[index]),
            (f" {text}  ", ""),
        ]
    return rows
