"""The pen: the colours and styles that hold for the next character, as SGR sequences (ECMA-48 8.3.117) change them.

Of any number of sequences only their sum is kept, one value for each property; so what is drawn with it never grows
and leaves nothing behind that a reset would not end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SGR: Final = re.compile(r"\x1b\[([0-9;:]*)m")

_ENDS: Final = {
    22: "weight",
    23: "italic",
    24: "underline",
    25: "blink",
    27: "reverse",
    29: "crossed",
    39: "foreground",
    49: "background",
    55: "overline",
    59: "underline colour",
}
_PROPERTIES: Final = {
    1: "weight",
    2: "weight",
    3: "italic",
    4: "underline",
    5: "blink",
    6: "blink",
    7: "reverse",
    9: "crossed",
    21: "underline",
    53: "overline",
    **dict.fromkeys((*range(30, 38), *range(90, 98)), "foreground"),
    **dict.fromkeys((*range(40, 48), *range(100, 108)), "background"),
}
"""Concealed text (8) is no style here: what was written is to be seen."""

_EXTENDED: Final = {38: "foreground", 48: "background", 58: "underline colour"}


class Pen:
    """Plain at first. ``style`` is the sequence that gives a plain terminal what holds now; empty for plain."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self.style = ""

    def take(self, parameters: str) -> None:
        """A sequence with these parameters, the text between ``ESC [`` and ``m``, has come."""
        for code, value in _codes(parameters):
            if code == 0:
                self._values.clear()
            elif code in _ENDS:
                self._values.pop(_ENDS[code], None)
            else:
                name = _EXTENDED.get(code) or _PROPERTIES.get(code, "")
                if name:
                    self._values[name] = value
        self.style = f"\x1b[{';'.join(self._values.values())}m" if self._values else ""

    def __repr__(self) -> str:
        return f"<Pen {self._values}>"


def _codes(parameters: str) -> Iterator[tuple[int, str]]:
    """Each code, and how it is written with what belongs to it; what is no colour is left out."""
    fields = parameters.split(";")
    at = 0
    while at < len(fields):
        field = fields[at]
        head = field.partition(":")[0]
        code = int(head) if head.isdecimal() and len(head) <= 3 else 0 if not field else -1
        taken = 1
        if code in _EXTENDED and ":" not in field:
            kind = fields[at + 1] if at + 1 < len(fields) else ""
            taken = {"5": 3, "2": 5}.get(kind, 1)
            values = fields[at : at + taken]
            if taken == 1 or len(values) < taken or not all(_is_byte(value) for value in values[1:]):
                code = -1
            field = ";".join(values)
        elif ":" in field and len(field) > _LONGEST_FIELD:
            code = -1
        elif field == "4:0":
            code = 24
        at += taken
        yield code, field


_LONGEST_FIELD: Final = 32
"""``38:2:255:255:255:255`` and its like; longer ones are no colours."""


def _is_byte(text: str) -> bool:
    return text.isdecimal() and len(text) <= 3 and int(text) <= 255
