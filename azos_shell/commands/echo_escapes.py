"""Backslash escapes as ``echo -e``, ``printf`` and ``%b`` read them: one reader, three dialects (bash's)."""

from __future__ import annotations

from dataclasses import dataclass

_SIMPLE = {
    "\\": b"\\",
    "a": b"\a",
    "b": b"\b",
    "e": b"\x1b",
    "E": b"\x1b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_OCTAL = "01234567"
_HEX = "0123456789abcdefABCDEF"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the three readers differ in.

    ``\\0`` takes that many digits after it (``zero_digits``); ``\\1`` to ``\\7`` are octal too where
    ``bare_octal``; ``\\c`` ends all output where ``stops``; ``\\"  \\'  \\?`` lose the backslash where
    ``quotes``.
    """

    zero_digits: int
    bare_octal: bool
    stops: bool
    quotes: bool


ECHO = Dialect(zero_digits=3, bare_octal=False, stops=True, quotes=False)
FORMAT = Dialect(zero_digits=2, bare_octal=True, stops=False, quotes=True)
PERCENT_B = Dialect(zero_digits=3, bare_octal=True, stops=True, quotes=False)


def unescape(text: str, dialect: Dialect) -> tuple[bytes, bool]:
    """The bytes that ``text`` stands for, and whether ``\\c`` ended it. What is no escape stays as it is."""
    found = text.find("\\")
    if found < 0:
        return text.encode("utf-8", "surrogateescape"), False
    parts: list[bytes] = []
    start = 0
    while 0 <= found < len(text) - 1:
        parts.append(text[start:found].encode("utf-8", "surrogateescape"))
        if text[found + 1] == "c" and dialect.stops:
            return b"".join(parts), True
        value, start = _one(text, found + 1, dialect)
        parts.append(value)
        found = text.find("\\", start)
    parts.append(text[start:].encode("utf-8", "surrogateescape"))
    return b"".join(parts), False


def _one(text: str, index: int, dialect: Dialect) -> tuple[bytes, int]:
    """The escape whose letter is at ``index``, and where the text goes on."""
    letter = text[index]
    if letter in _SIMPLE:
        return _SIMPLE[letter], index + 1
    if letter in _HEX_DIGITS:
        end = _digits_end(text, index + 1, _HEX_DIGITS[letter], _HEX)
        if end > index + 1:
            code = int(text[index + 1 : end], 16)
            return (bytes([code]) if letter == "x" else _utf8(code)), end
    elif letter == "0" or (letter in _OCTAL and dialect.bare_octal):
        end = _digits_end(text, index + 1, dialect.zero_digits if letter == "0" else 2, _OCTAL)
        return bytes([int(text[index:end], 8) & 0xFF]), end
    elif letter in "\"'?" and dialect.quotes:
        return letter.encode(), index + 1
    return b"\\", index


def _digits_end(text: str, start: int, most: int, digits: str) -> int:
    end = start
    while end < len(text) and end - start < most and text[end] in digits:
        end += 1
    return end


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else "\ufffd".encode()
