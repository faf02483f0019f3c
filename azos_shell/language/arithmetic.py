"""Shell arithmetic (POSIX 2.6.4 and XCU 1.1.2.1, with bash's ``**``, ``++``, ``--``, comma and ``base#digits``).

Numbers are signed 64-bit and wrap; division truncates towards zero as in C. An expression is compiled once to nested
functions (a syntax tree that can be called) and cached by its text, since loops evaluate the same text again. Names are
variables; a value that is no number is itself evaluated as an expression.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from azos_shell.language.arithmetic_errors import ArithmeticSyntaxError, DivisionByZero
from azos_shell.language.arithmetic_tokens import VALUE, number, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ArithmeticSyntaxError", "DivisionByZero", "Variables", "evaluate"]

_CACHED_EXPRESSIONS: Final = 1024
# How deep an expression may nest in itself, and how often a variable's value may name another one.
_MAX_NESTING: Final = 300
_MAX_INDIRECTIONS: Final = 1024  # as in bash

_MASK: Final = (1 << 64) - 1
_SIGN: Final = 1 << 63


class Variables(Protocol):
    """The shell's variables as an expression sees them; elements of arrays are called ``name[index]``."""

    def get(self, name: str, /) -> str | None:
        """The value, or None if it is unset."""
        ...

    def set(self, name: str, value: int, /) -> object:
        """Assign."""
        ...

    def is_associative(self, name: str, /) -> bool:
        """Whether the subscripts of the variable are keys, not expressions."""
        ...


def evaluate(text: str, variables: Variables) -> int:
    """The value of an expression; parameters and substitutions in it are already expanded. Empty text is 0."""
    try:
        return _compiled(text)(variables, 0)
    except RecursionError:
        raise ArithmeticSyntaxError(f"{text[:40]}: expression nested too deeply") from None


# -- values ---------------------------------------------------------------------------------------------------------

if TYPE_CHECKING:
    Evaluator = Callable[[Variables, int], int]
    # The name of what is assigned to; a function where a subscript has to be evaluated.
    Target = Callable[[Variables, int], str]


def _wrapped(value: int) -> int:
    """``value`` as a signed 64-bit number."""
    return ((value + _SIGN) & _MASK) - _SIGN


def _variable(name: str, variables: Variables, indirections: int) -> int:
    text = variables.get(name)
    if not text:
        return 0
    if VALUE(text):
        return _wrapped(int(text))
    if indirections >= _MAX_INDIRECTIONS:
        raise ArithmeticSyntaxError(f"{name}: its value refers to itself, or to too many others in turn")
    return _compiled(text)(variables, indirections + 1)


def _divide(left: int, right: int) -> int:
    if not right:
        raise DivisionByZero("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    if not right:
        raise DivisionByZero("division by zero")
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _power(left: int, right: int) -> int:
    if right < 0:
        raise ArithmeticSyntaxError(f"{right}: exponent less than 0")
    return pow(left, right, _MASK + 1)


# Results are wrapped by the caller. Shifts use the low six bits of the count, as the hardware does.
_OPERATIONS: Final[dict[str, Callable[[int, int], int]]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": _remainder,
    "**": _power,
}

# Binary operators by precedence, loosest first. ``**`` binds to the right.
_PRECEDENCE: Final = {
    operator: level
    for level, operators in enumerate(
        ["||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %", "**"], start=1
    )
    for operator in operators.split()
}
_POWER_LEVEL: Final = _PRECEDENCE["**"]
_ASSIGNMENTS: Final = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|=", "**="])


# -- compiling ------------------------------------------------------------------------------------------------------


@lru_cache(_CACHED_EXPRESSIONS)
def _compiled(text: str) -> Evaluator:
    if not text.strip():
        return _constant(0)
    return _Compiler(text).compile()


class _Compiler:
    """Recursive descent over the tokens; each method returns the function that evaluates what it read."""

    __slots__ = ("at", "depth", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0

    def compile(self) -> Evaluator:
        evaluator = self._comma()
        if self._token():
            raise self._error("operator expected")
        return evaluator

    def _token(self) -> str:
        """The current token; empty at the end."""
        return self.tokens[self.at][1]

    def _take(self, token: str) -> bool:
        if self.tokens[self.at][1] != token:
            return False
        self.at += 1
        return True

    def _error(self, message: str) -> ArithmeticSyntaxError:
        shown = self.text.strip()
        token = self._token()
        return ArithmeticSyntaxError(
            f"{shown[:60]}{'…' if len(shown) > 60 else ''}: {message} (at {f'{token!r}' if token else 'the end'})"
        )

    def _enter(self) -> None:
        """Go one level deeper; the caller takes it back."""
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise self._error("expression nested too deeply")

    def _comma(self) -> Evaluator:
        first = self._assignment()
        if self._token() != ",":
            return first
        evaluators = [first]
        while self._take(","):
            evaluators.append(self._assignment())
        return lambda v, n: [evaluate(v, n) for evaluate in evaluators][-1]

    def _assignment(self) -> Evaluator:
        """An assignment, or a conditional: what may stand between commas."""
        self._enter()
        start = self.at
        target = self._target() if self.tokens[start][0] == "name" else None
        if target is not None and self._token() in _ASSIGNMENTS:
            operator = self.tokens[self.at][1]
            self.at += 1
            evaluator = _assigning(target, operator[:-1], self._assignment())
        else:
            self.at = start
            evaluator = self._conditional()
        self.depth -= 1
        return evaluator

    def _conditional(self) -> Evaluator:
        condition = self._binary(1)
        if not self._take("?"):
            return condition
        self._enter()
        chosen = self._comma()
        if not self._take(":"):
            raise self._error("':' expected for '?'")
        otherwise = self._conditional()  # as in C, no assignment: a?b:c=d is (a?b:c)=d, which is none
        self.depth -= 1
        return lambda v, n: chosen(v, n) if condition(v, n) else otherwise(v, n)

    def _binary(self, loosest: int) -> Evaluator:
        """Operators of precedence ``loosest`` and up. Equal ones are chained in a loop, however many there are."""
        left = self._unary()
        self._split_step()
        while (level := _PRECEDENCE.get(self._token(), 0)) >= loosest:
            pairs = []
            while _PRECEDENCE.get(operator := self._token(), 0) == level:
                self.at += 1
                pairs.append(
                    (operator, self._power_operand() if level == _POWER_LEVEL else self._binary(level + 1))
                )
            left = _chain(left, pairs)
        return left

    def _split_step(self) -> None:
        """``++`` after what can't be stepped, as in ``1++2``, is a binary operator and a sign."""
        kind, token = self.tokens[self.at]
        if token in ("++", "--"):
            self.tokens[self.at] = (kind, token[0])
            self.at -= 1
            self.tokens[self.at] = (kind, token[0])

    def _power_operand(self) -> Evaluator:
        self._enter()
        operand = self._binary(_POWER_LEVEL)
        self.depth -= 1
        return operand

    def _unary(self) -> Evaluator:
        operators: list[str] = []
        while (operator := self._token()) in ("+", "-", "!", "~", "++", "--"):
            following = self.tokens[self.at + 1][0]
            if len(operator) == 2 and following == "name":
                break
            self.at += 1
            operators.extend(operator)
        evaluator = self._step() if self._token() in ("++", "--") else self._postfix()
        return _unary(operators, evaluator) if operators else evaluator

    def _step(self) -> Evaluator:
        """``++name`` or ``--name``."""
        operator = self.tokens[self.at][1]
        self.at += 1
        return _assigning(self._target(), operator[0], _constant(1))

    def _postfix(self) -> Evaluator:
        kind, token = self.tokens[self.at]
        if kind == "name":
            target = self._target()
            operator = self._token()
            if operator in ("++", "--"):
                self.at += 1
                return _stepping(target, 1 if operator == "++" else -1)
            return _reading(target)
        if kind == "number":
            self.at += 1
            return _constant(_wrapped(number(token)))
        if self._take("("):
            evaluator = self._comma()
            if not self._take(")"):
                raise self._error("missing ')'")
            return evaluator
        raise self._error("operand expected")

    def _target(self) -> str | Target:
        """A name, or an element of an array."""
        name = self.tokens[self.at][1]
        self.at += 1
        if not self._take("["):
            return name
        start = self.at
        key = "".join(token for _, token in self.tokens[start : self._closing_bracket()])
        try:
            index = self._comma()
            if self._token() != "]":
                raise self._error("missing ']'")
        except ArithmeticSyntaxError as error:
            index = _failing(error)  # a key need be no expression
        self.at = self._closing_bracket(start) + 1
        return lambda v, n: f"{name}[{key if v.is_associative(name) else index(v, n)}]"

    def _closing_bracket(self, start: int | None = None) -> int:
        """Where the subscript that begins at ``start``, or here, ends."""
        depth = 0
        for at in range(self.at if start is None else start, len(self.tokens)):
            token = self.tokens[at]
            if token == ("operator", "]") and not depth:
                return at
            depth += (token == ("operator", "[")) - (token == ("operator", "]"))
        raise self._error("missing ']'")


# -- the functions that evaluate ------------------------------------------------------------------------------------


def _constant(value: int) -> Evaluator:
    return lambda v, n: value


def _failing(error: ArithmeticSyntaxError) -> Evaluator:
    def fail(variables: Variables, indirections: int) -> int:
        raise error

    return fail


def _reading(target: str | Target) -> Evaluator:
    if isinstance(target, str):
        return lambda v, n: _variable(target, v, n)
    return lambda v, n: _variable(target(v, n), v, n)


def _assigning(target: str | Target, operator: str, value: Evaluator) -> Evaluator:
    operation = _OPERATIONS[operator] if operator else None

    def assign(variables: Variables, indirections: int) -> int:
        name = target if isinstance(target, str) else target(variables, indirections)
        if operation is None:
            result = value(variables, indirections)
        else:
            before = _variable(name, variables, indirections)
            result = _wrapped(operation(before, value(variables, indirections)))
        variables.set(name, result)
        return result

    return assign


def _stepping(target: str | Target, step: int) -> Evaluator:
    def step_after(variables: Variables, indirections: int) -> int:
        name = target if isinstance(target, str) else target(variables, indirections)
        before = _variable(name, variables, indirections)
        variables.set(name, _wrapped(before + step))
        return before

    return step_after


def _unary(operators: list[str], operand: Evaluator) -> Evaluator:
    def apply(variables: Variables, indirections: int) -> int:
        value = operand(variables, indirections)
        for operator in reversed(operators):
            if operator == "-":
                value = _wrapped(-value)
            elif operator == "!":
                value = int(not value)
            elif operator == "~":
                value = ~value
        return value

    return apply


def _chain(first: Evaluator, pairs: list[tuple[str, Evaluator]]) -> Evaluator:
    """``first`` and the operators of one precedence that follow it, from left to right."""
    operator, second = pairs[0]
    if operator in ("||", "&&"):
        return _short_circuit(operator == "||", [first, *(operand for _, operand in pairs)])
    operations = [(_OPERATIONS[operator], operand) for operator, operand in pairs]
    if len(operations) == 1:
        operation = operations[0][0]

        def apply(variables: Variables, indirections: int) -> int:
            result = operation(first(variables, indirections), second(variables, indirections))
            return int(result) if -_SIGN <= result < _SIGN else _wrapped(result)

        return apply

    def apply_all(variables: Variables, indirections: int) -> int:
        value = first(variables, indirections)
        for operation, operand in operations:
            value = _wrapped(operation(value, operand(variables, indirections)))
        return value

    return apply_all


def _short_circuit(any_suffices: bool, operands: list[Evaluator]) -> Evaluator:
    def apply(variables: Variables, indirections: int) -> int:
        for operand in operands:
            if bool(operand(variables, indirections)) == any_suffices:
                return int(any_suffices)
        return int(not any_suffices)

    return apply
