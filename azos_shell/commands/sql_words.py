"""The names in a query's text: what stands in quotes, and what does not."""

from __future__ import annotations

import re

QUOTES_AND_COMMENTS = re.compile(
    r"'(?P<string>(?:[^']|'')*)'|\"(?P<name>(?:[^\"]|\"\")*)\"|\[(?P<bracketed>[^\]]*)\]|`(?P<ticked>(?:[^`]|``)*)`"
    r"|--[^\n]*|/\*.*?(?:\*/|\Z)",
    re.DOTALL,
)
"""Whatever stands first counts: a quotation mark in a comment begins nothing."""


def plain_names(query: str) -> list[str]:
    """What stands in quotes of any kind, as it is meant. SQLite takes strings for names where a name must be."""
    found = [match.groups() for match in QUOTES_AND_COMMENTS.finditer(query)]
    written = [group for groups in found for group in groups if group is not None]
    return [one.replace("''", "'").replace('""', '"').replace("``", "`") for one in written]


def is_written(name: str, query: str) -> bool:
    """Whether ``name`` can be a table's name alone: without a dot, or quoted. ``a.b`` is table b of schema a."""
    if "." not in name and "/" not in name:
        return True
    return name.lower() in map(str.lower, plain_names(query))
