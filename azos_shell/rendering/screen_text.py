"""A screenful of text: lines cut to the screen, colours kept or left out, and what differs from the one before.

A line is a list of cells, each a character and the SGR sequences (ECMA-48 8.3.117) that hold for it. Whatever else a
terminal would act on is written out.
"""

from __future__ import annotations

import re

from azos_shell.rendering.harmless import harmless
from azos_shell.rendering.layout import cell_width

Cell = tuple[str, str]
Line = list[Cell]

_SGR = re.compile(r"(\x1b\[[0-9;:]*m)")
_RESETS = frozenset({"\x1b[m", "\x1b[0m"})
_TAB = 8
_REVERSE, _PLAIN = "\x1b[7m", "\x1b[0m"
_LONGEST_STYLE = 64
"""Characters of colours that may hold at once: more says nothing."""


def screen_lines(data: bytes, width: int, height: int, *, colour: bool) -> list[Line]:
    """The first lines of what a command wrote, as many as fit; ``colour`` keeps its SGR sequences."""
    lines: list[Line] = []
    style = ""
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    for raw in text.split("\n", height)[:height]:
        line, style = _line(raw, width, style, colour=colour)
        lines.append(line)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def painted(line: Line, before: Line | None) -> str:
    """The line as it is written; ``before`` is what stood there, None if that does not matter.

    What differs is shown reversed.
    """
    parts: list[str] = []
    now = ""
    for index, (char, style) in enumerate(line):
        wanted = style
        if before is not None and (index >= len(before) or before[index][0] != char):
            wanted += _REVERSE
        if wanted != now:
            parts.append((_PLAIN if now else "") + wanted)
            now = wanted
        parts.append(char)
    if now:
        parts.append(_PLAIN)
    return "".join(parts)


def _line(raw: str, width: int, style: str, *, colour: bool) -> tuple[Line, str]:
    """The cells of a line, and the style that the next one begins with."""
    line: Line = []
    column = 0
    for index, piece in enumerate(_SGR.split(raw)):
        if index % 2:
            style = _styled(style, piece) if colour else ""
            continue
        for char in harmless(piece):
            size = _TAB - column % _TAB if char == "\t" else cell_width(char)
            if column + size > width:
                column = width
                break
            column += size
            line += [(" ", style)] * size if char == "\t" else [(char, style)]
    return line, style


def _styled(style: str, sequence: str) -> str:
    return "" if sequence in _RESETS else (style + sequence)[-_LONGEST_STYLE:]
