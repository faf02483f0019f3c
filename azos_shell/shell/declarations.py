"""Declarations: a variable as the command that would declare it again (bash, ``declare -p``)."""

from __future__ import annotations

from azos_shell.language.quoting import quote_always
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.variables import Attribute, Value, Variables

_LETTERS = (
    (Attribute.INTEGER, "i"),
    (Attribute.LOWER, "l"),
    (Attribute.READONLY, "r"),
    (Attribute.UPPER, "u"),
    (Attribute.EXPORTED, "x"),
)


def attribute_letters(variables: Variables, name: str) -> str:
    """What ``declare`` would be given to make the variable what it is: ``aA`` for arrays, ``ilnrux``."""
    value, attributes = variables.values.get(name), variables.attributes.get(name, Attribute(0))
    letters = ""
    if isinstance(value, IndexedArray) or attributes & Attribute.INDEXED:
        letters = "a"
    if isinstance(value, dict) or attributes & Attribute.ASSOCIATIVE:
        letters = "A"
    if name in variables.references:
        letters += "n"
    return letters + "".join(letter for attribute, letter in _LETTERS if attributes & attribute)


def declaration(variables: Variables, name: str) -> str:
    """``declare -ax name=(…)``; without a value where the variable has none."""
    target = variables.references.get(name)
    value = variables.values.get(name) if target is None else target
    head = f"declare -{attribute_letters(variables, name) or '-'} {name}"
    if value is None or (not isinstance(value, str) and not value and not _was_given(variables, name)):
        return head
    return f"{head}={shown(value)}"


def _was_given(variables: Variables, name: str) -> bool:
    """Whether an empty array was assigned, and not only declared."""
    return not variables.has(name, Attribute.LOCAL)


def shown(value: Value) -> str:
    """A value as it stands on the right of an assignment that gives it again."""
    if isinstance(value, str):
        return double_quoted(value)
    if isinstance(value, dict):
        return "(" + "".join(f"[{_key(key)}]={double_quoted(item)} " for key, item in value.items()) + ")"
    pairs = zip(value.indices(), value.values(), strict=True)
    return "(" + " ".join(f"[{index}]={double_quoted(item)}" for index, item in pairs) + ")"


def assignment_of(variables: Variables, name: str) -> str:
    """``${name@A}``: an assignment, or a declaration where attributes need one."""
    value = variables.values.get(name)
    if isinstance(value, str) and not attribute_letters(variables, name):
        return f"{name}={quote_always(value)}"
    if isinstance(value, str):
        return f"declare -{attribute_letters(variables, name)} {name}={quote_always(value)}"
    return "" if value is None else declaration(variables, name)


def keys_and_values(variables: Variables, name: str, *, quoted: bool) -> str | list[str]:
    """``${name[@]@K}``: keys and quoted values in one text; ``@k``: each a word of its own."""
    value = variables.values.get(name)
    if value is None:
        return [] if not quoted else ""
    if isinstance(value, str):
        value = IndexedArray([value])
    keys = list(value) if isinstance(value, dict) else [str(index) for index in value.indices()]
    pairs = list(zip(keys, value.values(), strict=True))
    if not quoted:
        return [word for pair in pairs for word in pair]
    return " ".join(f"{_key(key)} {double_quoted(item)}" for key, item in pairs)


def double_quoted(text: str) -> str:
    """``text`` in double quotes, or in ``$'…'`` where it holds what can't be shown."""
    if not text.isprintable():
        return quote_always(text)
    return '"' + "".join("\\" + char if char in '\\"$`' else char for char in text) + '"'


def _key(key: str) -> str:
    return key if key and all(char.isalnum() or char in "_./:-" for char in key) else double_quoted(key)
