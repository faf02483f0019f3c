"""The tokens of arithmetic: names, numbers in any base, operators."""

from __future__ import annotations

import re
import string
from typing import Final

from azos_shell.language.arithmetic_errors import ArithmeticSyntaxError

NUMBER: Final = "number"
# A decimal number as a value, which needs no parsing. A leading zero makes an octal one, which does.
VALUE: Final = re.compile(r"\s*[+-]?(?:[1-9][0-9]{0,30}|0)\s*\Z").match

_TOKEN: Final = re.compile(
    r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9][0-9A-Za-z_@#]*)"
    r"|(<<=|>>=|\*\*=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&^|]=|[-+*/%&^|<>=!~?:,()\[\]])|(.))?",
    re.DOTALL,
).match
# The digits above 9, as ksh and bash order them; up to base 36 letters of both cases are the same digit.
_DIGITS: Final = string.digits + string.ascii_lowercase + string.ascii_uppercase + "@_"
# Longer numbers are mistakes, and converting them takes quadratic time.
_MAX_DIGITS: Final = 1000


def tokenize(text: str) -> list[tuple[str, str]]:
    """(kind, token) pairs, kind being ``name``, ``number`` or ``operator``; an empty token ends them."""
    tokens = []
    at = 0
    while True:
        match = _TOKEN(text, at)
        assert match is not None
        kind = match.lastindex
        if kind is None:
            tokens.append(("end", ""))
            return tokens
        if kind == 4:
            raise ArithmeticSyntaxError(
                f"{text.strip()[:60]}: unexpected character {match[4]!r} in an expression"
            )
        tokens.append((("name", NUMBER, "operator")[kind - 1], match[kind]))
        at = match.end()


def number(token: str) -> int:
    """The value of a number as C and bash write them: 10, 012, 0xa, 2#1010."""
    if len(token) > _MAX_DIGITS:
        raise ArithmeticSyntaxError(f"{token[:40]}…: number too long")
    if "#" in token:
        base, _, digits = token.partition("#")
        return _in_base(token, _base(token, base), digits)
    if token[:2] in ("0x", "0X"):
        return _in_base(token, 16, token[2:])
    if token[0] == "0" and len(token) > 1:
        return _in_base(token, 8, token[1:])
    return _in_base(token, 10, token)


def _base(token: str, digits: str) -> int:
    base = int(digits) if digits.isdigit() and len(digits) <= 2 else 0
    if not 2 <= base <= 64:
        raise ArithmeticSyntaxError(f"{token}: the base of a number is 2 to 64")
    return base


def _in_base(token: str, base: int, digits: str) -> int:
    if base <= 36:
        digits = digits.lower()
    value = 0
    for digit in digits:
        weight = _DIGITS.find(digit)
        if not 0 <= weight < base:
            raise ArithmeticSyntaxError(f"{token}: {digit!r} is no digit of base {base}")
        value = value * base + weight
    if not digits:
        raise ArithmeticSyntaxError(f"{token}: a number without digits")
    return value
