"""Commands and arithmetic inside words: ``$(…)``, backquotes, ``$((…))``, ``<(…)`` and ``>(…)`` (POSIX 2.6.3, 2.6.4).

What stands in ``$(…)`` is parsed as the shell language where it stands. ``$((`` and ``((`` are arithmetic if they can
be: the text is read as an expression first and, where its parentheses do not close as ``))``, read again as commands.
Which it was is remembered by offset, so that nesting them stays cheap.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from azos_shell.language.errors import IncompleteInput, NestedTooDeeply, ShellSyntaxError
from azos_shell.language.input import SUBSTITUTION_LEVELS
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.parameters import ParameterReader
from azos_shell.language.tokens import CONTINUATION
from azos_shell.language.tree import ArithmeticExpansion, CommandSubstitution, ProcessSubstitution

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from azos_shell.language.tree import CommandList, Part, Redirection, Word

    Node = TypeVar("Node")

_BACKQUOTED: Final = LazyRegex(r"`((?:[^`\\]++|\\.)*+)`", re.DOTALL)
_UNQUOTE: Final = LazyRegex(r"\\([$`\\])")
_UNQUOTE_IN_DOUBLE_QUOTES: Final = LazyRegex(r"\\([$`\\\"])")
_CLOSE_TWICE: Final = LazyRegex(rf"\){CONTINUATION}\)")


class PendingHereDocument:
    """A here-document whose operator was read and whose text follows the next newline."""

    __slots__ = ("delimiter", "quoted", "redirection", "strips_tabs")

    def __init__(self, redirection: Redirection, delimiter: str, *, quoted: bool, strips_tabs: bool) -> None:
        self.redirection = redirection
        self.delimiter = delimiter
        self.quoted = quoted
        self.strips_tabs = strips_tabs

    def __repr__(self) -> str:
        return f"<PendingHereDocument {self.delimiter!r}>"


class SubstitutionReader(ParameterReader):
    """Reads what in a word is itself a program or an expression."""

    __slots__ = ("not_arithmetic", "pending")

    pending: list[PendingHereDocument]
    not_arithmetic: dict[int, ShellSyntaxError | None]

    # -- what the layers above read ----------------------------------------------------------------------------

    def parenthesized_list(self, opened: str, start: int) -> CommandList:
        """A possibly empty list and its closing parenthesis; ``pos`` is after the opening one."""
        raise NotImplementedError

    def embedded_list(self, text: str, offset: int) -> CommandList:
        """``text``, which stands (more or less) at ``offset``, parsed whole."""
        raise NotImplementedError

    # -- commands ----------------------------------------------------------------------------------------------

    def command_substitution(self, start: int) -> CommandSubstitution:
        body = self._substituted("$(", start)
        return CommandSubstitution(body, start, self.pos)

    def process_substitution(self) -> ProcessSubstitution:
        start = self.pos
        direction = self.text[start]
        self.pos = start + 2
        body = self._substituted(direction + "(", start)
        return ProcessSubstitution(direction, body, start, self.pos)

    def _substituted(self, opened: str, start: int) -> CommandList:
        """The here-documents of the line around are not those of the commands inside."""
        self.enter(start, SUBSTITUTION_LEVELS)
        outer, self.pending = self.pending, []
        body = self.parenthesized_list(opened, start)
        self.pending = outer
        self.depth -= SUBSTITUTION_LEVELS
        return body

    def backquoted(self, quoted: bool) -> CommandSubstitution:
        start = self.pos
        while (match := _BACKQUOTED.match(self.text, start)) is None:
            if not self.refill():
                raise self.unfinished("'`'", start, "'`'")
        unquote = _UNQUOTE_IN_DOUBLE_QUOTES if quoted else _UNQUOTE
        self.enter(start, SUBSTITUTION_LEVELS)
        body = self.embedded_list(unquote.sub(r"\1", match[1]), start + 1)
        self.depth -= SUBSTITUTION_LEVELS
        self.pos = match.end()
        return CommandSubstitution(body, start, self.pos)

    # -- arithmetic --------------------------------------------------------------------------------------------

    def arithmetic_expansion(self, start: int, inside: int) -> ArithmeticExpansion | CommandSubstitution:
        as_commands = self.pos
        expression = self.arithmetic(start, inside)
        if expression is not None:
            return ArithmeticExpansion(expression, start, self.pos)
        self.pos = as_commands
        return self.instead_of_arithmetic(start, lambda: self.command_substitution(start))

    def arithmetic(self, start: int, inside: int) -> Word | None:
        """The expression at ``inside`` and its ``))``, or None if this is no arithmetic; ``start`` is its offset."""
        if start in self.not_arithmetic:
            return None
        depth, splices, pending, reason = self.depth, len(self.splices), len(self.pending), None
        self.pos = inside
        try:
            self.enter(start)
            expression = self.arithmetic_word("")
            self.depth -= 1
            if match := _CLOSE_TWICE.match(self.text, self.pos):
                self.pos = match.end()
                return expression
            if self.pos >= len(self.text):
                reason = self.unfinished("'(('", start, "'))'")
        except IncompleteInput as problem:
            reason = problem
        self.unsplice(splices)
        del self.pending[pending:]
        self.depth = depth
        self.not_arithmetic[start] = reason
        return None

    def old_arithmetic(self, parts: list[Part], start: int) -> bool:
        end = self.text.find("\n", self.pos)
        if self.text.find("]", self.pos, len(self.text) if end < 0 else end) < 0:
            return False
        self.pos -= 1
        self.enter(start)
        expression = self.subscript(start)
        self.depth -= 1
        parts.append(ArithmeticExpansion(expression, start, self.pos))
        return True

    def instead_of_arithmetic(self, start: int, read: Callable[[], Node]) -> Node:
        """What ``read`` gives. If that is wrong, too, and the arithmetic was only unfinished, that is what is told."""
        reason = self.not_arithmetic[start]
        try:
            return read()
        except NestedTooDeeply:
            raise
        except ShellSyntaxError:
            if reason is None:
                raise
            raise reason from None
