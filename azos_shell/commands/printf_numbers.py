"""Numbers as ``printf`` reads them from its arguments: C's constants, and ``'c`` for a character.

Integers are 64 bits wide. Floating-point numbers are read and rounded as C's ``long double`` of x86-64
holds them (a significand of 64 bits, exponents to ±16383), for that is what bash calculates with; so the
same digits come out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
_FLOAT = re.compile(
    r"[ \t\n\v\f\r]*([+-]?)(?:"
    r"0[xX](?P<hex>[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP](?P<binary>[+-]?[0-9]+))?"
    r"|(?P<decimal>[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<power>[+-]?[0-9]+))?"
    r"|(?P<inf>inf(?:inity)?)|(?P<nan>nan(?:\([0-9a-z_]*\))?))",
    re.IGNORECASE,
)
_MOST_DIGITS = 40
"""More digits than any 64-bit integer has in any base; longer ones are out of range unread."""

_PRECISION_BITS = 64
_LEAST_EXPONENT = -16445  # of the last bit of the smallest subnormal
_GREATEST_EXPONENT = 16384 - _PRECISION_BITS
_KEPT_DIGITS = 1500
"""These decide how anything but a deliberate tie is rounded; what follows them is one sticky digit."""

_POWER_LIMIT = 10_000
"""Decimal exponents beyond which every number is an infinity or zero."""


@dataclass(frozen=True, slots=True)
class Extended:
    """A number of 64 significant bits: ``±significand * 2**exponent``, an infinity or not a number."""

    negative: bool
    significand: int
    exponent: int
    kind: Literal["finite", "inf", "nan"] = "finite"


@dataclass(frozen=True, slots=True)
class IntegerRead:
    """What was read: the value (clamped if ``clamped``), and whether all of the argument was a number."""

    value: int
    complete: bool
    clamped: bool = False


@dataclass(frozen=True, slots=True)
class FloatRead:
    """What was read: the value, whether all of the argument was a number, and whether it fitted the range."""

    value: Extended
    complete: bool
    clamped: bool = False


def read_integer(text: str, *, signed: bool) -> IntegerRead:
    """``12``, ``-0x1f``, ``017``, ``'c``; "" is 0. Unsigned values of negative numbers wrap at 2**64."""
    if not text:
        return IntegerRead(0, True)
    if text[0] in "'\"":
        return IntegerRead(_code(text), True)
    match = _INTEGER.match(text)
    if match is None:
        return IntegerRead(0, False)
    sign, hexadecimal, octal, decimal = match.groups()
    digits = hexadecimal or octal or decimal
    base = 16 if hexadecimal else 8 if octal else 10
    magnitude = int(digits, base) if len(digits.lstrip("0")) <= _MOST_DIGITS else 2**80
    value = -magnitude if sign == "-" else magnitude
    complete = match.end() == len(text)
    least, greatest = (-(2**63), 2**63 - 1) if signed else (-(2**64 - 1), 2**64 - 1)
    if not least <= value <= greatest:
        limit = least if signed and value < 0 else greatest
        return IntegerRead(limit, complete, clamped=True)
    return IntegerRead(value if signed else value % 2**64, complete)


def read_float(text: str) -> FloatRead:
    """``1.5``, ``.5e-3``, ``0x1.8p3``, ``inf``, ``nan``, ``'c``; "" is 0."""
    if not text:
        return FloatRead(Extended(False, 0, 0), True)
    if text[0] in "'\"":
        return FloatRead(_rounded(False, _code(text), 1), True)
    match = _FLOAT.match(text)
    if match is None:
        return FloatRead(Extended(False, 0, 0), False)
    negative = match[1] == "-"
    complete = match.end() == len(text)
    if match["inf"]:
        return FloatRead(Extended(negative, 0, 0, "inf"), complete)
    if match["nan"]:
        return FloatRead(Extended(negative, 0, 0, "nan"), complete)
    value = _hexadecimal(match, negative) if match["hex"] else _decimal(match, negative)
    is_zero = not _digits_of(match).strip("0.")
    too_small = not is_zero and value.significand.bit_length() < _PRECISION_BITS
    return FloatRead(value, complete, clamped=value.kind == "inf" or too_small)


def _code(text: str) -> int:
    """The code of the character after the quote: a byte that is no UTF-8 counts as itself."""
    code = ord(text[1]) if len(text) > 1 else 0
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code


def _digits_of(match: re.Match[str]) -> str:
    return match["hex"] or match["decimal"] or ""


def _decimal(match: re.Match[str], negative: bool) -> Extended:
    whole, _, fraction = match["decimal"].partition(".")
    digits = (whole + fraction).lstrip("0")
    power = _bounded(match["power"]) - len(fraction)
    if len(digits) > _KEPT_DIGITS:
        power += len(digits) - _KEPT_DIGITS - 1
        digits = digits[:_KEPT_DIGITS] + ("1" if digits[_KEPT_DIGITS:].strip("0") else "0")
    if not digits or power + len(digits) < -_POWER_LIMIT:
        return Extended(negative, 0, 0)
    if power + len(digits) > _POWER_LIMIT:
        return Extended(negative, 0, 0, "inf")
    numerator, denominator = int(digits), 1
    if power >= 0:
        numerator *= 10**power
    else:
        denominator = 10**-power
    return _rounded(negative, numerator, denominator)


def _hexadecimal(match: re.Match[str], negative: bool) -> Extended:
    whole, _, fraction = match["hex"].partition(".")
    power = _bounded(match["binary"]) - 4 * len(fraction)
    significand = int(whole + fraction, 16)
    if power + significand.bit_length() > 2 * _POWER_LIMIT:
        return Extended(negative, 0, 0, "inf")
    if significand == 0 or power + significand.bit_length() < -2 * _POWER_LIMIT:
        return Extended(negative, 0, 0)
    if power >= 0:
        return _rounded(negative, significand << power, 1)
    return _rounded(negative, significand, 1 << -power)


def _bounded(power: str | None) -> int:
    """An exponent, as far as it can matter."""
    if not power:
        return 0
    magnitude = power.lstrip("+-").lstrip("0")
    value = int(magnitude or "0") if len(magnitude) < 7 else 10**6
    return -value if power[0] == "-" else value


def _rounded(negative: bool, numerator: int, denominator: int) -> Extended:
    """The nearest 64-bit number, halves to the even one."""
    if numerator == 0:
        return Extended(negative, 0, 0)
    exponent = max(numerator.bit_length() - denominator.bit_length() - _PRECISION_BITS, _LEAST_EXPONENT)
    significand, rest, divisor = _divided(numerator, denominator, exponent)
    if significand.bit_length() > _PRECISION_BITS:
        exponent += 1
        significand, rest, divisor = _divided(numerator, denominator, exponent)
    if 2 * rest > divisor or (2 * rest == divisor and significand & 1):
        significand += 1
        if significand.bit_length() > _PRECISION_BITS:
            significand, exponent = significand >> 1, exponent + 1
    if exponent > _GREATEST_EXPONENT:
        return Extended(negative, 0, 0, "inf")
    return Extended(negative, significand, exponent)


def _divided(numerator: int, denominator: int, exponent: int) -> tuple[int, int, int]:
    """Quotient, remainder and divisor of ``numerator / denominator / 2**exponent``."""
    if exponent >= 0:
        denominator <<= exponent
    else:
        numerator <<= -exponent
    quotient, rest = divmod(numerator, denominator)
    return quotient, rest, denominator
