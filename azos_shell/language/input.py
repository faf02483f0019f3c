"""The text being parsed: where reading stands, how more text is had, and which line that is.

Text comes whole, or piece by piece from ``more``. What is held always ends in a whole line (one that no backslash
continues) unless the input itself has ended, so that a token is never cut by the edge of the buffer; only what may
span lines (quotes, substitutions, compound commands) has to ask for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language.errors import IncompleteInput, NestedTooDeeply, ShellSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable

# How deep constructs may nest. A level costs the parser at most eight Python frames (a test measures it), and whoever
# runs the tree sixteen: both fit what the shell allows itself. With less stack, as in Python's default of 1,000
# frames, the parser says the same some hundred levels earlier.
MAX_NESTING = 500
# Levels that a command inside a word counts for: it costs the frames of both.
SUBSTITUTION_LEVELS = 2


class Input:
    """A position in a text that may grow at its end."""

    __slots__ = (
        "_host",
        "_host_offset",
        "_line",
        "_line_pos",
        "_more",
        "depth",
        "final",
        "name",
        "pos",
        "splices",
        "text",
    )

    def __init__(
        self,
        text: str,
        *,
        name: str = "azos",
        more: Callable[[], str | None] | None = None,
        first_line: int = 1,
        final: bool = False,
    ) -> None:
        if more is not None and text and not _is_whole(text):
            text, more = "", _after(text, more)
        self.text = text
        self.pos = 0
        self.name = name
        self.final = final
        self.depth = 0
        self.splices: list[tuple[int, int, str]] = []
        self._more = more
        self._line = first_line
        self._line_pos = 0
        self._host: Input | None = None
        self._host_offset = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} at {self.pos} of {len(self.text)}, line {self._line}>"

    # -- text --------------------------------------------------------------------------------------------------

    def refill(self) -> bool:
        """Take further text, at least to the end of a line; whether there was any."""
        more = self._more
        if more is None:
            return False
        pieces = []
        while piece := more():
            pieces.append(piece)
            if _is_whole(piece):
                break
        else:
            self._more = None
        text, self.text = self.text, ""  # the only reference, so that += grows the string in place
        text += "".join(pieces)
        self.text = text
        return bool(pieces)

    @property
    def next_offset(self) -> int:
        """Where the next command line begins: at 0 if what is there is used up and will be dropped."""
        return 0 if self._more is not None and self.pos >= len(self.text) else self.pos

    def drop_consumed(self) -> None:
        """Forget text that is used up; offsets start anew, lines count on."""
        if self._more is not None and self.pos and self.pos >= len(self.text):
            self.line_at(len(self.text))
            self.text = ""
            self.pos = self._line_pos = 0

    def splice(self, start: int, end: int, value: str) -> None:
        """Put ``value`` (of an alias) in the place of the text from ``start`` to ``end``."""
        original = self.text[start:end]
        self.splices.append((start, len(value), original))
        self.line_at(start)
        self.text = self.text[:start] + value + self.text[end:]

    def unsplice(self, keep: int = 0) -> None:
        """Take back all but the first ``keep`` splices; ``pos`` keeps its place."""
        while len(self.splices) > keep:
            start, length, original = self.splices.pop()
            self.line_at(start)
            self.text = self.text[:start] + original + self.text[start + length :]
            if self.pos >= start + length:
                self.pos += len(original) - length
            elif self.pos > start:
                self.pos = start

    def line_at(self, pos: int) -> int:
        """The 1-based line of ``pos``; cheap when asked for places in order."""
        last = self._line_pos
        if pos >= last:
            self._line += self.text.count("\n", last, pos)
        else:
            self._line -= self.text.count("\n", pos, last)
        self._line_pos = pos
        return self._line

    # -- errors ------------------------------------------------------------------------------------------------

    def enter(self, at: int, levels: int = 1) -> None:
        """Go ``levels`` deeper; the caller takes them back when it is through."""
        self.depth += levels
        if self.depth > MAX_NESTING:
            raise self.too_deep(at)

    def too_deep(self, at: int) -> ShellSyntaxError:
        """The error for what nests deeper than ``MAX_NESTING``, or than the caller's stack has room for."""
        return self.problem(at, f"nested too deeply (the limit is {MAX_NESTING} levels)", NestedTooDeeply)

    def problem(
        self,
        at: int,
        message: str,
        kind: type[ShellSyntaxError] = ShellSyntaxError,
        *,
        expected: str = "",
        found: str = "",
    ) -> ShellSyntaxError:
        """An error at offset ``at``, told in the words and lines of the text that the person wrote."""
        if self._host is not None:
            kind = ShellSyntaxError if kind is IncompleteInput else kind
            return self._host.problem(self._host_offset + at, message, kind, expected=expected, found=found)
        text, at, line = self._as_written(at)
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        return kind(
            message,
            name=self.name,
            line=line,
            column=at - start + 1,
            expected=expected,
            found=found,
            source_line=text[start : len(text) if end < 0 else end],
        )

    def unfinished(self, opened: str, at: int, expected: str) -> ShellSyntaxError:
        """The input ended before what ``opened`` at offset ``at`` was closed by ``expected``."""
        return self.problem(
            at,
            f"{opened} opened here is not closed: expected {expected}, found end of input",
            IncompleteInput,
            expected=expected,
            found="end of input",
        )

    def _as_written(self, at: int) -> tuple[str, int, int]:
        """The text without aliases expanded, and the offset ``at`` in it with its line."""
        text = self.text
        for start, length, original in reversed(self.splices):
            text = text[:start] + original + text[start + length :]
            if at >= start + length:
                at += len(original) - length
            elif at > start:
                at = start
        same_until = min([at, *(start for start, _, _ in self.splices)])
        return text, at, self.line_at(same_until) + text.count("\n", same_until, at)

    def embed(self, host: Input, offset: int) -> None:
        """Make this a piece of ``host``'s text that begins at ``offset`` there: errors and depth are the host's."""
        self._host, self._host_offset = host, offset
        self.depth = host.depth


def _is_whole(text: str) -> bool:
    """Whether ``text`` ends in a newline that no backslash takes away. A comment line is whole whatever its end."""
    if not text.endswith("\\\n"):
        return text.endswith("\n")
    body = text[:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 0 or body.lstrip().startswith("#")


def _after(text: str, more: Callable[[], str | None]) -> Callable[[], str | None]:
    """``more`` with ``text`` before what it gives."""
    pieces = [text]
    return lambda: pieces.pop() if pieces else more()
