"""The expression inside ``[[ … ]]`` (bash): tests joined by ``!``, ``&&``, ``||`` and parentheses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.lexer import Lexer
from azos_shell.language.tokens import END, IO_NUMBER, PLAIN, WORD
from azos_shell.language.tree import ConditionalBinary, ConditionalLogic, ConditionalUnary, Literal, Word
from azos_shell.language.words import invites_group, static_text, unquoted_run

if TYPE_CHECKING:
    from azos_shell.language.tree import ConditionalExpression, Part

_UNARY: Final = LazyRegex(r"-[abcdefghknoprstuvwxzGLNORS]\Z")
_PATTERN_OPERATORS: Final = frozenset(["==", "=", "!="])
_OPERATORS: Final = _PATTERN_OPERATORS | frozenset(
    ["=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]
)
_FOLLOWS_OPERAND: Final = LazyRegex(r"[ \t]*(?:\]\]|&&|\|\|)")
_ENDS: Final = frozenset(["]]", "&&", "||", ")", "\n", ""])

# The right side of =~ and ==. Inside parentheses (a group, or an extended pattern such as @(a|b)) anything goes.
_REGEX_RUN: Final = unquoted_run(r" \t\n<>&;()")
_PATTERN_RUN: Final = unquoted_run(r" \t\n<>&|;()")


class ConditionalReader(Lexer):
    """Reads conditional expressions."""

    __slots__ = ()

    def conditional_expression(self, opened: int) -> ConditionalExpression:
        """``term || term …``."""
        operands = [self._conjunction(opened)]
        while self.token == "||":
            self.advance()
            operands.append(self._conjunction(opened))
        return operands[0] if len(operands) == 1 else ConditionalLogic("||", tuple(operands))

    def _conjunction(self, opened: int) -> ConditionalExpression:
        operands = [self._factor(opened)]
        while self.token == "&&":
            self.advance()
            operands.append(self._factor(opened))
        return operands[0] if len(operands) == 1 else ConditionalLogic("&&", tuple(operands))

    def _factor(self, opened: int) -> ConditionalExpression:
        self.linebreak()
        negated = False
        while self.token == "!":
            negated = not negated
            self.advance()
        expression = self._primary(opened)
        self.linebreak()
        return ConditionalLogic("!", (expression,)) if negated else expression

    def _primary(self, opened: int) -> ConditionalExpression:
        if self.token == "(":
            at = self.start
            self.enter(at)
            self.advance()
            expression = self.conditional_expression(opened)
            if self.token != ")":
                if self.kind == END:
                    raise self.unfinished("'('", at, "')'")
                self.unexpected("')'")
            self.advance()
            self.depth -= 1
            return expression
        operator = self.token
        operator_at = self.start
        left = self._operand(opened)
        is_unary = _UNARY.match(operator, 0) and self.text.startswith("-", operator_at)
        if (
            self.kind != WORD
            and self.token in _OPERATORS
            and not (is_unary and _FOLLOWS_OPERAND.match(self.text, self.pos))
        ):
            return self._binary(left, opened)
        if is_unary and self.token == "]]":
            self.unexpected(f"an operand of '{operator}' in '[['")
        if _UNARY.match(operator, 0) and self.token not in _ENDS:
            return ConditionalUnary(operator, self._operand(opened))
        return ConditionalUnary("-n", left)

    def _binary(self, left: Word, opened: int) -> ConditionalBinary:
        operator = self.token
        self.advance()
        if operator == "=~":
            right = self._pattern(_REGEX_RUN, opened)
        elif operator in _PATTERN_OPERATORS:
            right = self._pattern(_PATTERN_RUN, opened)
        else:
            right = self._operand(opened)
        return ConditionalBinary(left, operator, right)

    def _operand(self, opened: int) -> Word:
        if self.kind == PLAIN and self.token != "]]":
            word = Word((Literal(self.token, self.start, self.pos),), self.token, self.start, self.pos)
        elif self.kind == WORD or self.kind == IO_NUMBER:
            self.pos = self.start
            word = self.word()
        elif self.kind == END:
            raise self.unfinished("'[['", opened, "']]'")
        else:
            self.unexpected("a word in '[['")
        self.advance()
        return word

    def _pattern(self, run: LazyRegex, opened: int) -> Word:
        """A pattern or regular expression, read anew from where the current token starts."""
        if self.kind == END:
            raise self.unfinished("'[['", opened, "']]'")
        if self.token == "]]":
            self.unexpected("a pattern in '[['")
        self.pos = start = self.start
        parts: list[Part] = []
        while True:
            parts += self.unquoted_parts(run)
            if not self.text.startswith("(", self.pos) or not (run is _REGEX_RUN or invites_group(parts)):
                break
            self.group(parts)
        if not parts:
            self.unexpected("a pattern in '[['")
        word = Word(tuple(parts), static_text(parts), start, self.pos)
        self.advance()
        return word
