"""Rendering: records as a table, JSON, JSON Lines, CSV, TSV or Markdown; the trace of a dispatch as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.rendering.formats import Formatter

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown")


def formatter(name: str, *, width: int = 80, colour: bool = False) -> Formatter:
    """A new formatter of one of ``FORMATS``; ``width`` (in cells) and ``colour`` concern the table only.

    Raises ValueError for another name.
    """
    if name == "table":
        from azos_shell.rendering.table import TableFormatter

        return TableFormatter(width=width, colour=colour)
    from azos_shell.rendering import formats

    if name not in formats.MACHINE_FORMATS:
        raise ValueError(f"no such format: {name!r} (one of {', '.join(FORMATS)})")
    return formats.MACHINE_FORMATS[name]()


__all__ = ["FORMATS", "formatter"]
