"""How a completed name is written into a command line so that the shell reads back exactly that name.

The quotes that the user has opened are kept. A name with characters that can't be shown (a newline, an
escape, a byte that is not UTF-8) is written as ``$'…'`` with octal bytes, so that the line on the screen
never holds them raw.
"""

from __future__ import annotations

import re

_UNQUOTED = re.compile(r"[\s!\"#$&'()*;<=>?\[\\\]^`{|}~]")
_DOUBLE = re.compile(r'["$`\\]')


def quoted(name: str, quote: str, *, leading: bool) -> str:
    """``name`` for use inside ``quote`` (one of ``'``, ``"`` and nothing); the quote itself is left open.

    ``leading`` says that the name begins the word: only there do ``~`` and ``#`` mean something.
    """
    if not name.isprintable():
        return quote + _dollar_quoted(name) + quote
    if quote == "'":
        return name.replace("'", "'\\''")
    if quote == '"':
        return _DOUBLE.sub(lambda match: "\\" + match.group(), name)
    return _UNQUOTED.sub(lambda match: _escaped(match, leading), name)


def _escaped(match: re.Match[str], leading: bool) -> str:
    char = match.group()
    if char in "~#=^" and not (leading and match.start() == 0):
        return char
    return "\\" + char


def _dollar_quoted(name: str) -> str:
    return "$'" + "".join(_dollar_char(char) for char in name) + "'"


def _dollar_char(char: str) -> str:
    if char in "'\\":
        return "\\" + char
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
