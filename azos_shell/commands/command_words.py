"""The words of a command that another command runs: several as they stand, one as a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from azos_shell.language import tree
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import Parser
from azos_shell.plugin import UsageError


def command_of(words: Sequence[str], alias: Callable[[str], str | None]) -> tree.CommandList:
    """What the words ask for. Raises UsageError if that is nothing, or no command."""
    if not words:
        raise UsageError("COMMAND is missing")
    commands = _parsed(words[0], alias) if len(words) == 1 else _as_written(words)
    if not commands.items:
        raise UsageError("COMMAND is empty")
    return commands


def _as_written(words: Sequence[str]) -> tree.CommandList:
    """Words that are one simple command, as they stand."""
    fields = tuple(tree.Word((tree.Literal(word, 0, 0),), word, 0, 0) for word in words)
    command = tree.SimpleCommand((), fields, (), 0, 0, 0)
    return tree.CommandList((tree.ListItem(command, False, 0, 0),), 0, 0)


def _parsed(text: str, alias: Callable[[str], str | None]) -> tree.CommandList:
    parser = Parser(text, name="COMMAND", aliases=alias, final=True)
    items: list[tree.ListItem] = []
    try:
        while (line := parser.next_line()) is not None:
            items += line.items
    except ShellSyntaxError as error:
        raise UsageError(error.render()) from error
    return tree.CommandList(tuple(items), 0, len(text))
