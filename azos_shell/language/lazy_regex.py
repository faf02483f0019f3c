"""A regular expression that is compiled when it is first used.

Compiling all the grammar's expressions takes some 7 ms, of which ``azos run true`` needs one. ``match`` is a slot that
is replaced by the compiled expression's own method, so that later calls cost nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable


class LazyRegex:
    """The ``match`` and ``sub`` of an expression that may never be needed."""

    __slots__ = ("_expression", "_flags", "match", "sub")

    def __init__(self, expression: str, flags: int = 0) -> None:
        self._expression = expression
        self._flags = flags
        self.match: Callable[[str, int], re.Match[str] | None] = self._first_match
        self.sub: Callable[[str | Callable[[re.Match[str]], str], str], str] = self._first_sub

    def __repr__(self) -> str:
        return f"LazyRegex({self._expression!r})"

    def _compile(self) -> None:
        compiled = re.compile(self._expression, self._flags)
        self.match = compiled.match
        self.sub = compiled.sub

    def _first_match(self, text: str, pos: int) -> re.Match[str] | None:
        self._compile()
        return self.match(text, pos)

    def _first_sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        self._compile()
        return self.sub(replacement, text)
