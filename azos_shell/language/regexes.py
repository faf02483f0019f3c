"""POSIX extended regular expressions (XBD 9.4), as ``[[ text =~ expression ]]`` takes them, in Python's dialect.

Bracket expressions and anchors are translated; the rest is the same for what people write. Python takes the first
alternative that matches where POSIX takes the longest.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from azos_shell.language.brackets import bracket

_CACHED_EXPRESSIONS: Final = 256
# What glibc knows beyond POSIX. Any other character after a backslash stands for itself.
_ESCAPED: Final = {
    "w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S", "b": r"\b", "B": r"\B",
    "<": r"\b(?=\w)", ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z",
}  # fmt: skip
_PIECE: Final = re.compile(r"\\(.)|(\{\d*(?:,\d*)?\})|(.)", re.DOTALL).match


def translate_regex(expression: str) -> str:
    """The Python regular expression (for ``search`` and DOTALL) of a POSIX extended one."""
    pieces = []
    at = 0
    while at < len(expression):
        if expression[at] == "[" and (found := bracket(expression, at, escapes=False)) is not None:
            piece, at = found
            pieces.append(piece)
            continue
        match = _PIECE(expression, at)
        if match is None:  # a backslash at the end
            raise re.error("trailing backslash", expression, at)
        pieces.append(_translated(match))
        at = match.end()
    return "".join(pieces)


@lru_cache(_CACHED_EXPRESSIONS)
def compile_regex(expression: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """``expression`` compiled; raises ``re.error`` where it is none."""
    return re.compile(translate_regex(expression), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _translated(match: re.Match[str]) -> str:
    escaped, repetition, char = match.groups()
    if escaped is not None:
        return _ESCAPED.get(escaped) or re.escape(escaped)
    if repetition is not None:
        return repetition
    if char == "$":
        return r"\Z"
    if char == "^":
        return r"\A"
    return re.escape(char) if char in "[{}" else char
