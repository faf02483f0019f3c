"""The escapes of C in ``$'…'`` (POSIX.1-2024 2.2.4, with bash's ``\\u``, ``\\U`` and ``\\E``)."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = (
    r"(?s)\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))"
)
_LETTERS: Final = {
    "a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63,
}  # fmt: skip


def unescape(text: str) -> str:
    """``text`` with its escapes replaced; ``\\xNN`` and ``\\NNN`` are bytes, and a NUL ends it."""
    if "\\" not in text:
        return text
    pieces = []
    done = 0
    for match in re.finditer(_ESCAPE, text):
        pieces.append(_encoded(text[done : match.start()]))
        pieces.append(_value(match))
        done = match.end()
    pieces.append(_encoded(text[done:]))
    return b"".join(pieces).split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _value(match: re.Match[str]) -> bytes:
    hexadecimal, short, long, octal, control, letter = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if short or long:
        code = int(short or long, 16)
        return _encoded(chr(code)) if code <= 0x10FFFF else match[0].encode()
    if control:
        return bytes([ord(control) & 0x1F]) if control.isascii() else _encoded(match[0])
    code = _LETTERS.get(letter, -1)
    return bytes([code]) if code >= 0 else _encoded(match[0])


def _encoded(text: str) -> bytes:
    """``text`` in UTF-8; surrogates that stand for no byte are kept as they would be written."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
