"""POSIX extended regular expressions by the C library's ``regcomp``, as bash has them.

Python's engine takes the first alternative that matches where POSIX takes the longest, and disagrees on what is an
expression at all. It stands in where the C library's can't be had, or where an expression is so deeply nested that the
library's recursion could end the process.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from azos_shell.language.regexes import compile_regex

if TYPE_CHECKING:
    from collections.abc import Callable

    Search = Callable[[str], list[str] | None]

_EXTENDED: Final = 1
_ICASE: Final = 2
_OUT_OF_MEMORY: Final = 12
# Room for a regex_t: 64 bytes with glibc, less elsewhere.
_REGEX_BYTES: Final = 512
_MAX_PARENTHESES: Final = 200
_MAX_BYTES: Final = 20_000
_CACHED_EXPRESSIONS: Final = 64
_PIECES: Final = re.compile(rb"\\.|\[\^?\]?(?:\[[.:=].*?[.:=]\]|[^\]])*\]|(\()", re.DOTALL).finditer


class InvalidRegex(Exception):
    """The text is no regular expression."""


@lru_cache(_CACHED_EXPRESSIONS)
def compiled(expression: str, *, ignore_case: bool = False) -> Search:
    """A function that searches a text and gives the match and its groups, or None. Raises InvalidRegex."""
    encoded = expression.encode("utf-8", "surrogateescape")
    library = _library()
    if library is None or encoded.count(b"(") > _MAX_PARENTHESES or len(encoded) > _MAX_BYTES:
        return _by_python(expression, ignore_case)
    return _Compiled(library, encoded, _EXTENDED | (_ICASE if ignore_case else 0)).search


@lru_cache(1)
def _library() -> Any:
    """The C library, if it is one whose ``regmatch_t`` is two ints."""
    import sys

    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        library = ctypes.CDLL(None)
        library.regcomp, library.regexec, library.regfree  # noqa: B018  (looked up: whether it has them)
    except (OSError, AttributeError):
        return None
    return library


class _Compiled:
    """One compiled expression and its memory in the C library."""

    __slots__ = ("_groups", "_library", "_matches", "_regex")

    def __init__(self, library: Any, expression: bytes, flags: int) -> None:
        import ctypes

        self._library = library
        self._regex: Any = None
        regex = ctypes.create_string_buffer(_REGEX_BYTES)
        if status := library.regcomp(regex, expression, flags):
            raise InvalidRegex(self._message(status))
        self._regex = regex
        self._groups = 1 + self._count(expression)
        self._matches = (ctypes.c_int * (2 * self._groups))()

    @staticmethod
    def _count(expression: bytes) -> int:
        """How many groups there are: the parentheses that are neither escaped nor in brackets."""
        return sum(match[1] is not None for match in _PIECES(expression))

    @staticmethod
    def _message(status: int) -> str:
        return "out of memory" if status == _OUT_OF_MEMORY else "it is no extended regular expression"

    def search(self, text: str) -> list[str] | None:
        """The match and its groups, those that took no part empty; None where nothing matches."""
        subject = text.encode("utf-8", "surrogateescape")
        matches = self._matches
        if self._library.regexec(self._regex, subject, self._groups, matches, 0):
            return None
        pairs = zip(matches[::2], matches[1::2], strict=True)
        return [
            subject[begin:end].decode("utf-8", "surrogateescape") if begin >= 0 else ""
            for begin, end in pairs
        ]

    def __del__(self) -> None:
        if self._regex is not None:
            self._library.regfree(self._regex)


def _by_python(expression: str, ignore_case: bool) -> Search:
    try:
        pattern = compile_regex(expression, ignore_case=ignore_case)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidRegex(str(error)) from error

    def search(text: str) -> list[str] | None:
        found = pattern.search(text)
        return None if found is None else [found[0], *(group or "" for group in found.groups())]

    return search
