"""The template of ``map``: a command with places for the item, made ready once and filled in for each item.

A place in a word becomes quoted text in the parsed tree, so whatever an item holds, it is data: it is not split, not
expanded and not parsed. Where the shell computes (``$((…))``, ``[[ … -gt … ]]``, a subscript) a text would be evaluated
as an expression; there only whole numbers are let in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from azos_shell.commands.command_words import command_of
from azos_shell.core.frozen import replace
from azos_shell.language import tree
from azos_shell.plugin import AzosError, UsageError

Fill = Callable[[str], "str | None"]
"""Gives the text for what stands between the braces of a place; None if that is no place after all."""

_Filler = Callable[[Fill], Any]

_PLACE: Final = re.compile(r"\{(|\.|/|//|/\.|#|[^\W\d][\w.-]*(?: [\w.-]+)*|[1-9]\d{0,3})\}")
_WHOLE_NUMBER: Final = re.compile(r"[+-]?\d+", re.ASCII)
_NEEDS_NO_QUOTES: Final = re.compile(r"[\w@%+:,./-]+", re.ASCII)
_COMPUTES: Final = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_FIXED: Final = frozenset({"", ".", "/", "//", "/.", "#"})
"""The places that every item fills; other names are those of its fields."""


class Template:
    """A command with places. ``names`` are what stands between their braces."""

    def __init__(self, commands: tree.CommandList) -> None:
        self.names: frozenset[str] = _names(commands)
        self._commands = commands
        self._filler = _compiled(commands, computes=False)

    @property
    def fields(self) -> frozenset[str]:
        """The names that only records can fill; as text they are no places (``awk '{print}'``)."""
        return self.names - _FIXED

    @property
    def has_item(self) -> bool:
        """Whether it has a place that every item fills, text or record."""
        return bool(self.names & _FIXED) or "1" in self.names

    @cached_property
    def with_item(self) -> Template:
        """This command with ``{}`` as its last argument. Raises UsageError if it is not one simple command."""
        items = self._commands.items
        command = items[0].command
        if len(items) > 1 or not isinstance(command, tree.SimpleCommand) or not command.words:
            raise UsageError("COMMAND has no {} that says where the item goes")
        place = tree.Word((tree.Literal("{}", 0, 0),), "{}", 0, 0)
        longer = replace(command, words=(*command.words, place))
        return Template(replace(self._commands, items=(replace(items[0], command=longer),)))

    def filled(self, fill: Fill) -> tree.CommandList:
        """The command for one item. Raises AzosError for an item that is no number where one is needed."""
        if self._filler is None:
            return self._commands
        commands: tree.CommandList = self._filler(fill)
        return commands

    def __repr__(self) -> str:
        return f"<Template with {sorted(self.names)}>"


def template_of(words: list[str], alias: Callable[[str], str | None]) -> Template:
    """The template that the words of the command are: several as they stand, one as a command line.

    Without any place it gets ``{}`` as its last argument. Raises UsageError without a command, or if that can't be.
    """
    template = Template(command_of(words, alias))
    return template if template.names else template.with_item


# -- compiling: each node that holds a place becomes a function, all others stay themselves --------------------


def _names(node: Any) -> frozenset[str]:
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, tree.Literal | tree.Quoted):
            found.update(_PLACE.findall(one.text))
        elif isinstance(one, tuple):
            stack += one
        else:
            stack += [getattr(one, name) for name in getattr(one, "__match_args__", ())]
    return frozenset(found)


def _compiled(node: Any, *, computes: bool) -> _Filler | None:
    """What fills the node's places; None if it has none. ``computes`` says that the shell evaluates its text."""
    if isinstance(node, tuple):
        return _compiled_tuple(node, computes)
    if isinstance(node, tree.Word):
        return _compiled_word(node, computes)
    if isinstance(node, tree.DoubleQuoted):
        parts = _compiled_parts(node.parts, computes)
        return None if parts is None else lambda fill: replace(node, parts=parts(fill))
    changing = []
    for name in getattr(node, "__match_args__", ()):
        filler = _compiled(getattr(node, name), computes=computes or _is_computed(node, name))
        if filler is not None:
            changing.append((name, filler))
    if not changing:
        return None
    return lambda fill: replace(node, **{name: filler(fill) for name, filler in changing})


def _is_computed(node: Any, field: str) -> bool:
    """Whether the shell evaluates what stands in this field as an expression, or takes it for a variable."""
    if field in ("subscript", "expression", "initial", "condition", "step"):
        return isinstance(
            node,
            tree.ArithmeticExpansion
            | tree.ArithmeticCommand
            | tree.ArithmeticFor
            | tree.Assignment
            | tree.Parameter,
        )
    if isinstance(node, tree.Parameter):
        return node.operator == ":"  # offset and length
    if isinstance(node, tree.ArrayValue):
        return True  # [subscript]=value: which of a pair it is does not show here
    if isinstance(node, tree.ConditionalBinary):
        return node.operator in _COMPUTES
    return isinstance(node, tree.ConditionalUnary) and node.operator in ("-v", "-R")


def _compiled_tuple(nodes: tuple[Any, ...], computes: bool) -> _Filler | None:
    fillers = [_compiled(node, computes=computes) for node in nodes]
    if not any(fillers):
        return None
    pairs = list(zip(nodes, fillers, strict=True))
    return lambda fill: tuple([node if filler is None else filler(fill) for node, filler in pairs])


def _compiled_word(word: tree.Word, computes: bool) -> _Filler | None:
    if word.text is not None and not computes:
        pieces = _pieces(word.text)
        return None if pieces is None else lambda fill: _plain_word(word, _joined(pieces, fill))
    parts = _compiled_parts(word.parts, computes)
    return None if parts is None else lambda fill: replace(word, parts=parts(fill), text=None)


def _plain_word(word: tree.Word, text: str) -> tree.Word:
    kind = tree.Literal if _NEEDS_NO_QUOTES.fullmatch(text) else tree.Quoted
    return tree.Word((kind(text, word.start, word.end),), text, word.start, word.end)


def _compiled_parts(parts: tuple[tree.Part, ...], computes: bool) -> _Filler | None:
    fillers = [_compiled_part(part, computes) for part in parts]
    if not any(fillers):
        return None
    pairs = list(zip(parts, fillers, strict=True))

    def filled(fill: Fill) -> tuple[tree.Part, ...]:
        made: list[tree.Part] = []
        for part, filler in pairs:
            if filler is None:
                made.append(part)
            else:
                made += filler(fill)
        return tuple(made)

    return filled


def _compiled_part(part: tree.Part, computes: bool) -> _Filler | None:
    """What gives the parts that stand in the place of one: text around places stays what it was."""
    if not isinstance(part, tree.Literal | tree.Quoted):
        whole = _compiled(part, computes=computes)
        return None if whole is None else lambda fill: (whole(fill),)
    pieces = _pieces(part.text)
    if pieces is None:
        return None
    kind = type(part)

    def filled(fill: Fill) -> list[tree.Part]:
        made: list[tree.Part] = []
        for index, piece in enumerate(pieces):
            value = _argument(fill, piece) if index % 2 else None
            if value is not None:
                if computes and _WHOLE_NUMBER.fullmatch(value) is None:
                    raise AzosError(
                        f"{value!r} is no whole number, and {{{piece}}} stands where one is computed with"
                    )
                made.append(tree.Quoted(value, part.start, part.end))
            elif piece or index % 2:
                made.append(kind("{" + piece + "}" if index % 2 else piece, part.start, part.end))
        return made

    return filled


def _argument(fill: Fill, place: str) -> str | None:
    """What fills a place, where it can be part of an argument."""
    value = fill(place)
    if value is not None and "\0" in value:
        raise AzosError(
            f"{{{place}}} holds a NUL byte, which no argument can (`tr -d '\\0'` leaves them out of text)"
        )
    return value


def _pieces(text: str) -> list[str] | None:
    """Text and places in turn, text first; None without a place."""
    pieces = _PLACE.split(text)
    return pieces if len(pieces) > 1 else None


def _joined(pieces: list[str], fill: Fill) -> str:
    texts = []
    for index, piece in enumerate(pieces):
        if not index % 2:
            texts.append(piece)
            continue
        value = _argument(fill, piece)
        texts.append("{" + piece + "}" if value is None else value)
    return "".join(texts)
