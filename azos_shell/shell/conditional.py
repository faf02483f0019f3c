"""The conditional command ``[[ … ]]`` (bash): words are neither split nor globbed, ``==`` matches a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language import tree
from azos_shell.language.arithmetic_errors import ArithmeticSyntaxError, DivisionByZero
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.file_tests import compare_files, file_test
from azos_shell.shell.matching import matcher
from azos_shell.shell.posix_regex import InvalidRegex, compiled
from azos_shell.shell.tracing import trace_test

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_NUMERIC = {
    "-eq": int.__eq__,
    "-ne": int.__ne__,
    "-lt": int.__lt__,
    "-le": int.__le__,
    "-gt": int.__gt__,
    "-ge": int.__ge__,
}


async def test_status(shell: Interpreter, node: tree.ConditionalExpression, *, negated: bool = False) -> int:
    """0 if the expression is true, 1 if not, 2 if it holds what is no regular expression.

    ``negated`` says, for ``set -x``, that it stands after ``!``.
    """
    if isinstance(node, tree.ConditionalLogic):
        if node.operator == "!":
            return int(await test_status(shell, node.operands[0], negated=True) == 0)
        status = 0
        for operand in node.operands:
            status = await test_status(shell, operand)
            if (status == 0) is (node.operator == "||"):
                break
        return status
    try:
        if not isinstance(node, tree.ConditionalUnary):
            return int(not await _binary(shell, node, negated))
        subject = await shell.expander.text(node.operand)
        if shell.state.options.xtrace:
            await trace_test(shell, node.operator, [subject], negated=negated)
        return int(not await _unary(shell, node.operator, subject))
    except InvalidRegex as error:
        shell.tell(f"[[: {error}")
        return 2
    except (ArithmeticSyntaxError, DivisionByZero) as error:
        shell.tell(f"[[: {error.message}")
        return 1


async def _unary(shell: Interpreter, operator: str, operand: str) -> bool:
    if operator == "-n":
        return operand != ""
    if operator == "-z":
        return operand == ""
    if operator == "-v":
        return is_set(shell, operand)
    if operator == "-o":
        return bool(getattr(shell.state.options, operand, False))
    if operator == "-R":
        return operand in shell.state.variables.references
    if operator == "-t":
        return operand.isdecimal() and shell.state.files.get(int(operand)).is_terminal()
    return file_test(operator, shell.resolve_path(operand) if operand else "")


def is_set(shell: Interpreter, name: str) -> bool:
    """Whether the variable, or the element ``name[subscript]``, has a value (``-v``)."""
    return (shell.expander.special(name) if name.isdecimal() else shell.get(name)) is not None


async def _binary(shell: Interpreter, node: tree.ConditionalBinary, negated: bool) -> bool:
    operator = node.operator
    left = await shell.expander.text(node.left)
    if operator in ("==", "=", "!="):
        wanted = await shell.expander.pattern(node.right)
        if shell.state.options.xtrace:
            await trace_test(shell, operator, [left, wanted], negated=negated)
        pattern = matcher(shell.state.options, wanted, extglob=True)
        return (pattern.fullmatch(left) is not None) is (operator != "!=")
    if operator == "=~":
        return await _matches(shell, left, node.right)
    right = await shell.expander.text(node.right)
    if shell.state.options.xtrace:
        await trace_test(shell, operator, [left, right], negated=negated)
    if operator in _NUMERIC:
        return bool(_NUMERIC[operator](_number(shell, left), _number(shell, right)))
    if operator in ("<", ">"):
        return left < right if operator == "<" else left > right
    return compare_files(shell.resolve_path(left), operator, shell.resolve_path(right))


def _number(shell: Interpreter, text: str) -> int:
    from azos_shell.language.arithmetic import evaluate
    from azos_shell.shell.expansion import ArithmeticVariables

    return evaluate(text or "0", ArithmeticVariables(shell))


async def _matches(shell: Interpreter, subject: str, word: tree.Word) -> bool:
    """``=~``: an extended regular expression; quoted parts are literal; groups go to BASH_REMATCH."""
    source = await shell.expander.regular_expression(word)
    if shell.state.options.xtrace:
        await trace_test(shell, "=~", [subject, source])
    search = compiled(source, ignore_case="nocasematch" in shell.state.options.shopts)
    groups = search(subject)
    shell.state.variables.set("BASH_REMATCH", IndexedArray(groups or []))
    return groups is not None
