"""Rendering: records as a table, JSON, JSON Lines, CSV, TSV or Markdown; the trace of a dispatch as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.rendering.formats import Formatter

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown")


def formatter(name: str, *, width: int = 80, colour: bool = False, for_terminal: bool = False) -> Formatter:
    """A new formatter of one of ``FORMATS``; ``width`` (in cells) and ``colour`` concern the table only.

    ``for_terminal`` asks for output in which a terminal finds nothing to act on; a table is always so, but for its own
    colours. Raises ValueError for another name.
    """
    if name == "table":
        from azos_shell.rendering.table import TableFormatter

        return TableFormatter(width=width, colour=colour)
    from azos_shell.rendering import formats

    if name not in formats.MACHINE_FORMATS:
        raise ValueError(f"no such format: {name!r} (one of {', '.join(FORMATS)})")
    made = formats.MACHINE_FORMATS[name]()
    if not for_terminal:
        return made
    from azos_shell.rendering.harmless import HarmlessFormatter

    return HarmlessFormatter(made, in_json=name in ("json", "jsonl"))


__all__ = ["FORMATS", "formatter"]
