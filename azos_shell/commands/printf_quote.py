"""Words quoted so that a shell reads them back as they are (``printf %q``)."""

from __future__ import annotations

_SPECIAL = frozenset(" \t\n'\"\\|&;()<>!{}*[]?^$`,")
_NAMED = {
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\E",
    "\\": "\\\\",
    "'": "\\'",
}


def quoted(word: str) -> str:
    """``word`` with backslashes where the shell needs them; ``$'…'`` if something in it is not printable."""
    if not word:
        return "''"
    if not word.isprintable():
        return "$'" + "".join(map(_in_ansi_quotes, word)) + "'"
    return "".join(_quoted_char(word, index) for index in range(len(word)))


def _quoted_char(word: str, index: int) -> str:
    char = word[index]
    before = word[index - 1] if index else ""
    if char in _SPECIAL or (char == "#" and not index) or (char == "~" and before in ("", ":", "=")):
        return "\\" + char
    return char


def _in_ansi_quotes(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
