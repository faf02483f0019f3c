"""The menu of candidates below the line: in columns, row by row, scrolled to the selected one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.controls import UIContent, UIControl
from prompt_toolkit.utils import get_cwidth

if TYPE_CHECKING:
    from azos_shell.repl.candidates import Candidate

GAP_COLUMNS = 2
SHOWN_CANDIDATES = 2_000
"""No one reads on after that; a directory of a million files is laid out no further."""


class Menu(UIControl):
    """Candidates and which of them is selected. Draws lines that are worked out when something changes."""

    def __init__(self) -> None:
        self.most_rows = 10
        self._candidates: Sequence[Candidate] = ()
        self._more = 0
        self._selected: int | None = None
        self._columns = 1
        self._lines: dict[tuple[int, int], list[StyleAndTextTuples]] = {}

    @property
    def shown(self) -> bool:
        """Whether there is a menu."""
        return bool(self._candidates)

    @property
    def selected(self) -> Candidate | None:
        """The selected candidate, if one was chosen."""
        return None if self._selected is None else self._candidates[self._selected]

    @property
    def columns(self) -> int:
        """How many candidates stand beside each other: what Down moves by."""
        return self._columns

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show these, none of them selected."""
        self._candidates = candidates[:SHOWN_CANDIDATES]
        self._more = len(candidates) - len(self._candidates)
        self._selected = None
        self._lines.clear()

    def hide(self) -> None:
        """Show nothing."""
        self.show(())

    def move(self, count: int) -> Candidate | None:
        """Select the candidate that many further on, round the ends; the first move selects either end."""
        if not self._candidates:
            return None
        start = self._selected if self._selected is not None else (-1 if count > 0 else 0)
        self._selected = (start + count) % len(self._candidates)
        self._lines.clear()
        return self._candidates[self._selected]

    def preferred_height(
        self, width: int, max_available_height: int, wrap_lines: bool, get_line_prefix: object
    ) -> int:
        """As many rows as the candidates take, within ``most_rows``."""
        return len(self._drawn(width, min(self.most_rows, max_available_height)))

    def create_content(self, width: int, height: int) -> UIContent:
        """The rows, ready to be drawn."""
        lines = self._drawn(width, height)
        return UIContent(lambda row: lines[row], line_count=len(lines), show_cursor=False)

    def _drawn(self, width: int, height: int) -> list[StyleAndTextTuples]:
        lines = self._lines.get((width, height))
        if lines is None:
            lines = self._lines[width, height] = self._draw(width, max(1, height))
        return lines

    def _draw(self, width: int, height: int) -> list[StyleAndTextTuples]:
        labels = [candidate.label for candidate in self._candidates]
        if not labels:
            return []
        cell = max(get_cwidth(label) for label in labels) + GAP_COLUMNS
        noted = any(candidate.note for candidate in self._candidates)
        self._columns = 1 if noted else max(1, (width + GAP_COLUMNS) // cell)
        rows = -(-len(labels) // self._columns)
        top = self._top_row(rows, height)
        lines = [self._row(row, labels, cell, width) for row in range(top, min(rows, top + height))]
        hidden = rows - len(lines)
        if hidden or self._more:
            left = len(labels) + self._more
            lines[-1] = (
                [("class:candidate.more", f"… {left:,} in all"[:width])] if len(lines) > 1 else lines[-1]
            )
        return lines

    def _top_row(self, rows: int, height: int) -> int:
        if self._selected is None or rows <= height:
            return 0
        usable = max(1, height - 1)  # the last row tells that there are more
        return min(self._selected // self._columns // usable * usable, rows - 1)

    def _row(self, row: int, labels: list[str], cell: int, width: int) -> StyleAndTextTuples:
        fragments: StyleAndTextTuples = []
        first = row * self._columns
        for index in range(first, min(first + self._columns, len(labels))):
            style = "class:candidate.selected" if index == self._selected else "class:candidate"
            text = clipped(labels[index], width)
            fragments.append((style, text))
            fragments.append(("", " " * (cell - get_cwidth(text))))
            if note := self._candidates[index].note:
                fragments.append(("class:candidate.note", clipped(note, max(0, width - cell))))
        return fragments

    def __repr__(self) -> str:
        return f"<Menu {len(self._candidates)} candidates, selected {self._selected}>"


def clipped(text: str, width: int) -> str:
    """The text, cut so that it takes no more than ``width`` columns."""
    if get_cwidth(text) <= width:
        return text
    taken = 0
    for index, char in enumerate(text):
        taken += get_cwidth(char)
        if taken > width - 1:
            return text[:index] + "…" if width > 0 else ""
    return text
