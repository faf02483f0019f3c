"""A source text: turns an offset into the line and column that a person counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """``text`` under the ``name`` that messages call it by."""

    name: str
    text: str

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of ``offset``, both 1-based; columns count characters."""
        offset = max(0, min(offset, len(self.text)))
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - line_start + 1

    def line_of(self, offset: int) -> str:
        """The line that holds ``offset``, without its newline."""
        offset = max(0, min(offset, len(self.text)))
        end = self.text.find("\n", offset)
        return self.text[self.text.rfind("\n", 0, offset) + 1 : len(self.text) if end < 0 else end]
