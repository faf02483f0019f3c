"""Parameter expansion in braces, ``${…}`` (POSIX 2.6.2, with bash's substrings, replacements, case and indirection).

What is between the braces and is no expansion becomes a ``Parameter`` with the operator ``bad``: as in other shells
that is an error when it is expanded, not before, since scripts guard the dialects of other shells by ``if``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.tokens import CONTINUATION, NAME
from azos_shell.language.tree import Literal, Parameter, Quoted, Word
from azos_shell.language.words import (
    BRACE_RUN,
    QUOTED_BRACE_RUN,
    WordReader,
    static_text,
    unquoted_run,
)

if TYPE_CHECKING:
    from azos_shell.language.tree import Part

_SPECIAL: Final = r"[0-9]+|[@*#?$!-]"
_C: Final = CONTINUATION
# ${#name}, ${#name[…]}, ${#@}: a length only where nothing but a subscript follows; otherwise # is the parameter.
_LENGTH: Final = LazyRegex(rf"{_C}#{_C}(?:({NAME})(?=\[|\}})|({_SPECIAL}){_C}(?=\}}))")
# ${!name}, ${!name[@]}, ${!prefix*}, ${!1}, ${!#}; otherwise ! is the parameter.
_INDIRECT: Final = LazyRegex(rf"{_C}!{_C}(?:({NAME})(?=\[|\}}|[*@]\}})|([0-9]+|#)(?=\}}))")
# ${!name:-word} and kin: the operator applies to what the name leads to.
_INDIRECT_VALUE: Final = LazyRegex(rf"{_C}(?:(!(?:{NAME}|[0-9]+))(?=[:%#/^,~@=?+-])|([^\s\S])){_C}")
_PARAMETER: Final = LazyRegex(rf"{_C}(?:({NAME})|({_SPECIAL})){_C}")
_OPERATOR: Final = LazyRegex(rf":{_C}[-=?+]|[-=?+]|%{_C}%|%|#{_C}#|#|/[/#%]?|\^\^?|,,?|~~?|@|:")
# ${#+} and kin: a length it can't be, nor is there an operand.
_NO_LENGTH: Final = LazyRegex(rf"#{_C}[=+%/:^,]{_C}\}}")
_TRANSFORMATION: Final = LazyRegex(r"[A-Za-z](?=\})")

_PATTERN_RUN: Final = unquoted_run("/}")
_SUBSCRIPT_RUN: Final = unquoted_run(r"\[\]")
_BRACED_SUBSCRIPT_RUN: Final = unquoted_run(r"\[\]}")
_PARENTHESES: Final = LazyRegex(r"\(+|\)+")
_ARITHMETIC_RUN: Final = LazyRegex(r"(?:[^\"$`\\();:?}]++|\\.|\$(?![A-Za-z0-9_@*#?$!({\\-]))++", re.DOTALL)


class _UnclosedSubscript(Exception):
    """A subscript came to an end without its bracket."""


class ParameterReader(WordReader):
    """Reads ``${…}``, and the subscripts and arithmetic that may stand in it."""

    __slots__ = ()

    def braced_parameter(self, start: int, quoted: bool) -> Parameter:
        self.enter(start)
        text, pos = self.text, self.pos
        if _NO_LENGTH.match(text, pos):
            parameter = self._bad(start)
        elif match := _LENGTH.match(text, pos):
            parameter = self._length(start, match)
        elif match := _INDIRECT.match(text, pos):
            parameter = self._indirection(start, match)
        elif match := _INDIRECT_VALUE.match(text, pos) or _PARAMETER.match(text, pos):
            parameter = self._value(start, match, quoted)
        else:
            parameter = self._bad(start)
        self.depth -= 1
        return parameter

    # -- the forms ---------------------------------------------------------------------------------------------

    def _length(self, start: int, match: re.Match[str]) -> Parameter:
        self.pos = match.end()
        subscript = self._optional_subscript(start, match)
        return self._closed(start, match, "#", None, None, subscript, True)

    def _indirection(self, start: int, match: re.Match[str]) -> Parameter:
        self.pos = match.end()
        subscript = self._optional_subscript(start, match)
        argument = None
        if self.text[self.pos] in "*@":
            argument = _literal_word(self.text[self.pos], self.pos)
            self.pos += 1
        return self._closed(start, match, "!", argument, None, subscript)

    def _value(self, start: int, match: re.Match[str], quoted: bool) -> Parameter:
        self.pos = match.end()
        subscript = self._optional_subscript(start, match)
        operation = _OPERATOR.match(self.text, self.pos)
        operator = ""
        argument = second = None
        if operation is not None:
            self.pos = operation.end()
            operator = _joined(operation[0])
            argument, second = self._arguments(operator, quoted)
        return self._closed(start, match, operator, argument, second, subscript)

    def _closed(
        self,
        start: int,
        match: re.Match[str],
        operator: str,
        argument: Word | None,
        second: Word | None,
        subscript: Word | None,
        is_length: bool = False,
    ) -> Parameter:
        """The parameter of these parts if the closing brace follows, a bad one if something else does."""
        if not self.text.startswith("}", self.pos):
            return self._bad(start)
        self.pos += 1
        name = _joined(match[1] or match[2])
        return Parameter(name, operator, argument, second, subscript, is_length, start, self.pos)

    def _bad(self, start: int) -> Parameter:
        """Skip the rest; the argument is the whole expansion as it is written."""
        self.unquoted_parts(BRACE_RUN)
        if not self.text.startswith("}", self.pos):
            raise self.unfinished("'${'", start, "'}'")
        self.pos += 1
        written = Quoted(self.text[start : self.pos], start, self.pos)
        word = Word((written,), written.text, start, self.pos)
        return Parameter("", "bad", word, None, None, False, start, self.pos)

    def _arguments(self, operator: str, quoted: bool) -> tuple[Word | None, Word | None]:
        """The words after an operator. Patterns and replacements quote on their own, also between double quotes."""
        if operator[-1] in "-=?+":
            return (self._quoted_word() if quoted else self._unquoted_word(BRACE_RUN)), None
        if operator[0] == "/":
            pattern = self._unquoted_word(_PATTERN_RUN)
            if not self.text.startswith("/", self.pos):
                return pattern, None
            self.pos += 1
            return pattern, self._unquoted_word(BRACE_RUN)
        if operator == ":":
            offset = self.arithmetic_word(":}")
            if not self.text.startswith(":", self.pos):
                return offset, None
            self.pos += 1
            return offset, self.arithmetic_word("}")
        if operator == "@":
            match = _TRANSFORMATION.match(self.text, self.pos)
            letter = "" if match is None else match[0]
            word = _literal_word(letter, self.pos)
            self.pos += len(letter)
            return word, None
        if operator[0] in "^,~":
            word = self._unquoted_word(BRACE_RUN)
            return (word if word.parts else None), None
        return self._unquoted_word(BRACE_RUN), None

    # -- the words in them -------------------------------------------------------------------------------------

    def _unquoted_word(self, run: LazyRegex) -> Word:
        start = self.pos
        parts = self.unquoted_parts(run)
        return Word(tuple(parts), static_text(parts), start, self.pos)

    def _quoted_word(self) -> Word:
        start = self.pos
        parts = self.quoted_parts(QUOTED_BRACE_RUN)
        return Word(tuple(parts), static_text(parts), start, self.pos)

    def _optional_subscript(self, start: int, match: re.Match[str]) -> Word | None:
        if not match[1] or not self.text.startswith("[", self.pos):
            return None
        bracket = self.pos
        try:
            return self._balanced(_BRACED_SUBSCRIPT_RUN)
        except _UnclosedSubscript:
            if self.pos >= len(self.text):
                raise self.unfinished("'${'", start, "'}'") from None
            self.pos = bracket  # where no operator matches: it is a bad one
            return None

    def subscript(self, opened: int) -> Word:
        """``[…]`` with the opening bracket at ``pos``; brackets inside are balanced."""
        try:
            return self._balanced(_SUBSCRIPT_RUN)
        except _UnclosedSubscript:
            raise self.unfinished("'['", opened, "']'") from None

    def _balanced(self, run: LazyRegex) -> Word:
        self.pos += 1
        start = self.pos
        parts: list[Part] = []
        nested = 0
        while True:
            parts += self.unquoted_parts(run)
            char = self.text[self.pos : self.pos + 1]
            if not char or char == "}":
                raise _UnclosedSubscript
            if char == "]" and not nested:
                break
            nested += 1 if char == "[" else -1
            parts.append(Literal(char, self.pos, self.pos + 1))
            self.pos += 1
        self.pos += 1
        return Word(tuple(parts), static_text(parts, pattern=False), start, self.pos - 1)

    def arithmetic_word(self, stops: str) -> Word:
        """An arithmetic expression up to one of the ``stops`` outside parentheses, or to a parenthesis too many.

        Its parts are quoted, since it expands as between double quotes; double quotes in it vanish.
        """
        start = self.pos
        parts: list[Part] = []
        nested = questions = 0
        while True:
            match = _ARITHMETIC_RUN.match(self.text, self.pos)
            if match is not None:
                parts.append(Quoted(_joined(match[0]), self.pos, match.end()))
                self.pos = match.end()
            char = self.text[self.pos : self.pos + 1]
            if char == "$":
                self.dollar(parts, True)
            elif char == '"':
                parts += self.double_quoted().parts
            elif char == "`":
                parts.append(self.backquoted(True))
            elif not char or char == "\\":
                if not self.refill():
                    break
            elif not nested and (char == ")" or (char in stops and not (char == ":" and questions))):
                break
            else:
                run = _same_run(self.text, self.pos, nested)
                nested += len(run) if char == "(" else -len(run) if char == ")" else 0
                questions += (char == "?" and ":" in stops) - (char == ":" and questions > 0)
                parts.append(Quoted(run, self.pos, self.pos + len(run)))
                self.pos += len(run)
        parts = _coalesced(parts)
        return Word(tuple(parts), static_text(parts), start, self.pos)


def _joined(text: str) -> str:
    """``text`` with its line continuations taken out."""
    return text.replace("\\\n", "") if "\\" in text else text


def _same_run(text: str, at: int, nested: int) -> str:
    """The character at ``at``, with its like after it if it is a parenthesis; no more closing ones than ``nested``."""
    match = _PARENTHESES.match(text, at)
    if match is None:
        return text[at]
    return match[0] if match[0][0] == "(" else match[0][:nested]


def _literal_word(text: str, at: int) -> Word:
    return Word((Literal(text, at, at + len(text)),), text, at, at + len(text))


def _coalesced(parts: list[Part]) -> list[Part]:
    """``parts`` with neighbouring quoted texts made one."""
    result: list[Part] = []
    texts: list[str] = []
    start = end = 0
    for part in parts:
        if type(part) is Quoted:
            if not texts:
                start = part.start
            texts.append(part.text)
            end = part.end
            continue
        if texts:
            result.append(Quoted("".join(texts), start, end))
            texts = []
        result.append(part)
    if texts:
        result.append(Quoted("".join(texts), start, end))
    return result
