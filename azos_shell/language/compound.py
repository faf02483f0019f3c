"""Compound commands (POSIX 2.9.4), redirections (2.7) and function bodies (2.9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from azos_shell.language import tokens
from azos_shell.language.braces import BraceExpansionTooLarge, expand_braces
from azos_shell.language.conditional import ConditionalReader
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tokens import END, IO_NUMBER, LIST_ENDS, PLAIN, REDIRECTIONS, WORD
from azos_shell.language.tree import (
    ArithmeticCommand,
    ArithmeticFor,
    Assignment,
    BraceGroup,
    Case,
    CaseClause,
    CommandList,
    ConditionalCommand,
    For,
    FunctionDefinition,
    If,
    Literal,
    Quoted,
    Redirection,
    Select,
    Subshell,
    While,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.language.tree import Command, ListItem

    Production = Callable[["CompoundParser", int, int], Command]

_WORD: Final = LazyRegex(r"\w+")
_CASE_ENDS: Final = frozenset([";;", ";&", ";;&"])


class CompoundParser(ConditionalReader):
    """Reads compound commands; lists are read by the layer above."""

    __slots__ = ()

    braces: bool

    def list_items(self, newline_separates: bool) -> list[ListItem]:
        """One or more and-or lists and what separates them."""
        raise NotImplementedError

    # -- words and redirections --------------------------------------------------------------------------------

    def plain_word(self) -> Word:
        """The current plain token (or number) as a word; ``pos`` is after it."""
        return Word((Literal(self.token, self.start, self.pos),), self.token, self.start, self.pos)

    def words_into(self, words: list[Word]) -> None:
        """Append the current complex word, or the words that its braces expand to."""
        self.saw_brace = False
        start = self.pos
        word = self.word()
        if not (self.saw_brace and self.braces):
            words.append(word)
            return
        try:
            words.extend(expand_braces(word))
        except BraceExpansionTooLarge as problem:
            raise self.problem(start, str(problem)) from None

    def one_word(self, expected: str) -> Word:
        """The current token as one word, braces left alone; the next token is read."""
        if self.kind == PLAIN or self.kind == IO_NUMBER:
            word = self.plain_word()
        elif self.kind == WORD:
            word = self.word()
        else:
            self._expected_on_line(expected)
        self.advance()
        return word

    def _expected_on_line(self, expected: str) -> NoReturn:
        """Raise the error for something that must stand on this very line."""
        found = "end of line" if self.kind == END else self.found()
        raise self.problem(self.start, f"expected {expected}, found {found}", expected=expected, found=found)

    def io_redirect(self) -> Redirection:
        start = self.start
        fd = variable = None
        if self.kind == IO_NUMBER:
            if self.token[0] == "{":
                variable = self._descriptor()
            else:
                fd = int(self.token)
            self.advance()
        operator = self.token
        if operator == "<<" or operator == "<<-":
            self._skip_blanks()
            redirection = self.here_document_operator(fd, operator, start, variable)
            self.advance()
            return redirection
        self.advance()
        if self.kind == IO_NUMBER and operator not in (">&", "<&"):
            self._expected_on_line(f"a word after '{operator}'")
        target = self.one_word(f"a {'file name' if operator != '<<<' else 'word'} after '{operator}'")
        return Redirection(fd, operator, target, start, target.end, variable)

    def _descriptor(self) -> Assignment:
        """The variable in braces before a redirection, as the assignment of what is not known yet."""
        match = tokens.DESCRIPTOR.match(self.token + "<", 0)
        assert match is not None
        start, end = self.start, self.pos
        subscript = None
        if match[2]:
            subscript = Word((Quoted(match[2], start, end),), match[2], start, end)
        return Assignment(match[1], subscript, Word((), "", end, end), False, start, end)

    def _skip_blanks(self) -> None:
        text, pos = self.text, self.pos
        while text.startswith((" ", "\t"), pos) or text.startswith("\\\n", pos):
            pos += 2 if text[pos] == "\\" else 1
        self.pos = pos

    def redirect_list(self) -> tuple[Redirection, ...]:
        if self.kind != IO_NUMBER and self.token not in REDIRECTIONS:
            return ()
        redirections = []
        while self.kind == IO_NUMBER or self.token in REDIRECTIONS:
            redirections.append(self.io_redirect())
        return tuple(redirections)

    # -- lists -------------------------------------------------------------------------------------------------

    def compound_list(self, opened: str, at: int) -> CommandList:
        """One or more commands after a keyword or brace that ``opened`` a construct ``at`` an offset."""
        self.command_start()
        if self.token in LIST_ENDS:
            if self.kind == END:
                construct = _WORD.match(self.text, at)
                wanted = "a command"
                if construct is not None and construct[0] != opened:
                    opened, wanted = construct[0], f"a command after '{opened}'"
                raise self.unfinished(f"'{opened}'", at, wanted)
            self.unexpected(f"a command after '{opened}'")
        items = self.list_items(True)
        return CommandList(tuple(items), items[0].start, items[-1].end)

    def parenthesized_list(self, opened: str, start: int) -> CommandList:
        inside = self.pos
        self.advance()
        self.command_start()
        items = () if self.token == ")" else self.list_items(True) if self.kind != END else None
        if items is None or self.kind == END:
            raise self.unfinished(f"'{opened}'", start, "')'")
        if self.token != ")":
            self.unexpected("')'")
        if self.pending:
            document = self.pending[0]
            raise self.problem(
                document.redirection.start,
                f"the text of the here-document '{document.delimiter}' must begin on a line before the ')'",
            )
        return CommandList(tuple(items), inside, self.pos - 1)

    def keyword(self, wanted: str, opened: str, at: int) -> None:
        """The reserved word that must stand here; the next token is read."""
        if self.token != wanted:
            if self.kind == END:
                raise self.unfinished(f"'{opened}'", at, f"'{wanted}'")
            self.unexpected(f"'{wanted}' for '{opened}' of line {self.line_at(at)}")
        self.advance()

    # -- compound commands -------------------------------------------------------------------------------------

    def compound_command(self, read: Production) -> Command:
        start = self.start
        self.enter(start)
        command = read(self, start, self.line_at(start))
        self.depth -= 1
        return command

    def brace_group(self, start: int, line: int) -> BraceGroup:
        self.advance()
        body = self.compound_list("{", start)
        end = self.pos
        self.keyword("}", "{", start)
        redirections = self.redirect_list()
        return BraceGroup(body, redirections, line, start, _end(end, redirections))

    def subshell(self, start: int, line: int) -> Command:
        """``( … )``, or ``(( … ))`` where two parentheses stand together and close so."""
        self.pos = start + 1
        if self.text.startswith("(", start + 1):
            expression = self.arithmetic(start, start + 2)
            if expression is not None:
                end = self.pos
                self.advance()
                redirections = self.redirect_list()
                return ArithmeticCommand(expression, redirections, line, start, _end(end, redirections))
            self.pos = start + 1
            return self.instead_of_arithmetic(start, lambda: self._subshell(start, line))
        return self._subshell(start, line)

    def _subshell(self, start: int, line: int) -> Subshell:
        self.advance()
        body = self.compound_list("(", start)
        end = self.pos
        self.keyword(")", "(", start)
        redirections = self.redirect_list()
        return Subshell(body, redirections, line, start, _end(end, redirections))

    def if_clause(self, start: int, line: int) -> If:
        clauses = []
        otherwise = None
        word = "if"
        while word == "if" or word == "elif":
            self.advance()
            condition = self.compound_list(word, start)
            self.keyword("then", word, start)
            clauses.append((condition, self.compound_list("then", start)))
            word = self.token
        if word == "else":
            self.advance()
            otherwise = self.compound_list("else", start)
        end = self.pos
        self.keyword("fi", "if", start)
        redirections = self.redirect_list()
        return If(tuple(clauses), otherwise, redirections, line, start, _end(end, redirections))

    def while_clause(self, start: int, line: int) -> While:
        opened = self.token
        self.advance()
        condition = self.compound_list(opened, start)
        body, end = self._do_group(opened, start)
        redirections = self.redirect_list()
        return While(condition, body, opened == "until", redirections, line, start, _end(end, redirections))

    def _do_group(self, opened: str, start: int) -> tuple[CommandList, int]:
        self.keyword("do", opened, start)
        body = self.compound_list("do", start)
        end = self.pos
        self.keyword("done", opened, start)
        return body, end

    def for_clause(self, start: int, line: int) -> For | ArithmeticFor:
        self.advance()
        if self.token == "(" and self.text.startswith("((", self.start):
            return self._arithmetic_for(start, line)
        name, words, body, end = self._loop_over_words("for", start)
        redirections = self.redirect_list()
        return For(name, words, body, redirections, line, start, _end(end, redirections))

    def select_clause(self, start: int, line: int) -> Select:
        self.advance()
        name, words, body, end = self._loop_over_words("select", start)
        redirections = self.redirect_list()
        return Select(name, words, body, redirections, line, start, _end(end, redirections))

    def _loop_over_words(
        self, opened: str, start: int
    ) -> tuple[str, tuple[Word, ...] | None, CommandList, int]:
        """What ``for`` and ``select`` share: the name, the words, the body and where that ends."""
        name = self.token
        if self.kind != PLAIN or tokens.IDENTIFIER.match(name, 0) is None:
            self._expected_on_line(f"a name after '{opened}'")
        self.advance()
        words = None
        if self.token == ";":
            self.advance()
            self.linebreak()
        else:
            self.linebreak()
            if self.token == "in":
                words = self._for_words()
        return name, words, *self._loop_body(opened, start)

    def _for_words(self) -> tuple[Word, ...]:
        words: list[Word] = []
        self.advance()
        while self.token != ";" and self.token != "\n":
            if self.kind == PLAIN:
                words.append(self.plain_word())
            elif self.kind == WORD:
                self.words_into(words)
            elif self.kind == END:
                break
            else:
                self.unexpected("a word, ';' or a newline")
            self.advance()
        if self.token == ";":
            self.advance()
        self.linebreak()
        return tuple(words)

    def _loop_body(self, opened: str, start: int) -> tuple[CommandList, int]:
        """``do … done`` or, as other shells take it without saying so, ``{ … }``."""
        if self.token != "{":
            return self._do_group(opened, start)
        self.advance()
        body = self.compound_list("{", start)
        end = self.pos
        self.keyword("}", "{", start)
        return body, end

    def _arithmetic_for(self, start: int, line: int) -> ArithmeticFor:
        """``for ((initial; condition; step))``."""
        opened = self.start
        self.pos = opened + 2
        expressions = []
        for stop in (";", ";", ")"):
            expressions.append(self.arithmetic_word(";"))
            if self.pos >= len(self.text):
                raise self.unfinished("'(('", opened, "'))'")
            if self.text[self.pos] != stop:
                raise self.problem(self.pos, f"expected '{stop}' in 'for ((…; …; …))'", expected=stop)
            self.pos += 1
        if not self.text.startswith(")", self.pos):
            raise self.problem(self.pos, "expected '))' in 'for ((…; …; …))'", expected="))")
        self.pos += 1
        self.advance()
        if self.token == ";":
            self.advance()
        self.linebreak()
        body, end = self._loop_body("for", start)
        redirections = self.redirect_list()
        initial, condition, step = expressions
        return ArithmeticFor(
            initial, condition, step, body, redirections, line, start, _end(end, redirections)
        )

    def case_clause(self, start: int, line: int) -> Case:
        self.advance()
        if self.alias_due >= 0:
            self.expand_due_alias()
        word = self.one_word("a word after 'case'")
        self.linebreak()
        self.keyword("in", "case", start)
        self.linebreak()
        clauses = []
        while self.token != "esac":
            clauses.append(self._case_item(start))
            self.linebreak()
        end = self.pos
        self.advance()
        redirections = self.redirect_list()
        return Case(word, tuple(clauses), redirections, line, start, _end(end, redirections))

    def _case_item(self, start: int) -> CaseClause:
        if self.kind == END:
            raise self.unfinished("'case'", start, "'esac'")
        if self.token == "(":
            self.advance()
        patterns = [self.one_word("a pattern or 'esac'")]
        while self.token == "|":
            self.advance()
            patterns.append(self.one_word("a pattern after '|'"))
        if self.token != ")":
            self._expected_on_line("')' after a pattern of 'case'")
        self.advance()
        self.command_start()
        items = [] if self.token in _CASE_ENDS or self.token == "esac" else self.list_items(True)
        at = items[0].start if items else self.start
        body = CommandList(tuple(items), at, items[-1].end if items else at)
        terminator = ";;"
        if self.token in _CASE_ENDS:
            terminator = self.token
            self.advance()
        elif self.token != "esac":
            if self.kind == END:
                raise self.unfinished("'case'", start, "'esac'")
            self.unexpected("';;' or 'esac'")
        return CaseClause(tuple(patterns), body, terminator)

    def conditional_command(self, start: int, line: int) -> ConditionalCommand:
        self.advance()
        expression = self.conditional_expression(start)
        end = self.pos
        self.keyword("]]", "[[", start)
        redirections = self.redirect_list()
        return ConditionalCommand(expression, redirections, line, start, _end(end, redirections))

    # -- functions ---------------------------------------------------------------------------------------------

    def function_definition(self, start: int, line: int) -> FunctionDefinition:
        """``function name body`` or ``function name ( ) body``."""
        self.advance()
        name = self.token
        if self.kind != PLAIN or tokens.FUNCTION_NAME.match(name, 0) is None:
            self._expected_on_line("a name after 'function'")
        self.advance()
        if self.token == "(" and not self.text.startswith("((", self.start):
            at = self.start
            self.advance()
            if self.token == ")":
                self.advance()
            else:
                self.pos = at
                self.advance()
        return self.function_body(name, start, line)

    def function_body(self, name: str, start: int, line: int) -> FunctionDefinition:
        self.command_start()
        read = OPENERS.get(self.token)
        if read is None or self.token == "function" or self.kind == WORD:
            self.missing(f"a compound command as the body of function '{name}'")
        self.enter(self.start)
        body = self.compound_command(read)
        self.depth -= 1
        return FunctionDefinition(name, body, line, start, body.end)


def _end(end: int, redirections: tuple[Redirection, ...]) -> int:
    return redirections[-1].end if redirections else end


# What begins a compound command, and the production that reads it.
OPENERS: Final[dict[str, Production]] = {
    "{": CompoundParser.brace_group,
    "(": CompoundParser.subshell,
    "if": CompoundParser.if_clause,
    "for": CompoundParser.for_clause,
    "select": CompoundParser.select_clause,
    "while": CompoundParser.while_clause,
    "until": CompoundParser.while_clause,
    "case": CompoundParser.case_clause,
    "[[": CompoundParser.conditional_command,
    "function": CompoundParser.function_definition,
}
