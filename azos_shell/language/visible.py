"""Text made visible: what a terminal would obey or hide is spelled out.

Control characters are shown as ``^X``, undecodable bytes and C1 controls as ``\\xNN``, and characters that reorder or
hide text (bidirectional controls, line separators, zero-width marks) as ``\\uNNNN``.
"""

from __future__ import annotations

import re

HOSTILE = (
    "[\x00-\x1f\x7f-\x9f\udc80-\udcff\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|[\ud800-\udfff]"
)


def visible(text: str) -> str:
    """``text`` with every character that is not for the eye escaped."""
    return re.sub(HOSTILE, _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return "^" + chr(code + 0x40)
    if code == 0x7F:
        return "^?"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
