"""Untrusted text made safe to show: names, paths and others' messages must not drive the terminal.

Everything that is not printable is written out: C0 controls in caret notation, the rest (C1 controls,
bidirectional overrides, undecodable bytes) as escapes. ``str.isprintable`` is false for all of the Unicode
categories Cc, Cf, Cs, Co, Cn, Zl, Zp and Zs but the space, which covers every control function of ECMA-48
and every override of UAX #9.
"""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with every character that is not printable written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _written_out(char) for char in text)


def _written_out(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return "^" + chr(code + 0x40)
    if code == 0x7F:
        return "^?"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (surrogateescape)
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
