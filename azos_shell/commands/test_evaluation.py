"""The conditions of ``test`` and ``[``: what a list of words says, true or false.

Up to four words are read by their number, exactly as POSIX has it (XCU test, "The algorithm for determining
the precedence"), so that no operand is taken for an operator: ``test "$x" = "$y"`` is right whatever x and
y hold. Longer ones are parsed: ``!`` binds closest, then ``-a``, then ``-o``; parentheses group. All parts
are evaluated.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from azos_shell.core.errors import UsageError
from azos_shell.shell.file_tests import FILE_COMPARISONS, FILE_OPERATORS, compare_files, file_test

Resolve = Callable[[str], str]
Get = Callable[[str], str | None]
IsTerminal = Callable[[int], bool]

STRING_OPERATORS = frozenset({"-n", "-z"})
SHELL_OPERATORS = frozenset({"-o", "-R", "-t", "-v"})
UNARY_OPERATORS = FILE_OPERATORS | STRING_OPERATORS | SHELL_OPERATORS

_STRING_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: _bytes(left) < _bytes(right),
    ">": lambda left, right: _bytes(left) > _bytes(right),
}
_INTEGER_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}
BINARY_OPERATORS = _STRING_COMPARISONS.keys() | _INTEGER_COMPARISONS.keys() | FILE_COMPARISONS

_BLANKS = " \t\n\v\f\r"


class ConditionError(UsageError):
    """The words are no condition, or an operand is not what its operator needs."""


def evaluate_test(
    words: Sequence[str], resolve_path: Resolve, get: Get, is_terminal: IsTerminal = os.isatty
) -> bool:
    """Whether the condition holds.

    ``resolve_path`` makes paths absolute, ``get`` gives the value of a variable (``-v``, and ``SHELLOPTS``
    for ``-o``), ``is_terminal`` answers ``-t``. Raises ConditionError.
    """
    return _Condition(resolve_path, get, is_terminal).of(words)


class _Condition:
    """Evaluates words; holds what operators ask their answers from."""

    def __init__(self, resolve_path: Resolve, get: Get, is_terminal: IsTerminal) -> None:
        self._resolve = resolve_path
        self._get = get
        self._is_terminal = is_terminal

    def of(self, words: Sequence[str]) -> bool:
        count = len(words)
        if count == 3:
            return self._three(*words)
        if count == 2:
            return self._two(*words)
        if count == 1:
            return words[0] != ""
        if count == 4:
            return self._four(words)
        return bool(words) and _Parser(self, words).parse()

    def unary(self, operator: str, operand: str) -> bool:
        if operator == "-n":
            return operand != ""
        if operator == "-z":
            return operand == ""
        if operator in FILE_OPERATORS:
            return file_test(operator, self._path(operand))
        if operator == "-t":
            return operand.isascii() and operand.isdigit() and self._is_terminal(int(operand))
        if operator == "-v":
            return self._get(operand) is not None
        if operator == "-o":
            return operand != "" and operand in (self._get("SHELLOPTS") or "").split(":")
        return False  # -R: azos has no name references

    def binary(self, left: str, operator: str, right: str) -> bool:
        if operator in _STRING_COMPARISONS:
            return _STRING_COMPARISONS[operator](left, right)
        if operator in _INTEGER_COMPARISONS:
            return _INTEGER_COMPARISONS[operator](_integer(left), _integer(right))
        return compare_files(self._path(left), operator, self._path(right))

    def _path(self, path: str) -> str:
        return self._resolve(path) if path else ""

    def _two(self, first: str, second: str) -> bool:
        if first == "!":
            return second == ""
        if first in UNARY_OPERATORS:
            return self.unary(first, second)
        raise ConditionError(f"'{first}': expected a unary operator")

    def _three(self, first: str, second: str, third: str) -> bool:
        if second in BINARY_OPERATORS:
            return self.binary(first, second, third)
        if second == "-a":
            return first != "" and third != ""
        if second == "-o":
            return first != "" or third != ""
        if first == "!":
            return not self._two(second, third)
        if first == "(" and third == ")":
            return second != ""
        raise ConditionError(f"'{second}': expected a binary operator")

    def _four(self, words: Sequence[str]) -> bool:
        if words[0] == "!":
            return not self._three(*words[1:])
        if words[0] == "(" and words[3] == ")":
            return self._two(words[1], words[2])
        return _Parser(self, words).parse()


class _Parser:
    """Reads a longer condition: or → and → term."""

    def __init__(self, condition: _Condition, words: Sequence[str]) -> None:
        self._condition = condition
        self._words = words
        self._next = 0

    def parse(self) -> bool:
        value = self._or()
        if self._next < len(self._words):
            raise ConditionError(f"'{self._words[self._next]}': unexpected")
        return value

    def _or(self) -> bool:
        value = self._and()
        while self._take("-o"):
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._term()
        while self._take("-a"):
            value = self._term() and value
        return value

    def _term(self) -> bool:
        negate = False
        while self._take("!"):
            negate = not negate
        return self._primary() != negate

    def _primary(self) -> bool:
        words, here = self._words, self._next
        left = len(words) - here
        if not left:
            raise ConditionError(f"expected an argument after '{words[-1]}'")
        if self._take("("):
            value = self._or()
            if not self._take(")"):
                raise ConditionError("expected ')'")
            return value
        if left >= 3 and words[here + 1] in BINARY_OPERATORS:
            self._next += 3
            return self._condition.binary(*words[here : here + 3])
        if left >= 2 and words[here] in UNARY_OPERATORS:
            self._next += 2
            return self._condition.unary(*words[here : here + 2])
        self._next += 1
        return words[here] != ""

    def _take(self, word: str) -> bool:
        if self._next < len(self._words) and self._words[self._next] == word:
            self._next += 1
            return True
        return False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _integer(text: str) -> int:
    """A decimal number of 64 bits, blanks around it allowed."""
    digits = text.strip(_BLANKS)
    magnitude = digits[1:] if digits[:1] in ("+", "-") else digits
    if magnitude.isascii() and magnitude.isdigit() and len(magnitude.lstrip("0")) < 20:
        value = int(digits)
        if -(2**63) <= value < 2**63:
            return value
    raise ConditionError(f"'{text}': expected a whole number")
