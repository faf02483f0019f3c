"""Request items: the words after the address, each a header, a query parameter, a field or a file (as HTTPie has them).

The first separator in a word says what it is, the longest where several begin at the same place; a backslash in front
of one makes it part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from azos_shell.plugin import UsageError


class Kind(Enum):
    """What an item is, by its separator."""

    HEADER = ":"
    EMPTY_HEADER = ";"
    QUERY = "=="
    FIELD = "="
    JSON = ":="
    FILE = "@"


@dataclass(frozen=True, slots=True)
class Item:
    """One item; ``value`` is None for a header that is to be left out."""

    kind: Kind
    key: str
    value: str | None


_SEPARATORS = {
    **{kind.value: (kind, False) for kind in Kind},
    ":@": (Kind.HEADER, True),
    "==@": (Kind.QUERY, True),
    "=@": (Kind.FIELD, True),
    ":=@": (Kind.JSON, True),
}
_MARK = re.compile("|".join([r"\\[:;=@]", *sorted(map(re.escape, _SEPARATORS), key=len, reverse=True)]))
_ESCAPED = re.compile(r"\\([:;=@])")

ReadText = Callable[[str], str]
"""Gives the content of a file, without the line end at its end; raises AzosError."""


def item_of(word: str, read_text: ReadText) -> Item:
    """The item that ``word`` writes; ``read_text`` is asked for the value where a file has it.

    Raises UsageError for a word without a separator.
    """
    position = 0
    while found := _MARK.search(word, position):
        position = found.end()
        if found[0].startswith("\\"):
            continue
        kind, from_file = _SEPARATORS[found[0]]
        key, value = _plain(word[: found.start()]), _plain(word[position:])
        if kind is Kind.EMPTY_HEADER and value:
            raise UsageError(f"bad request item {word!r}: an empty header is written {key};")
        if not key and kind is not Kind.FILE:
            raise UsageError(f"bad request item {word!r}: there is no name before {found[0]}")
        if from_file:
            return Item(kind, key, read_text(value))
        if kind is Kind.HEADER and not value:
            return Item(kind, key, None)
        return Item(kind, key, value)
    raise UsageError(
        f"bad request item {word!r}: write Header:value, query==value, field=value, field:=json or field@file"
    )


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
