"""A screenful of text: lines cut to the screen, colours kept or left out, and what differs from the one before.

A line is a list of cells, each a character with its accents and the SGR sequence that holds for it. Whatever else a
terminal would act on is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from azos_shell.rendering.harmless import harmless
from azos_shell.rendering.layout import cell_width
from azos_shell.rendering.pen import SGR, Pen

Cell = tuple[str, str]
Line = list[Cell]

_TAB: Final = 8
_REVERSED, _NOT_REVERSED, _PLAIN = "\x1b[7m", "\x1b[27m", "\x1b[0m"
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d\ufe0e\ufe0f")
"""How wide characters are that these join or vary is each terminal's own idea; without them all agree."""

_MOST_IN_CELL: Final = 8
"""A character and its accents: more are no writing."""


def screen_lines(data: bytes, width: int, height: int, *, colour: bool) -> list[Line]:
    """The first lines of what a command wrote, as many as fit; ``colour`` keeps its SGR sequences."""
    lines: list[Line] = []
    pen = Pen()
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    for raw in text.split("\n", height)[:height]:
        lines.append(_line(raw, width, pen, colour=colour))
    while lines and not lines[-1]:
        lines.pop()
    return lines


def counterparts(lines: Sequence[Line], before: Sequence[Line]) -> list[Line]:
    """For each line the one of the screen before that it is to be compared with; an empty one for a new line.

    Lines that only moved have themselves as their counterparts, so that a line put in at the top marks itself alone.
    """
    from difflib import SequenceMatcher

    now, then = [_text(line) for line in lines], [_text(line) for line in before]
    found: list[Line] = [[] for _ in lines]
    for _, old, old_end, new, new_end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        for index in range(new, min(new_end, new + old_end - old)):
            found[index] = before[old + index - new]
    return found


def painted(line: Line, before: Line | None) -> str:
    """The line as it is written; ``before`` is what stood there, None if that does not matter.

    What differs is shown reversed.
    """
    parts: list[str] = []
    now = ""
    for index, (char, style) in enumerate(line):
        wanted = style
        if before is not None and (index >= len(before) or before[index][0] != char):
            wanted += _NOT_REVERSED if _is_reversed(style) else _REVERSED
        if wanted != now:
            parts.append((_PLAIN if now else "") + wanted)
            now = wanted
        parts.append(char)
    if now:
        parts.append(_PLAIN)
    return "".join(parts)


def frame(rows: Sequence[str], height: int) -> str:
    """What shows these rows and nothing else on a terminal of so many lines.

    Each row is cleared before it is written: behind a full one the cursor still stands on its last character.
    """
    shown = [f"\x1b[{number};1H\x1b[K{row}" for number, row in enumerate(rows[:height], 1)]
    if len(shown) < height:
        shown.append(f"\x1b[{len(shown) + 1};1H\x1b[J")
    return "".join(shown)


def _text(line: Line) -> str:
    return "".join([char for char, _ in line])


def _is_reversed(style: str) -> bool:
    return "7" in style[2:-1].split(";")


def _line(raw: str, width: int, pen: Pen, *, colour: bool) -> Line:
    """The cells of a line; the pen is as the next one finds it."""
    line: Line = []
    column = 0
    for index, piece in enumerate(SGR.split(raw)):
        if index % 2:
            if colour:
                pen.take(piece)
        elif column < width:
            column = _write(line, column, width, harmless(piece).translate(_JOINERS), pen.style)
    return line


def _write(line: Line, column: int, width: int, text: str, style: str) -> int:
    """Put the text into the line, as far as it fits; returns the column behind it."""
    for char in text:
        size = _TAB - column % _TAB if char == "\t" else cell_width(char)
        if not size:
            if line and len(line[-1][0]) < _MOST_IN_CELL:
                line[-1] = (line[-1][0] + char, line[-1][1])
            continue
        if column + size > width:
            return width
        column += size
        line += [(" ", style)] * size if char == "\t" else [(char, style)]
    return column
