"""The raster that lines are drawn on: Braille's eight dots to a cell, or one marker a cell.

Braille (Unicode block U+2800; dots numbered as in ISO 11548-1) gives two by four dots, but a cell has one colour: where
colours can't tell several lines apart, markers do.
"""

from __future__ import annotations

from typing import Final

from azos_shell.rendering.plot_picture import SERIES_STYLES, Run

_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot, by its row and column in the cell."""

MARKERS: Final = "*+o#x@%&"
"""One a series; they are ASCII."""


class Raster:
    """``columns`` by ``rows`` cells of ``across`` by ``down`` dots each; dots count from the left and the top."""

    def __init__(self, columns: int, rows: int, *, braille: bool) -> None:
        self.across, self.down = (2, 4) if braille else (1, 1)
        self.width, self.height = columns * self.across, rows * self.down
        self._columns = columns
        self._braille = braille
        self._dots = [[0] * columns for _ in range(rows)]
        self._series = [[0] * columns for _ in range(rows)]

    def dot(self, x: int, y: int, series: int) -> None:
        """Set one dot; the latest series has its cell."""
        row, column = y // self.down, x // self.across
        self._dots[row][column] |= _BITS[y % self.down][x % self.across] if self._braille else 1
        self._series[row][column] = series

    def line(self, start: tuple[int, int], end: tuple[int, int], series: int) -> None:
        """Set the dots between two, both included (Bresenham's algorithm)."""
        (x, y), (x1, y1) = start, end
        dx, dy = abs(x1 - x), -abs(y1 - y)
        right, downwards = (1 if x < x1 else -1), (1 if y < y1 else -1)
        error = dx + dy
        while True:
            self.dot(x, y, series)
            if x == x1 and y == y1:
                return
            twice = 2 * error
            if twice >= dy:
                error += dy
                x += right
            if twice <= dx:
                error += dx
                y += downwards

    def runs(self, row: int) -> list[Run]:
        """One row of cells, neighbours of one series together."""
        found: list[Run] = []
        for dots, series in zip(self._dots[row], self._series[row], strict=True):
            style = SERIES_STYLES[series] if dots else ""
            char = " " if not dots else chr(0x2800 + dots) if self._braille else MARKERS[series]
            if found and found[-1][1] == style:
                found[-1] = (found[-1][0] + char, style)
            else:
                found.append((char, style))
        return found
