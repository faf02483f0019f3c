"""docs/performance.md: what was measured goes between its markers."""

from __future__ import annotations

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def write_between(begin: str, end: str, text: str) -> None:
    """Put the text between two markers."""
    document = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def markdown_table(lines: list[list[str]], named_columns: int = 1) -> str:
    """A Markdown table, the first line its head; all but the first columns are numbers."""
    count = len(lines[0]) - named_columns
    rule = [*(["---"] * named_columns), *(["---:"] * count)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]]) + "\n"
