"""Pattern matching notation (POSIX 2.14, with bash's extended groups as an option), by way of regular expressions.

In a pattern ``*`` is any text, ``?`` any character, ``[…]`` one of a set, and a backslash takes the meaning from the
character after it (quoted characters arrive so).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from azos_shell.language.brackets import bracket
from azos_shell.language.extended_patterns import is_extended, translate_extended
from azos_shell.language.pattern_units import joined, pattern_units

_CACHED_PATTERNS: Final = 1024
_SPECIAL: Final = re.compile(r"([\\*?\[\]!^()|@+-])")


def has_magic(pattern: str) -> bool:
    """Whether ``pattern`` may match anything but its own text (extended groups not looked at)."""
    if not ("*" in pattern or "?" in pattern or "[" in pattern):
        return False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char in "*?" or (char == "[" and bracket(pattern, at) is not None):
            return True
        at += 2 if char == "\\" else 1
    return False


def escape(text: str) -> str:
    """The pattern that matches exactly ``text``, also as a piece of a longer one or inside brackets."""
    return _SPECIAL.sub(r"\\\1", text)


def translate(pattern: str, *, pathname: bool = False, extglob: bool = False) -> str:
    """The regular expression (for ``fullmatch`` and DOTALL) of ``pattern``.

    With ``pathname`` only a slash in the pattern matches a slash.
    """
    if extglob and is_extended(pattern):
        return translate_extended(pattern, pathname=pathname)
    return joined(pattern_units(pattern, pathname), longest=True, pathname=pathname)


@lru_cache(_CACHED_PATTERNS)
def compile_pattern(pattern: str, *, pathname: bool = False, extglob: bool = False) -> re.Pattern[str]:
    """``pattern`` compiled; its ``match`` is a full match."""
    return re.compile(f"(?:{translate(pattern, pathname=pathname, extglob=extglob)})\\Z", re.DOTALL)


# -- removing what matches ------------------------------------------------------------------------------------------


def remove_prefix(value: str, pattern: str, longest: bool, *, extglob: bool = False) -> str:
    """``${value#pattern}``, or ``##`` with ``longest``."""
    if extglob and is_extended(pattern):
        return _remove_extended(value, pattern, longest, from_end=False)
    if not has_magic(pattern):
        return value.removeprefix(_unescaped(pattern))
    if pattern[0] == "*" and _is_literal(pattern[1:]):
        literal = pattern[1:]
        at = value.rfind(literal) if longest else value.find(literal)
        return value if at < 0 else value[at + len(literal) :]
    match = _end_matcher(pattern, longest, False).match(value)
    return value if match is None else value[match.end() :]


def remove_suffix(value: str, pattern: str, longest: bool, *, extglob: bool = False) -> str:
    """``${value%pattern}``, or ``%%`` with ``longest``."""
    if extglob and is_extended(pattern):
        return _remove_extended(value, pattern, longest, from_end=True)
    if not has_magic(pattern):
        return value.removesuffix(_unescaped(pattern))
    if pattern[-1] == "*" and _is_literal(pattern[:-1]):
        literal = pattern[:-1]
        at = value.find(literal) if longest else value.rfind(literal)
        return value if at < 0 else value[:at]
    match = _end_matcher(pattern, longest, True).match(value[::-1])
    return value if match is None else value[: len(value) - match.end()]


def _remove_extended(value: str, pattern: str, longest: bool, *, from_end: bool) -> str:
    """By trying every length, since groups have no fixed one."""
    matches = compile_pattern(pattern, extglob=True).match
    lengths = range(len(value) + 1)
    for length in reversed(lengths) if longest else lengths:
        cut = len(value) - length
        if matches(value[cut:] if from_end else value[:length]):
            return value[:cut] if from_end else value[length:]
    return value


@lru_cache(_CACHED_PATTERNS)
def _end_matcher(pattern: str, longest: bool, reverse: bool) -> re.Pattern[str]:
    """Matches the longest or shortest text at one end of a value that ``pattern`` matches whole."""
    units = pattern_units(pattern, False)
    return re.compile(joined(units[::-1] if reverse else units, longest=longest, pathname=False), re.DOTALL)


def _is_literal(pattern: str) -> bool:
    return not any(char in pattern for char in "\\*?[")


def _unescaped(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL) if "\\" in pattern else pattern
