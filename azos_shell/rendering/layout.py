"""The layout of a table: which columns are shown, how wide each is, and text fitted into that width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

GAP = 2
"""Cells between two columns."""

_NARROWEST = 5
"""Below this a shortened cell says nothing; then columns are left out instead."""

_READABLE = 12
"""Text columns give way down to this before numbers and short columns do."""

_EMOJI = "\u2190-\u2bff\U0001f000-\U0001fbff\ufe0f"
_JOINER = "\u200d"
_IDLE_JOINER = re.compile(f"(?<![{_EMOJI}]){_JOINER}|{_JOINER}(?![{_EMOJI}])")
"""Only emoji are drawn as one where this stands between; letters are drawn side by side all the same."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The first ``len(widths)`` columns are shown, that wide; ``right`` tells the right-aligned ones."""

    widths: tuple[int, ...]
    right: tuple[bool, ...]

    def widened(self, index: int, needed: int, width: int) -> Layout:
        """This layout with one column widened, at the cost of wide texts; itself if there is no room."""
        wanted = list(self.widths)
        wanted[index] = needed
        widths = fit_widths(wanted, width, self.right)
        return Layout(tuple(widths), self.right) if len(widths) == len(wanted) else self


def lay_out(
    columns: Sequence[str], texts: Sequence[Sequence[str]], rows: Sequence[Sequence[Any]], width: int
) -> Layout:
    """A layout for these rows (``texts`` are their cells as shown) that fits ``width`` if that can be."""
    wanted = [max(map(cell_width, column)) for column in zip(columns, *texts, strict=True)]
    right = tuple(_is_numeric([row[i] for row in rows]) for i in range(len(columns)))
    return Layout(tuple(fit_widths(wanted, width, right)), right)


def fit_widths(wanted: Sequence[int], width: int, rigid: Sequence[bool]) -> list[int]:
    """Widths of as many leading columns as fit: the widest give way first, those that are ``rigid`` last."""
    widths = list(wanted)
    while len(widths) > 1 and _total([min(w, _NARROWEST) for w in widths]) > width:
        widths.pop()
    excess = _total(widths) - width
    flexible = [i for i in range(len(widths)) if not rigid[i]]
    excess = _shrink(widths, flexible, excess, _READABLE)
    excess = _shrink(widths, flexible, excess, _NARROWEST)
    excess = _shrink(widths, range(len(widths)), excess, _NARROWEST)
    _shrink(widths, range(len(widths)), excess, 1)
    return widths


def cell_width(text: str) -> int:
    """How many cells of a terminal ``text`` takes, which is to have no control characters.

    Emoji that are joined count as the one that most terminals draw; where each is drawn, lines come out longer.
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(_IDLE_JOINER.sub("", text) if _JOINER in text else text)


def fit(text: str, width: int, right: bool) -> str:
    """``text`` in exactly ``width`` cells: padded, or shortened with ``…``."""
    taken = cell_width(text)
    if taken > width:
        text = shorten(text, width)
        taken = cell_width(text)
    padding = " " * (width - taken)
    return padding + text if right else text + padding


def shorten(text: str, width: int) -> str:
    """As much of the beginning as fits with a ``…`` into ``width`` cells (at least 1); no character is torn apart."""
    if text.isascii():
        return text[: width - 1] + "…"
    from rich.cells import get_character_cell_size

    room = width - 1
    for at, char in enumerate(text):
        size = get_character_cell_size(char)
        if not size:
            return _shorten_joined(text, width)
        room -= size
        if room < 0:
            return text[:at] + "…"
    return text + "…"


def _shorten_joined(text: str, width: int) -> str:
    """The same for text in which several code points may be one character."""
    room = width - 1
    end = 0
    for start, stop in _characters(text):
        room -= cell_width(text[start:stop])
        if room < 0:
            break
        end = stop
    return text[:end] + "…"


def _characters(text: str) -> Iterator[tuple[int, int]]:
    """Where what is seen as one character begins and ends: with its accents, and with what is joined to it."""
    from rich.cells import get_character_cell_size

    start = 0
    for at in range(1, len(text)):
        if get_character_cell_size(text[at]) and text[at - 1] != _JOINER:
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _shrink(widths: list[int], among: Sequence[int], excess: int, least: int) -> int:
    """Take ``excess`` cells from the widest of ``among``, leaving each ``least``; returns what is left."""
    while excess > 0:
        candidates = [i for i in among if widths[i] > least]
        if not candidates:
            break
        widest = max(widths[i] for i in candidates)
        top = [i for i in candidates if widths[i] == widest]
        below = max([least, *(widths[i] for i in candidates if widths[i] < widest)])
        step = max(1, min(widest - below, excess // len(top)))
        for i in top:
            taken = min(step, excess)
            widths[i] -= taken
            excess -= taken
    return excess


def _is_numeric(values: Sequence[Any]) -> bool:
    """Whether every value is a number or NULL, and one is a number."""
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
