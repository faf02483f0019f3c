"""Values written as ``printf`` conversions ask: integers, floating-point numbers, padding (C11 7.21.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.commands.printf_format import Conversion

if TYPE_CHECKING:
    from decimal import Decimal

    from azos_shell.commands.printf_numbers import Extended


def padded(body: bytes, conversion: Conversion) -> bytes:
    """``body`` in the width of the conversion. Widths count bytes, as POSIX, dash and bash have it."""
    if "-" in conversion.flags:
        return body.ljust(conversion.width)
    return body.rjust(conversion.width)


def clipped(body: bytes, conversion: Conversion) -> bytes:
    """At most ``precision`` bytes of ``body``, in the width of the conversion."""
    return padded(body if conversion.precision is None else body[: conversion.precision], conversion)


def integer(value: int, conversion: Conversion) -> bytes:
    """``value`` for one of ``d i o u x X``."""
    kind, flags, precision = conversion.kind, conversion.flags, conversion.precision
    digits = format(abs(value), {"o": "o", "x": "x", "X": "X"}.get(kind, "d"))
    if precision is not None:
        digits = digits.rjust(precision, "0") if value or precision else ""
    prefix = ""
    if kind in "di":
        prefix = _sign(value < 0, flags)
    elif "#" in flags:
        if kind == "o" and not digits.startswith("0"):
            digits = "0" + digits
        elif kind in "xX" and value:
            prefix = "0" + kind
    return _joined(prefix, digits, conversion, zeros=precision is None)


def floating(value: Extended, conversion: Conversion) -> bytes:
    """``value`` for one of ``e f g a`` and their capitals."""
    kind, flags = conversion.kind.lower(), conversion.flags
    sign = _sign(value.negative, flags)
    body: str = value.kind
    if kind == "a" and value.kind == "finite":
        sign += "0x"
        body = _hexadecimal(value, conversion.precision, "#" in flags)
    elif value.kind == "finite":
        precision = 6 if conversion.precision is None else conversion.precision
        body = _decimal(value, kind, precision, "#" in flags)
    if conversion.kind.isupper():
        sign, body = sign.upper(), body.upper()
    return _joined(sign, body, conversion, zeros=value.kind == "finite")


def _sign(negative: bool, flags: frozenset[str]) -> str:
    return "-" if negative else "+" if "+" in flags else " " if " " in flags else ""


def _joined(prefix: str, digits: str, conversion: Conversion, *, zeros: bool) -> bytes:
    if zeros and "0" in conversion.flags and "-" not in conversion.flags:
        digits = digits.rjust(conversion.width - len(prefix), "0")
    return padded((prefix + digits).encode("ascii"), conversion)


def _decimal(value: Extended, kind: str, precision: int, alternative: bool) -> str:
    exact = _exact(value)
    if kind == "f":
        text = format(exact, f".{precision}f")
        return text + "." if alternative and not precision else text
    if kind == "e":
        digits, exponent = _scientific(exact, precision)
        return _with_exponent(digits, exponent, alternative)
    precision = precision or 1
    digits, exponent = _scientific(exact, precision - 1)
    if precision > exponent >= -4:
        text = format(exact, f".{precision - 1 - exponent}f")
        return _trimmed(text, alternative)
    return _with_exponent(_trimmed(_pointed(digits), alternative).replace(".", ""), exponent, alternative)


def _exact(value: Extended) -> Decimal:
    """The number, every digit of it."""
    from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

    if value.exponent >= 0:
        return Decimal(value.significand << value.exponent)
    wide = Context(prec=20_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return Decimal(value.significand * 5**-value.exponent).scaleb(value.exponent, wide)


def _scientific(value: Decimal, precision: int) -> tuple[str, int]:
    """``precision + 1`` rounded digits and the decimal exponent of the first."""
    if not value:
        return "0" * (precision + 1), 0
    digits, _, exponent = format(value, f".{precision}e").partition("e")
    return digits.replace(".", ""), int(exponent)


def _with_exponent(digits: str, exponent: int, alternative: bool) -> str:
    point = "." if len(digits) > 1 or alternative else ""
    return f"{digits[0]}{point}{digits[1:]}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _pointed(digits: str) -> str:
    return f"{digits[0]}.{digits[1:]}"


def _trimmed(text: str, alternative: bool) -> str:
    """Without trailing zeros of a fraction, unless the alternative form keeps them (and the point)."""
    if alternative:
        return text if "." in text else text + "."
    return text.rstrip("0").rstrip(".") if "." in text else text


def _hexadecimal(value: Extended, precision: int | None, alternative: bool) -> str:
    """``8.8p-3``: the leading digit holds four of 64 bits, as glibc writes a long double."""
    significand = value.significand
    exponent = value.exponent + 60 if significand else 0
    if precision is not None and precision < 15:
        significand, carried = _rounded_hexadecimal(significand, precision)
        exponent += 4 * carried
    digits = format(significand, "016x")
    fraction = digits[1:].rstrip("0") if precision is None else digits[1:].ljust(precision, "0")[:precision]
    point = "." if fraction or alternative else ""
    return f"{digits[0]}{point}{fraction}p{exponent:+d}"


def _rounded_hexadecimal(significand: int, precision: int) -> tuple[int, bool]:
    """The significand to that many hexadecimal digits, halves to even, and whether it carried over."""
    unit = 1 << (4 * (15 - precision))
    rest = significand % unit
    significand -= rest
    if 2 * rest > unit or (2 * rest == unit and significand & unit):
        significand += unit
    if significand >> 64:
        return significand >> 4, True
    return significand, False
