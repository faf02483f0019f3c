"""Assignments: from the tree to variables, elements and arrays (POSIX XCU 2.9.1; arrays as in bash)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language import tree
from azos_shell.language.quoting import quote
from azos_shell.shell.control import ExpansionError
from azos_shell.shell.variables import put_element

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


async def assign(shell: Interpreter, name: str, subscript: tree.Word | None, value: str) -> None:
    """Assign a scalar or an element."""
    if subscript is None:
        shell.assign_now(name, value)
        return
    array = shell.state.variables.values.get(name)
    if isinstance(array, dict):
        shell.state.variables.set(name, {**array, await shell.expander.text(subscript): value})
    else:
        shell.state.variables.set_element(name, await shell.expander.arithmetic(subscript), value)


async def assign_node(shell: Interpreter, node: tree.Assignment) -> str:
    """Carry out one assignment; returns it as ``set -x`` shows it."""
    variables = shell.state.variables
    if isinstance(node.value, tree.ArrayValue):
        await _assign_array(shell, node, node.value)
        return f"{node.name}=(…)"
    value = await shell.expander.text(node.value)
    if node.append:
        if node.subscript is None:
            value = (variables.get(node.name) or "") + value
        else:
            present = await shell.expander.element(variables.values.get(node.name), node.subscript)
            value = (present if isinstance(present, str) else "") + value
    await assign(shell, node.name, node.subscript, value)
    return f"{node.name}={quote(value) if value else ''}"


async def _assign_array(shell: Interpreter, node: tree.Assignment, value: tree.ArrayValue) -> None:
    variables = shell.state.variables
    present = variables.values.get(node.name)
    if isinstance(present, dict):
        items = dict(present) if node.append else {}
        for subscript, word in value.items:
            if subscript is None:
                raise ExpansionError(f"{node.name}: must use subscript when assigning associative array")
            items[await shell.expander.text(subscript)] = await shell.expander.text(word)
        variables.set(node.name, items)
        return
    array: list[str] = []
    if node.append and present is not None:
        array = [present] if isinstance(present, str) else list(present)
    for subscript, word in value.items:
        if subscript is None:
            array += await shell.expander.fields((word,))
            continue
        index = await shell.expander.arithmetic(subscript)
        put_element(node.name, array, index, await shell.expander.text(word))
    if isinstance(present, str):
        variables.unset(node.name)
    variables.set(node.name, array)
