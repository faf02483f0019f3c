"""The format of ``printf``, read into literal bytes and conversions (POSIX XBD 5, with bash's additions)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from azos_shell.commands.echo_escapes import FORMAT, unescape

CONVERSIONS = "diouxXeEfFgGaAcsbqQ"
_FLAGS = "-+ #0'"
_LENGTHS = "hjlLtz"  # of C; read and ignored, for a shell knows one size
_WIDEST = 2**31 - 1


class FormatError(Exception):
    """The format is wrong from here on; what stands before it is still written."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """``%-8.3d`` and its like. ``*`` for a width or precision is an argument's value (``from_argument``).

    ``precision`` is None when there is none. ``time_format`` is the text of ``%(…)T``.
    """

    kind: str
    flags: frozenset[str] = frozenset()
    width: int = 0
    precision: int | None = None
    width_from_argument: bool = False
    precision_from_argument: bool = False
    time_format: str = ""


Piece = bytes | Conversion


@lru_cache(maxsize=256)
def parse_format(text: str) -> tuple[tuple[Piece, ...], str]:
    """The pieces of a format, and in words what is wrong after the last of them ("" if nothing is)."""
    pieces: list[Piece] = []
    index = 0
    while index < len(text):
        found = text.find("%", index)
        if found < 0:
            found = len(text)
        if found > index:
            pieces.append(unescape(text[index:found], FORMAT)[0])
        if found == len(text):
            break
        try:
            piece, index = _conversion(text, found)
        except FormatError as error:
            return tuple(pieces), str(error)
        pieces.append(piece)
    return tuple(pieces), ""


def _conversion(text: str, start: int) -> tuple[Piece, int]:
    """The conversion that begins at the ``%`` at ``start``, and where the format goes on."""
    index = start + 1
    if text.startswith("%", index):
        return b"%", index + 1
    end = index
    while end < len(text) and text[end] in _FLAGS:
        end += 1
    flags = frozenset(text[index:end])
    width, width_from_argument, index = _number(text, end)
    precision: int | None = None
    precision_from_argument = False
    if text.startswith(".", index):
        precision, precision_from_argument, index = _number(text, index + 1)
    while index < len(text) and text[index] in _LENGTHS:
        index += 1
    if index >= len(text):
        raise FormatError(f"'{text[start:]}': the conversion character is missing")
    kind, time_format = text[index], ""
    if kind == "(":
        end = text.find(")T", index)
        if end < 0:
            raise FormatError(f"'{text[start:]}': expected ')T' at its end")
        kind, time_format, index = "T", text[index + 1 : end], end + 1
    elif kind not in CONVERSIONS:
        raise FormatError(f"'{kind}': no such conversion")
    conversion = Conversion(
        kind, flags, width, precision, width_from_argument, precision_from_argument, time_format
    )
    return conversion, index + 1


def _number(text: str, index: int) -> tuple[int, bool, int]:
    """Digits or ``*`` at ``index``: the number, whether it is an argument's, and where the text goes on."""
    if text.startswith("*", index):
        return 0, True, index + 1
    end = index
    while end < len(text) and text[end] in "0123456789":
        end += 1
    digits = text[index:end].lstrip("0")
    if len(digits) > 10 or (digits and int(digits) > _WIDEST):
        raise FormatError(f"'{digits}': too wide")
    return int(digits or "0"), False, end
