"""Parameter expansion operators that change a value: removal, replacement, substring, case (POSIX 2.6.2 and bash)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from azos_shell.language import patterns
from azos_shell.language.escapes import unescape
from azos_shell.language.quoting import quote_always
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.control import ExpansionError

if TYPE_CHECKING:
    from azos_shell.language.tree import Parameter, Word
    from azos_shell.shell.expansion import Expander

Change = Callable[[str | list[str]], str | list[str]]
TextChange = Callable[[str], str]


async def changer(expander: Expander, part: Parameter, value: str | list[str] | None) -> Change:
    """The function that the operator of ``part`` applies to a value (to each, of a list)."""
    operator = part.operator
    if operator == "bad":
        raise ExpansionError(f"{part.argument.text if part.argument else ''}: bad substitution")
    if operator == ":":
        return await _substring(expander, part, value)
    if value is None and operator[0] in "#%":
        return _each(lambda text: text)  # nothing to take the pattern from: it is not even expanded
    pattern = await expander.pattern(part.argument) if part.argument is not None else ""
    extglob = "extglob" in expander.shopts
    if operator in ("#", "##"):
        return _each(lambda text: patterns.remove_prefix(text, pattern, operator == "##", extglob=extglob))
    if operator in ("%", "%%"):
        return _each(lambda text: patterns.remove_suffix(text, pattern, operator == "%%", extglob=extglob))
    if operator.startswith("/"):
        replacement = await expander.text(part.second) if part.second is not None else ""
        return _each(_replacement(pattern, replacement, operator, extglob))
    if operator[0] in "^,~":
        return _each(_case(pattern, operator))
    if operator == "@":
        if value is None:
            return lambda _: ""
        if pattern in ("A", "a", "K", "k"):
            return _described(expander, part, pattern)
        return _each(_transformation(pattern))
    raise ExpansionError(f"${{{part.name}{operator}…}}: bad substitution")


def _each(change: TextChange) -> Change:
    return lambda value: change(value) if isinstance(value, str) else [change(element) for element in value]


async def _substring(expander: Expander, part: Parameter, value: str | list[str] | None) -> Change:
    """``${x:offset:length}``; of a list it takes elements, of the positional parameters counted from ``$0``."""

    async def number(word: Word | None) -> int | None:
        return None if word is None else await expander.arithmetic(word)

    offset, length = await number(part.argument) or 0, await number(part.second)
    positional = part.name in ("@", "*")
    array = expander.variables.values.get(expander.variables.target(part.name))

    def cut(text: str | list[str]) -> str | list[str]:
        if isinstance(array, IndexedArray) and isinstance(text, list):
            return _cut_array(array, offset, length)
        sequence: str | list[str] = text
        if positional and isinstance(text, list):
            sequence = [expander.special("0"), *text]  # type: ignore[list-item]
            if offset == 0 and length is None:
                return sequence
        start = offset + len(sequence) if offset < 0 else offset
        if start < 0:
            return "" if isinstance(sequence, str) else []
        if length is None:
            return sequence[start:]
        if length < 0:
            if isinstance(sequence, list) or len(sequence) + length < start:
                raise ExpansionError(f"{length}: substring expression < 0")
            return sequence[start : len(sequence) + length]
        return sequence[start : start + length]

    return cut


def _cut_array(array: IndexedArray, offset: int, length: int | None) -> list[str]:
    """``${a[@]:offset:length}``: from an index on, and so many of the elements that are set."""
    if length is not None and length < 0:
        raise ExpansionError(f"{length}: substring expression < 0")
    start = array.position(offset)
    return [] if start < 0 else array.from_index(start)[:length]


def _replacement(pattern: str, replacement: str, operator: str, extglob: bool) -> TextChange:
    if not pattern:  # nothing is replaced by nothing, but there is a nothing at either end
        added = {"/#": lambda text: replacement + text, "/%": lambda text: text + replacement}
        return added.get(operator, str)
    source = patterns.translate(pattern, extglob=extglob)

    def change(text: str) -> str:
        import re

        if operator == "/#":
            found = re.compile(source, re.DOTALL).match(text)
            return replacement + text[found.end() :] if found else text
        if operator == "/%":
            for start in range(len(text) + 1):
                if re.compile(source, re.DOTALL).fullmatch(text, start):
                    return text[:start] + replacement
            return text
        count = 1 if operator == "/" else 0
        if not text:
            return replacement if re.compile(source, re.DOTALL).fullmatch("") else text
        return re.sub(f"(?=.)(?:{source})", lambda _: replacement, text, count=count, flags=re.DOTALL)

    return change


_CASES: Final[dict[str, TextChange]] = {"^": str.upper, ",": str.lower, "~": str.swapcase}


def _case(pattern: str, operator: str) -> TextChange:
    matches = patterns.compile_pattern(pattern or "?").fullmatch
    map_case = _CASES[operator[0]]

    def convert(character: str) -> str:
        mapped = map_case(character)
        return mapped if len(mapped) == 1 else character  # one character stays one, as in bash: ß

    def change(text: str) -> str:
        if len(operator) == 1:
            return convert(text[0]) + text[1:] if text and matches(text[0]) else text
        return "".join(convert(character) if matches(character) else character for character in text)

    return change


def _described(expander: Expander, part: Parameter, letter: str) -> Change:
    """``@A``, ``@a``, ``@K`` and ``@k``, which are about the variable more than its value."""
    from azos_shell.shell.declarations import assignment_of, attribute_letters, keys_and_values

    variables, name = expander.variables, expander.variables.target(part.name)
    whole = part.subscript is not None and part.subscript.text in ("@", "*")
    if letter == "a":
        return _each(lambda _: attribute_letters(variables, name))
    if letter == "A":
        return lambda _: assignment_of(variables, name)
    if not whole:
        return _each(quote_always)
    return lambda _: keys_and_values(variables, name, quoted=letter == "K")


def _transformation(letter: str) -> TextChange:
    known: dict[str, TextChange] = {
        "Q": quote_always,
        "U": str.upper,
        "L": str.lower,
        "u": lambda text: text[:1].upper() + text[1:],
        "E": unescape,
    }
    if letter not in known:
        raise ExpansionError(f"@{letter}: bad substitution")
    return known[letter]
