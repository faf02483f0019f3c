"""Bracket expressions (POSIX 2.14.1 and RE Bracket Expression, XBD 9.3.5) as regular expressions of one character."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# Character classes as alternatives of one character each. ``re`` knows no letter case classes; see _cased.
_CLASSES: Final = {
    "alpha": r"[^\W\d_]",
    "digit": "[0-9]",
    "alnum": r"[^\W_]",
    "space": r"\s",
    "blank": r"[ \t]",
    "punct": r"[!-/:-@\[-`{-~]",
    "xdigit": "[0-9A-Fa-f]",
    "cntrl": r"[\x00-\x1f\x7f]",
    "graph": r"[^\s\x00-\x1f\x7f]",
    "print": r"[^\x00-\x1f\x7f]",
    "word": r"\w",
}
# Where scripts with letter case end, but for rarities beyond the basic plane's first third.
_LAST_CASED: Final = 0x3000

_NAMED: Final = re.compile(r"\[([:.=])(.*?)\1\]", re.DOTALL).match
_NOTHING: Final = "(?!)"


def bracket(pattern: str, start: int, *, escapes: bool = True) -> tuple[str, int] | None:
    """The regular expression of the bracket expression at ``start`` and the offset after it.

    None if no bracket closes it: then it is no bracket expression. ``escapes`` says whether a backslash quotes.
    """
    at = start + 1
    negated = pattern.startswith(("!", "^"), at)
    first = at = at + negated
    singles: list[str] = []
    alternatives: list[str] = []
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        named = _NAMED(pattern, at)
        if named is not None and named[1] == ":":
            alternatives.append(_class(named[2]))
            at = named.end()
            continue
        low, at = _element(pattern, at, escapes)
        if pattern.startswith("-", at) and at + 1 < len(pattern) and pattern[at + 1] != "]":
            high, at = _element(pattern, at + 1, escapes)
            if len(low) == len(high) == 1 and low <= high:
                singles.append(f"{_quoted(low)}-{_quoted(high)}")
        elif len(low) == 1:
            singles.append(_quoted(low))
    if at >= len(pattern):
        return None
    return _combined("".join(singles), alternatives, negated), at + 1


def _element(pattern: str, at: int, escapes: bool) -> tuple[str, int]:
    """One character (also as ``[.x.]`` or ``[=x=]``) and the offset after it."""
    named = _NAMED(pattern, at)
    if named is not None and named[1] != ":":
        return named[2], named.end()
    if escapes and pattern[at] == "\\" and at + 1 < len(pattern):
        at += 1
    return pattern[at], at + 1


def _combined(singles: str, alternatives: list[str], negated: bool) -> str:
    if singles and not alternatives:
        return f"[{'^' if negated else ''}{singles}]"
    if singles:
        alternatives = [f"[{singles}]", *alternatives]
    anything = "|".join(alternatives) or _NOTHING
    return f"(?:(?!{anything}).)" if negated else f"(?:{anything})"


def _class(name: str) -> str:
    if name in ("upper", "lower"):
        return _cased(name)
    return _CLASSES.get(name, _NOTHING)


@lru_cache(2)
def _cased(name: str) -> str:
    belongs = str.isupper if name == "upper" else str.islower
    return "[" + "".join(chr(code) for code in range(_LAST_CASED) if belongs(chr(code))) + "]"


def _quoted(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else char
