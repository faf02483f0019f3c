"""Patterns as units: a star, or the regular expression of exactly one character.

Since every unit but the star has length one, the text between two stars can be placed at its first occurrence without
loss, so that matching takes at most quadratic time: each ``.*?text`` is atomic. Reversed units match reversed values,
which is how suffixes are removed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from azos_shell.language.brackets import bracket

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = str | None
STAR: Final = None


def pattern_units(pattern: str, pathname: bool) -> list[Unit]:
    """The units of a pattern without extended groups."""
    units: list[Unit] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            if not units or units[-1] is not STAR:
                units.append(STAR)
        elif char == "?":
            units.append("[^/]" if pathname else ".")
        elif char == "[" and (found := bracket(pattern, at - 1)) is not None:
            expression, at = found
            units.append(f"(?!/){expression}" if pathname else expression)
        else:
            if char == "\\" and at < len(pattern):
                char = pattern[at]
                at += 1
            units.append(re.escape(char))
    return units


def joined(units: Sequence[Unit], *, longest: bool, pathname: bool) -> str:
    """One regular expression: each text between stars at its first place, the last one at its last if ``longest``."""
    any_text = "[^/]*" if pathname else ".*"
    stars = [at for at, unit in enumerate(units) if unit is STAR]
    if not stars:
        return "".join(unit for unit in units if unit)
    pieces = ["".join(unit for unit in units[: stars[0]] if unit)]
    for at, following in pairwise(stars):
        pieces.append(f"(?>{any_text}?{''.join(unit for unit in units[at + 1 : following] if unit)})")
    last = "".join(unit for unit in units[stars[-1] + 1 :] if unit)
    if longest:
        pieces.append(any_text + last)
    else:
        pieces.append(f"{any_text}?{last}" if last else "")
    return "".join(pieces)
