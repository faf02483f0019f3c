"""Token recognition (POSIX 2.3): one token at a time, on demand, with aliases replaced (2.3.1).

The lexer holds one token. ``kind`` is what it is, ``token`` its text (for a ``WORD`` that needs reading part by part a
sentinel; at the end of the input empty), ``start`` where it begins; ``pos`` is after it, except at a ``WORD``, where it
is at its start. Tokens are read on demand only, so that nothing after the current command line is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from azos_shell.language import tokens
from azos_shell.language.errors import IncompleteInput
from azos_shell.language.heredocs import HereDocumentReader
from azos_shell.language.tokens import COMPLEX_WORD, END, IO_NUMBER, OPERATOR, PLAIN, WORD
from azos_shell.language.words import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = tokens.TOKEN
_SLOW_TOKEN = tokens.SLOW_TOKEN
_SHOWN_CHARACTERS = 40


class Lexer(HereDocumentReader):
    """Text as tokens."""

    __slots__ = ("_active_aliases", "alias_due", "aliases", "kind", "start", "token")

    def __init__(
        self,
        text: str,
        *,
        name: str = "azos",
        aliases: Callable[[str], str | None] | None = None,
        more: Callable[[], str | None] | None = None,
        first_line: int = 1,
        final: bool = False,
    ) -> None:
        super().__init__(text, name=name, more=more, first_line=first_line, final=final)
        self.aliases = aliases
        self.extglob = False
        self.kind = OPERATOR
        self.token = "\n"
        self.start = 0
        self._active_aliases: list[tuple[str, int]] = []
        self.reset()

    def reset(self) -> None:
        """Forget everything that belongs to one command line."""
        self.pending = []
        self.not_arithmetic = {}
        self.depth = 0
        self.alias_due = -1

    # -- tokens ------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Read the token after ``pos``."""
        match = _TOKEN(self.text, self.pos)
        assert match is not None
        kind = match.lastindex
        if kind:
            self.kind = kind
            self.token = match[kind]
            self.start, self.pos = match.span(kind)
            if (
                self.extglob
                and kind == PLAIN
                and self.text.startswith("(", self.pos)
                and self.token[-1] in EXTENDED
            ):
                self.kind, self.token, self.pos = WORD, COMPLEX_WORD, self.start
        else:
            self._advance_slowly(match.end())

    def _advance_slowly(self, start: int) -> None:
        """Read what the hot expression does not match: a token with line continuations, a word of parts, the end."""
        if start == len(self.text):
            if self.refill():
                self.advance()
                return
            if self._ends_continued() and not self.final:
                raise self.unfinished("a backslash-newline", start - 2, "a further line")
            self.kind, self.token, self.start, self.pos = END, "", start, start
            return
        self.start = self.pos = start
        match = _SLOW_TOKEN.match(self.text, start)
        if match is None:
            if self.text[start] == "{" and (match := tokens.DESCRIPTOR.match(self.text, start)):
                self.kind, self.token, self.pos = IO_NUMBER, match[0], match.end()
            else:
                self.kind, self.token = WORD, COMPLEX_WORD
            return
        kind = match.lastindex
        assert kind is not None
        self.kind, self.token, self.pos = kind, match[kind].replace("\\\n", ""), match.end()

    def _ends_continued(self) -> bool:
        """Whether the text ends in a backslash-newline that was no token of its own."""
        return self.text.endswith("\\\n") and not (self.token == "\n" and self.pos == len(self.text))

    def linebreak(self) -> None:
        """Newlines, as many as there are; with the first come the texts of pending here-documents."""
        while self.token == "\n":
            if self.pending:
                self.here_documents()
            self.advance()

    # -- aliases -----------------------------------------------------------------------------------------------

    def expand_aliases(self) -> None:
        """While the current token is a word with an alias that may be used here, put its text in its place."""
        while self.kind == PLAIN and self.token not in tokens.RESERVED and self._expand_alias():
            pass

    def command_start(self) -> None:
        """Newlines before a command or after a list, and aliases there, which may stand for nothing or for ``}``."""
        self.linebreak()
        while self.aliases is not None and self.kind == PLAIN:
            self.expand_aliases()
            if self.token != "\n":
                return
            self.linebreak()

    def expand_due_alias(self) -> None:
        """The word after an alias whose text ends in a blank may be an alias, too."""
        if self.start >= self.alias_due:
            self.alias_due = -1
            self.expand_aliases()

    def leave_aliases(self) -> None:
        """Put the written text back where aliases stood, unless one goes on after the end of its first line."""
        self._active_aliases = [(name, end) for name, end in self._active_aliases if end > self.pos]
        if not self._active_aliases:
            self.unsplice()

    def _expand_alias(self) -> bool:
        active = self._active_aliases
        start, end = self.start, self.pos
        while active and active[-1][1] <= start:
            active.pop()
        name = self.token
        value = (
            None if self.aliases is None or any(name == used for used, _ in active) else self.aliases(name)
        )
        if value is None:
            return False
        self.splice(start, end, value)
        growth = len(value) - (end - start)
        self._active_aliases = [(used, at + growth) for used, at in active]
        self._active_aliases.append((name, start + len(value)))
        if value.endswith((" ", "\t")):
            self.alias_due = start + len(value)
        elif self.alias_due > start:
            self.alias_due += growth
        else:
            self.alias_due = -1
        self.not_arithmetic.clear()
        self.pos = start
        self.advance()
        return True

    # -- errors ------------------------------------------------------------------------------------------------

    def found(self) -> str:
        """The current token in words."""
        if self.token == "\n":
            return "end of line"
        if self.kind == END:
            return "end of input"
        if self.kind != WORD:
            return f"'{self.token}'"
        start, self.pos = self.pos, self.start
        end = self.text.find("\n", start)
        written = self.text[start : min(len(self.text) if end < 0 else end, start + _SHOWN_CHARACTERS)]
        return f"'{written.split(' ')[0]}'"

    def unexpected(self, expected: str) -> NoReturn:
        """Raise the error for a token that is not what is ``expected``."""
        found = self.found()
        raise self.problem(self.start, f"expected {expected}, found {found}", expected=expected, found=found)

    def missing(self, expected: str) -> NoReturn:
        """As ``unexpected``, where a further line could bring what is missing."""
        if self.kind != END:
            self.unexpected(expected)
        found = self.found()
        message = f"expected {expected}, found {found}"
        raise self.problem(self.start, message, IncompleteInput, expected=expected, found=found)
