"""Untrusted text made safe to show: names, paths and others' messages must not drive the terminal.

Everything that is not printable is written out: C0 controls in caret notation, the rest (C1 controls,
bidirectional overrides, undecodable bytes) as escapes. ``str.isprintable`` is false for all of the Unicode
categories Cc, Cf, Cs, Co, Cn, Zl, Zp and Zs but the space, which covers every control function of ECMA-48
and every override of UAX #9.

Longer texts of others (bodies, cells) keep what no terminal acts on, such as icons of private use and characters that
this Python does not know yet; what must not pass even there is ``is_acted_on``.
"""

from __future__ import annotations

_ACTED_ON = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # part of words in Persian and Hindi and of emoji; they move nothing


def visible(text: str) -> str:
    """The text with every character that is not printable written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else written_out(char) for char in text)


def is_acted_on(char: str) -> bool:
    """Whether a terminal may act on the character or reorder others by it instead of showing it.

    That is so for C0, DEL and C1, for bidi controls, tags and the soft hyphen, for what stands for bytes that were
    no UTF-8, and for line and paragraph separators.
    """
    import unicodedata

    return unicodedata.category(char) in _ACTED_ON and char not in _JOINERS


def written_out(char: str) -> str:
    """A character in visible ones: ``^[`` for a C0 control, else as an escape."""
    code = ord(char)
    if code < 0x20:
        return "^" + chr(code + 0x40)
    return "^?" if code == 0x7F else escape(char)


def escape(char: str) -> str:
    """A character as ``\\x1b``, ``\\u202e`` or ``\\U000e0041``; the surrogate of a byte as ``\\xff``."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
