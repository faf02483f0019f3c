"""What can be wrong with a command line: an error that shows its place, and one that only says there must be more."""

from __future__ import annotations

from azos_shell.core.errors import AzosError
from azos_shell.language.visible import visible

# The width of the window that is cut out of a long line around the caret; fits an 80-column terminal's habits and
# leaves room for context.
WINDOW_COLUMNS = 100
INDENT = "    "


class ShellSyntaxError(AzosError):
    """The command line does not follow the grammar; nothing of it may run."""

    status = 2

    def __init__(
        self,
        problem: str,
        *,
        name: str = "azos",
        line: int = 1,
        column: int = 1,
        expected: str = "",
        found: str = "",
        source_line: str = "",
    ) -> None:
        super().__init__(f"line {line}, column {column}: {visible(problem)}")
        self.problem = problem
        self.name = name
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        self.source_line = source_line

    def render(self) -> str:
        """The message, the source line and a caret under the place; safe to print on a terminal."""
        shown, caret = _window(self.source_line, self.column - 1)
        return f"{visible(self.name)}: {self.message}\n{INDENT}{shown}\n{INDENT}{' ' * caret}^"


class IncompleteInput(ShellSyntaxError):
    """The input ended inside something that further text may complete."""


class NestedTooDeeply(ShellSyntaxError):
    """The command line is nested deeper than the parser goes."""


def _window(line: str, at: int) -> tuple[str, int]:
    """The part of ``line`` round index ``at`` as it is shown, and the display column of the caret."""
    start = max(0, min(at - WINDOW_COLUMNS // 2, len(line) - WINDOW_COLUMNS))
    end = start + WINDOW_COLUMNS
    before = visible(line[start:at].replace("\t", " "))
    after = visible(line[at:end].replace("\t", " "))
    opening = "…" if start > 0 else ""
    closing = "…" if end < len(line) else ""
    return f"{opening}{before}{after}{closing}", _width(opening + before)


def _width(text: str) -> int:
    """Display columns of visible text."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 0 if combining(c) else 1 for c in text)
