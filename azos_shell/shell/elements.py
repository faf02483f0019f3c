"""Elements of arrays by a name in one word, as ``test -v a[1]`` and ``printf -v a[1]`` give it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azos_shell.core.errors import AzosError

if TYPE_CHECKING:
    from azos_shell.shell.variables import Variables

_ELEMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\[(.+)\]", re.DOTALL).fullmatch
_INDEX = re.compile(r"-?[0-9]{1,9}").fullmatch


def named_element(variables: Variables, name: str) -> str | None:
    """The element's value; None if there is none. ``[@]`` and ``[*]`` are the first there is."""
    found = _ELEMENT(name)
    if found is None:
        return None
    value = variables.values.get(found[1])
    if found[2] in ("@", "*") and value is not None and not isinstance(value, str):
        return next(iter(value.values() if isinstance(value, dict) else value), None)
    if isinstance(value, dict):
        return value.get(found[2])
    array = [value] if isinstance(value, str) else value or []
    index = int(found[2]) if _INDEX(found[2]) else len(array)
    return array[index] if -len(array) <= index < len(array) else None


def set_named_element(variables: Variables, name: str, value: str) -> None:
    """Set the element. Raises AzosError."""
    found = _ELEMENT(name)
    if found is None:
        raise AzosError(f"{name}: not a valid identifier")
    present = variables.values.get(found[1])
    if isinstance(present, dict):
        variables.set(found[1], {**present, found[2]: value})
    elif _INDEX(found[2]):
        variables.set_element(found[1], int(found[2]), value)
    else:
        raise AzosError(f"{name}: bad array subscript")
