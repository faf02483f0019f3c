"""The grammar (POSIX 2.10) by recursive descent: command lines to trees.

The parser is a tower of readers, one file each, of which this is the top::

    Parser       lists, pipelines, simple commands, functions        this file
    Compound     if, for, while, case, groups, (( )) and [[ ]]       compound.py, conditional.py
    Lexer        tokens and aliases                                  lexer.py
    HereDocument, Substitution, Parameter, Word readers              heredocs.py and so on
    Input        the text and the place in it                        input.py

Each method that reads a production finds its first token in ``token`` and leaves the first one after it there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn, Self

from azos_shell.language import tokens
from azos_shell.language.compound import OPENERS, CompoundParser
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tokens import END, IO_NUMBER, LIST_ENDS, PLAIN, REDIRECTIONS, RESERVED, WORD
from azos_shell.language.tree import (
    AndOr,
    ArrayValue,
    Assignment,
    CommandList,
    DeclaredAssignment,
    FunctionDefinition,
    ListItem,
    Literal,
    Pipeline,
    SimpleCommand,
    Word,
)
from azos_shell.language.words import HERE_DOCUMENT_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.language.tree import Command, Part, Redirection

_ASSIGNMENT: Final = tokens.ASSIGNMENT
# What an error says a command is missing after: the operator or word before the place.
_LAST_TOKEN: Final = LazyRegex(r"(?s:.*?)([|&;()]+|[^\s|&;()]+)\s*\Z")
_LOOK_BEHIND: Final = 80


class Parser(CompoundParser):
    """Reads command lines one after the other.

    ``aliases`` gives the text of an alias. ``more`` gives further text (a line, as a rule) whenever what is there is
    used up, and None at the end. ``final`` says that no more can come, as in a script: what other shells let the end
    of the input close (a here-document, a backslash-newline) is then closed by it.

    Offsets are into ``text``; when a line was got from ``more`` and is used up, it is dropped, and offsets begin anew.
    Where an alias was replaced, ``text`` holds its value while the command line is read.
    """

    __slots__ = ("braces",)

    def __init__(
        self,
        text: str,
        *,
        name: str = "azos",
        aliases: Callable[[str], str | None] | None = None,
        more: Callable[[], str | None] | None = None,
        first_line: int = 1,
        final: bool = False,
        braces: bool = True,
    ) -> None:
        super().__init__(text, name=name, aliases=aliases, more=more, first_line=first_line, final=final)
        self.braces = braces
        self.saw_brace = False

    @property
    def offset(self) -> int:
        """Where in ``text`` parsing has got to."""
        return self.pos

    def source(self, start: int, end: int) -> str:
        """The text between two offsets of the last command line, as long as that is held."""
        return self.text[start:end]

    # -- command lines -----------------------------------------------------------------------------------------

    def next_line(self) -> CommandList | None:
        """The next command line with its here-documents, or None at the end of the input.

        After a ``ShellSyntaxError`` the parser stands after the line with the error and may be asked again.
        """
        try:
            return self.complete_command()
        except ShellSyntaxError:
            self._skip_line()
            raise
        except RecursionError:
            problem = self.too_deep(self.pos)
            self._skip_line()
            raise problem from None

    def complete_command(self) -> CommandList | None:
        self.reset()
        while True:
            if self.splices:
                self.leave_aliases()
            self.drop_consumed()
            self.advance()
            if self.aliases is not None:
                self.expand_aliases()  # to nothing, perhaps
            if self.token != "\n":
                break
        if self.kind == END:
            return None
        start = self.start
        items = self.list_items(False)
        if self.token != "\n" and self.kind != END:
            self.unexpected("a newline, ';', '&' or another operator")
        if self.pending:
            self.here_documents()
        return CommandList(tuple(items), start, items[-1].end)

    def _skip_line(self) -> None:
        self.unsplice()
        self._active_aliases = []
        end = self.text.find("\n", max(self.pos, self.start))
        self.pos = len(self.text) if end < 0 else end + 1
        self.token = "\n"
        self.reset()

    # -- lists and pipelines -----------------------------------------------------------------------------------

    def list_items(self, newline_separates: bool) -> list[ListItem]:
        items = []
        while True:
            command = self.and_or()
            token = self.token
            items.append(ListItem(command, token == "&", command.start, command.end))
            if token == ";" or token == "&":
                self.advance()
            elif token != "\n" or not newline_separates:
                return items
            if newline_separates:
                self.command_start()
            elif self.aliases is not None:
                self.expand_aliases()
            if self.token in LIST_ENDS:
                return items

    def and_or(self) -> Command | Pipeline | AndOr:
        first = self.pipeline()
        if self.token != "&&" and self.token != "||":
            return first
        rest = []
        last = first
        while (operator := self.token) == "&&" or operator == "||":
            self.advance()
            self.command_start()
            last = self.pipeline()
            rest.append((operator, last))
        return AndOr(first, tuple(rest), first.start, last.end)

    def pipeline(self) -> Command | Pipeline:
        if self.aliases is not None:
            self.expand_aliases()
        start = self.start
        negated = False
        timed = ""
        while self.token == "!" or self.token == "time":
            if self.token == "!":
                negated = not negated
            elif not self._time_is_program():
                timed = "time"
            else:
                break
            self.advance()
            if timed == "time" and self.token == "-p":
                timed = "posix"
                self.advance()
            if timed and self.token == "--":
                self.advance()
            if self.aliases is not None:
                self.expand_aliases()
        if timed and (self.token in LIST_ENDS or self.token in (";", "&")):
            first: Command = SimpleCommand((), (), (), self.line_at(start), self.start, self.start)
        else:
            first = self.command()
        if self.token != "|" and self.token != "|&":
            if negated or timed:
                return Pipeline((first,), negated, timed, (False,), start, first.end)
            return first
        return self._pipe_sequence(first, negated, timed, start)

    def _pipe_sequence(self, first: Command, negated: bool, timed: str, start: int) -> Pipeline:
        commands = [first]
        merge_errors = []
        while self.token == "|" or self.token == "|&":
            merge_errors.append(self.token == "|&")
            self.advance()
            self.command_start()
            commands.append(self.command())
        merge_errors.append(False)
        return Pipeline(tuple(commands), negated, timed, tuple(merge_errors), start, commands[-1].end)

    def _time_is_program(self) -> bool:
        """``time`` before an option other than ``-p`` is the program of that name (POSIX 2.4)."""
        option = self.text[self.pos : self.pos + 16].lstrip(" \t")
        return option.startswith("-") and option.split(None, 1)[0] not in ("-p", "--")

    # -- commands ----------------------------------------------------------------------------------------------

    def command(self) -> Command:
        token = self.token
        if self.kind == PLAIN:
            if token in RESERVED:
                read = OPENERS.get(token)
                if read is not None:
                    return self.compound_command(read)
                if token != "time" and token != "]]":
                    self._no_command()
            return self.simple_command()
        if self.kind == WORD or self.kind == IO_NUMBER or token in REDIRECTIONS:
            return self.simple_command()
        if token == "(":
            return self.compound_command(OPENERS["("])
        return self._no_command()

    def _no_command(self) -> NoReturn:
        """Raise the error for a place where a command must stand and none does."""
        before = _LAST_TOKEN.match(self.text[max(0, self.start - _LOOK_BEHIND) : self.start], 0)
        self.missing("a command" if before is None else f"a command after '{before[1]}'")

    def simple_command(self) -> SimpleCommand | FunctionDefinition:
        start = end = self.start
        line = self.line_at(start)
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        declares = False
        while True:
            kind = self.kind
            if kind == PLAIN:
                token = self.token
                if (
                    "=" in token
                    and (declares or self._array_of_eval(words))
                    and (match := _ASSIGNMENT.match(token, 0))
                ):
                    words.append(_declared(self._plain_assignment(match)))
                    end = self.pos
                    self.advance()
                    continue
                if words:
                    if self.alias_due >= 0:
                        self.expand_due_alias()
                        if self.kind != PLAIN:
                            continue
                        token = self.token
                else:
                    if "=" in token and (match := _ASSIGNMENT.match(token, 0)):
                        assignments.append(self._plain_assignment(match))
                        end = assignments[-1].end
                        self.advance()
                        continue
                    if self.aliases is not None and (assignments or redirections):
                        self.expand_aliases()
                        if self.kind != PLAIN:
                            continue
                        token = self.token
                end = self.pos
                declares = declares or (token in tokens.DECLARING and _may_declare(words))
                words.append(Word((Literal(token, self.start, end),), token, self.start, end))
            elif kind == WORD:
                assignment = self._assignment() if declares or not words else None
                if assignment is not None:
                    if declares:
                        words.append(_declared(assignment))
                    else:
                        assignments.append(assignment)
                else:
                    self.words_into(words)
                end = self.pos
            elif kind == IO_NUMBER or self.token in REDIRECTIONS:
                redirections.append(self.io_redirect())
                end = redirections[-1].end
                continue
            else:
                break
            self.advance()
        if self.token == "(" and len(words) == 1 and not assignments and not redirections:
            name = words[0].parts[0]
            if isinstance(name, Literal) and len(words[0].parts) == 1 and words[0].text:
                return self._function(words[0].text, start, line)
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirections), line, start, end)

    def _array_of_eval(self, words: list[Word]) -> bool:
        """Whether ``name=(`` stands here as an operand of ``eval``, which bash takes."""
        return bool(words) and words[0].text == "eval" and self.text.startswith("(", self.pos)

    # -- assignments -------------------------------------------------------------------------------------------

    def _plain_assignment(self, match: re.Match[str]) -> Assignment:
        start, end = self.start, self.pos
        value = self.token[match.end() :]
        if not value and self.text.startswith("(", end):
            return Assignment(match[1], None, self._array(), bool(match[2]), start, self.pos)
        at = end - len(value)
        word = Word((Literal(value, at, end),) if value else (), value, at, end)
        return Assignment(match[1], None, word, bool(match[2]), start, end)

    def _assignment(self) -> Assignment | None:
        """The assignment that the word at ``start`` is, if it is one."""
        start = self.start
        match = _ASSIGNMENT.match(self.text, start)
        if match is not None:
            self.pos = match.end()
            return self._assigned(match[1].replace("\\\n", ""), None, bool(match[2]), start)
        match = tokens.SUBSCRIPTED.match(self.text, start)
        if match is None or start in self.not_arithmetic:
            return None
        self.pos = match.end()
        subscript = self.subscript(start)
        after = tokens.AFTER_SUBSCRIPT.match(self.text, self.pos - 1)
        if after is None:
            self.not_arithmetic[start] = None
            self.pos = start
            return None
        self.pos = after.end()
        return self._assigned(match[1], subscript, bool(after[1]), start)

    def _assigned(self, name: str, subscript: Word | None, append: bool, start: int) -> Assignment:
        is_array = subscript is None and self.text.startswith("(", self.pos)
        value = self._array() if is_array else self.value()
        return Assignment(name, subscript, value, append, start, self.pos)

    def _array(self) -> ArrayValue:
        """``(…)`` with the parenthesis at ``pos``; newlines separate words, too."""
        start = self.pos
        self.pos = start + 1
        items: list[tuple[Word | None, Word]] = []
        self.advance()
        while self.token != ")":
            if self.token == "\n":
                self.linebreak()
                continue
            if self.kind == END:
                raise self.unfinished("'('", start, "')'")
            if self.kind == WORD and (element := self._element()):
                items.append(element)
            elif self.kind == WORD:
                words: list[Word] = []
                self.words_into(words)
                items.extend((None, word) for word in words)
            elif self.kind == PLAIN or self.kind == IO_NUMBER:
                items.append((None, self.plain_word()))
            else:
                self.unexpected("a word or ')' in an array")
            self.advance()
        return ArrayValue(tuple(items), start, self.pos)

    def _element(self) -> tuple[Word, Word] | None:
        """``[subscript]=value`` at ``start``, if it is one."""
        start = self.start
        if start in self.not_arithmetic or tokens.ELEMENT.match(self.text, start) is None:
            return None
        subscript = self.subscript(start)
        after = tokens.AFTER_SUBSCRIPT.match(self.text, self.pos - 1)
        if after is None:
            self.not_arithmetic[start] = None
            self.pos = start
            return None
        self.pos = after.end()
        return subscript, self.value()

    # -- functions ---------------------------------------------------------------------------------------------

    def _function(self, name: str, start: int, line: int) -> FunctionDefinition:
        """``name ( )`` and a body; the current token is the opening parenthesis."""
        if name in RESERVED or tokens.FUNCTION_NAME.match(name, 0) is None:
            self.unexpected("a newline, ';', '&' or another operator")
        self.advance()
        if self.token != ")":
            self.unexpected("')' of a function definition")
        self.advance()
        return self.function_body(name, start, line)

    # -- embedded texts ----------------------------------------------------------------------------------------

    def embedded_list(self, text: str, offset: int) -> CommandList:
        inner = self._embedded(text, offset)
        items: list[ListItem] = []
        while (line := inner.complete_command()) is not None:
            inner.depth = self.depth
            items.extend(line.items)
        return CommandList(tuple(items), offset, offset + len(text))

    def here_document_text(self, text: str, offset: int) -> tuple[Part, ...]:
        return tuple(self._embedded(text, offset).quoted_parts(HERE_DOCUMENT_RUN))

    def _embedded(self, text: str, offset: int) -> Self:
        """A parser for a piece of this text that had to be unquoted first."""
        inner = type(self)(
            text,
            name=self.name,
            aliases=self.aliases,
            first_line=self.line_at(offset),
            final=True,
            braces=self.braces,
        )
        inner.extglob = self.extglob
        inner.embed(self, offset)
        return inner


def _may_declare(words: list[Word]) -> bool:
    """Whether a declaring command's name may stand after these words."""
    return all(word.text in tokens.BEFORE_DECLARING for word in words)


def _declared(assignment: Assignment) -> Word:
    """An assignment as an operand."""
    part = DeclaredAssignment(assignment, assignment.start, assignment.end)
    return Word((part,), None, assignment.start, assignment.end)


def parse(
    text: str, *, name: str = "azos", aliases: Callable[[str], str | None] | None = None, final: bool = False
) -> CommandList:
    """All command lines of ``text`` as one list."""
    parser = Parser(text, name=name, aliases=aliases, final=final)
    items: list[ListItem] = []
    while (line := parser.next_line()) is not None:
        items.extend(line.items)
    return CommandList(tuple(items), 0, len(parser.text))
