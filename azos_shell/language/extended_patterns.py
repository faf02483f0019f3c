"""Extended patterns (ksh, bash's ``extglob``): ``?(…) *(…) +(…) @(…) !(…)`` with alternatives between bars.

``!(…)`` is what none of its alternatives match together with the rest of the pattern. That is exact where the rest has
only one place to match, as in ``!(*.c)`` or ``!(a|b).txt``.
"""

from __future__ import annotations

import re
from typing import Final

from azos_shell.language.pattern_units import joined, pattern_units

_QUANTIFIERS: Final = {"?": "?", "*": "*", "+": "+", "@": ""}

_GROUP: Final = re.compile(r"[?*+@!]\(").search


def is_extended(pattern: str) -> bool:
    """Whether ``pattern`` may hold an extended group."""
    return _GROUP(pattern) is not None


def translate_extended(pattern: str, *, pathname: bool) -> str:
    """The regular expression of ``pattern``, whose groups may be nested."""
    at = plain_from = 0
    before = ""
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 2
            continue
        end = _group_end(pattern, at + 1) if char in "?*+@!" and pattern.startswith("(", at + 1) else -1
        if end < 0:
            at += 1
            continue
        before += _plain(pattern[plain_from:at], pathname)
        alternatives = "|".join(
            translate_extended(alternative, pathname=pathname)
            for alternative in _alternatives(pattern[at + 2 : end])
        )
        if char == "!":
            rest = translate_extended(pattern[end + 1 :], pathname=pathname)
            anything = "[^/]*" if pathname else ".*"
            return f"{before}(?!(?:{alternatives}){rest}\\Z){anything}{rest}"
        before += f"(?:{alternatives}){_QUANTIFIERS[char]}"
        at = plain_from = end + 1
    return before + _plain(pattern[plain_from:], pathname)


def _plain(pattern: str, pathname: bool) -> str:
    return joined(pattern_units(pattern, pathname), longest=True, pathname=pathname)


def _group_end(pattern: str, opened: int) -> int:
    """The offset of the parenthesis that closes the one at ``opened``, or -1."""
    nested = 0
    at = opened
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "(":
            nested += 1
        elif char == ")":
            nested -= 1
            if not nested:
                return at
        at += 1
    return -1


def _alternatives(body: str) -> list[str]:
    """``body`` cut at the bars that stand in no inner group."""
    alternatives = []
    nested = start = at = 0
    while at < len(body):
        char = body[at]
        if char == "\\":
            at += 1
        elif char == "|" and not nested:
            alternatives.append(body[start:at])
            start = at + 1
        else:
            nested += (char == "(") - (char == ")")
        at += 1
    alternatives.append(body[start:])
    return alternatives
