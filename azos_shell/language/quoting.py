"""Quoting: a text as a shell word that reads back as itself."""

from __future__ import annotations

from typing import Final

from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tokens import RESERVED

# Letters and digits of any script, and marks that mean nothing to the shell wherever they stand.
_SAFE: Final = LazyRegex(r"(?![A-Za-z_][A-Za-z0-9_]*\+?=)[\w@%+:,./=^-]+\Z")
_LETTERS: Final = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "E"}


def quote(text: str) -> str:
    """``text`` as one word: bare where that is safe, in ``'…'``, or in ``$'…'`` if it can't be shown as it is."""
    if _SAFE.match(text, 0) and text not in RESERVED and text.isprintable():
        return text
    return quote_always(text)


def quote_always(text: str) -> str:
    """As ``quote``, but never bare."""
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    if letter := _LETTERS.get(char):
        return "\\" + letter
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
