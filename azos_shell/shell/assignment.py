"""Assignments: from the tree to variables, elements and arrays (POSIX XCU 2.9.1; arrays as in bash)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language import tree
from azos_shell.language.lazy_regex import LazyRegex
from azos_shell.language.unparse import unparse
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.control import ExpansionError
from azos_shell.shell.variables import Attribute

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_OPERAND = LazyRegex(r"(?s)[A-Za-z_][A-Za-z0-9_]*(?:\[.+\])?\Z")


class DeclaredArray(str):
    """The operand ``name=(…)`` of a declaring command: its text, and the assignment that the command carries out."""

    __slots__ = ("assignment",)

    assignment: tree.Assignment

    @classmethod
    def of(cls, assignment: tree.Assignment) -> DeclaredArray:
        """The operand that stands for the assignment."""
        operand = cls(unparse(assignment))
        operand.assignment = assignment
        return operand


async def assign(shell: Interpreter, name: str, subscript: tree.Word | None, value: str) -> None:
    """Assign a scalar or an element."""
    if subscript is None:
        shell.assign_now(name, value)
        return
    variables = shell.state.variables
    if variables.references:
        name = variables.target(name)
    variables.set_element(name, await element_key(shell, name, subscript), value)


def is_assignable(operand: str) -> bool:
    """Whether it is a variable's name, or ``name[subscript]``."""
    return _OPERAND.match(operand, 0) is not None


def assign_named(shell: Interpreter, operand: str, value: str) -> None:
    """Assign to the variable or the element that a command's operand names. Raises AzosError."""
    name, bracket, rest = operand.partition("[")
    if not bracket:
        shell.assign_now(name, value)
        return
    variables = shell.state.variables
    name, subscript = variables.target(name), rest.removesuffix("]")
    variables.set_element(name, key_in(shell, name, subscript), value)


def named_element(shell: Interpreter, operand: str) -> str | None:
    """The value of the element that ``name[subscript]`` names; of ``[@]`` the first there is."""
    name, _, rest = operand.partition("[")
    variables = shell.state.variables
    name, subscript = variables.target(name), rest.removesuffix("]")
    if subscript in ("@", "*"):
        keys = shell.expander.keys_of(name)
        return variables.element(name, keys[0]) if keys else None
    return variables.element(name, str(key_in(shell, name, subscript)))


def key_in(shell: Interpreter, name: str, subscript: str) -> int | str:
    """What a subscript in an operand names: a key of an associative array as it stands, else a number."""
    if isinstance(shell.state.variables.values.get(name), dict):
        return subscript
    return shell.expander.calculate(subscript)


async def element_key(shell: Interpreter, name: str, subscript: tree.Word) -> int | str:
    """The key, of an associative array, or else the number that a subscript stands for."""
    if isinstance(shell.state.variables.values.get(name), dict):
        return await shell.expander.text(subscript)
    return await shell.expander.arithmetic(subscript)


async def assign_node(shell: Interpreter, node: tree.Assignment) -> None:
    """Carry out one assignment."""
    variables = shell.state.variables
    if isinstance(node.value, tree.ArrayValue):
        await _assign_array(shell, node, node.value)
        return
    value = await shell.expander.text(node.value)
    if node.append:
        present = variables.get(node.name)
        if node.subscript is not None:
            name = variables.target(node.name)
            key = await element_key(shell, name, node.subscript)
            value = appended(shell, name, variables.element(name, str(key)), value)
            variables.set_element(name, key, value)
            return
        value = appended(shell, node.name, present, value)
    await assign(shell, node.name, node.subscript, value)


def appended(shell: Interpreter, name: str, present: str | None, value: str) -> str:
    """What ``+=`` assigns: the sum for a variable with the integer attribute, else the texts joined."""
    variables = shell.state.variables
    if variables.has(variables.target(name), Attribute.INTEGER):
        return str(variables.integer(present or "0") + variables.integer(value or "0"))
    return (present or "") + value


async def _assign_array(shell: Interpreter, node: tree.Assignment, value: tree.ArrayValue) -> None:
    variables = shell.state.variables
    name = variables.target(node.name)
    present = variables.values.get(name)
    if isinstance(present, dict) or variables.has(name, Attribute.ASSOCIATIVE):
        items = dict(present) if node.append and isinstance(present, dict) else {}
        await _associate(shell, name, value, items)
        variables.set(name, items)
        return
    array = IndexedArray()
    if node.append and present is not None:
        array = IndexedArray([present]) if isinstance(present, str) else present.copy()
    at = array.end
    for subscript, word in value.items:
        if subscript is None:
            for field in await shell.expander.fields((word,)):
                array.put(at, field)
                at += 1
            continue
        at = array.position(await shell.expander.arithmetic(subscript))
        array.put(at, await shell.expander.text(word))
        at += 1
    variables.check_writable(name)
    if isinstance(present, str):
        variables.values.pop(name, None)
    variables.set(name, array)


async def _associate(shell: Interpreter, name: str, value: tree.ArrayValue, items: dict[str, str]) -> None:
    """Put the elements of ``(…)`` into an associative array: ``[key]=value``, or (bash 5.1) keys and values."""
    if value.items and value.items[0][0] is None:
        fields = await shell.expander.fields(tuple(word for _, word in value.items))
        for position in range(0, len(fields), 2):
            items[fields[position]] = fields[position + 1] if position + 1 < len(fields) else ""
        return
    for subscript, word in value.items:
        if subscript is None:
            raise ExpansionError(f"{name}: must use subscript when assigning associative array")
        items[await shell.expander.text(subscript)] = await shell.expander.text(word)
