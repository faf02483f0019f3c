"""Text of servers on a terminal: its lines and tabs, and nothing else that a terminal would obey."""

from __future__ import annotations

import re

from azos_shell.language.visible import visible

_PIECE = re.compile(r"[\n\t]+|(?:(?!\r\n)[^\n\t])+|\r")


def harmless(text: str) -> str:
    """The text with every control character but line ends and tabs written out; CR LF is a line end."""
    if text.isprintable():
        return text
    return _PIECE.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    piece = found[0]
    return piece if piece[0] in "\n\t" else visible(piece)
