"""The operands of ``http``: which is the method, which the address, and what the items are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from azos_shell.commands.http_request import TOKEN
from azos_shell.plugin import UsageError

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE"}
)
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"})
"""Methods for which nobody expects standard input to be read."""


@dataclass(frozen=True, slots=True)
class Words:
    """The operands told apart. ``method`` is None where none was written."""

    method: str | None
    url: str
    items: tuple[str, ...]


def words_of(operands: Sequence[str]) -> Words:
    """Tell them apart: a first word is the method if it is a known one, or in capitals, and another follows.

    Raises UsageError where there is no address.
    """
    if not operands:
        raise UsageError("URL is missing")
    first = operands[0]
    if first.upper() in _METHODS or (first.isupper() and TOKEN.fullmatch(first)):
        if len(operands) > 1:
            return Words(first.upper(), operands[1], tuple(operands[2:]))
        if first.upper() in _METHODS:
            raise UsageError(f"URL is missing after {first.upper()}")
    return Words(None, first, tuple(operands[1:]))
