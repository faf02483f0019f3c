"""Documentation for people: plain text for ``help`` and ``--help``, Markdown for the reference."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from azos_shell.bus.documentation_parts import Documentation, Example, OptionHelp, document

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.bus.registry import CommandRegistry

__all__ = [
    "Documentation",
    "Example",
    "OptionHelp",
    "document",
    "documentation_of",
    "render_help",
    "render_index",
    "render_markdown",
    "render_reference",
]

_WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""

_NARROWEST = 30
_SPELLING_COLUMN = 26
_CODE_SPAN = re.compile(r"``\s?(.+?)\s?``|`([^`]+)`", re.DOTALL)


def documentation_of(command: Command, registry: CommandRegistry) -> Documentation:
    """The documentation of a command of the registry."""
    return document(command, registry.signature(command))


# -- plain text ---------------------------------------------------------------------------------------------


def render_help(command: Command, registry: CommandRegistry, width: int = 80) -> str:
    """The full help of one command as plain text, no line longer than ``width``."""
    found = documentation_of(command, registry)
    width = max(_NARROWEST, min(width, _WIDEST))
    parts = [f"usage: {found.usage}", _filled(found.summary, width)]
    parts += [_block_text(block, width) for block in _blocks(found.body)]
    if found.operands:
        parts.append("Operands:\n" + _option_lines(found.operands, width))
    if found.options:
        parts.append("Options:\n" + _option_lines(found.options, width))
    if found.examples:
        parts.append("Examples:\n" + textwrap.indent(_session(found.examples), "  "))
    parts.append("Exit status:\n" + _filled(found.exit_status, width, "  "))
    return "\n\n".join(parts) + "\n"


def render_index(commands: Iterable[Command], width: int = 80) -> str:
    """All commands with their summaries, by category, as plain text."""
    width = max(_NARROWEST, min(width, _WIDEST))
    groups = _by_category(commands)
    widest = max((len(command.name) for group in groups.values() for command in group), default=0)
    parts = []
    for category, group in groups.items():
        lines = [
            _filled(_plain(command.summary), width, f"  {command.name:{widest}}  ", " " * (widest + 4))
            for command in group
        ]
        parts.append("\n".join([category, *lines]))
    return "\n\n".join(parts) + "\n"


def _filled(text: str, width: int, first: str = "", rest: str | None = None) -> str:
    return textwrap.fill(
        _plain(" ".join(text.split())),
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    """Markdown without the marks of code spans, which stand out enough in a terminal."""
    return _CODE_SPAN.sub(lambda match: match[1] or match[2], text)


def _blocks(body: str) -> list[str]:
    return [block for block in re.split(r"\n\s*\n", body) if block.strip()]


def _block_text(block: str, width: int) -> str:
    """One block of Markdown, filled: a list item by item, indented code as it is."""
    if block.startswith("    "):
        return block
    if block.startswith(("* ", "- ")):
        items = re.split(r"\n(?=[*-] )", block)
        return "\n".join(_filled(item, width, "", "  ") for item in items)
    return _filled(block, width)


def _option_lines(options: Sequence[OptionHelp], width: int) -> str:
    widest = max(len(option.spelling) for option in options)
    column = min(widest, _SPELLING_COLUMN, width // 3)
    return "\n".join(_option_line(option, column, width) for option in options)


def _option_line(option: OptionHelp, column: int, width: int) -> str:
    indent = " " * (column + 4)
    if not option.help:
        return f"  {option.spelling}"
    if len(option.spelling) <= column:
        return _filled(option.help, width, f"  {option.spelling:{column}}  ", indent)
    return f"  {option.spelling}\n{_filled(option.help, width, indent)}"


def _session(examples: Sequence[Example]) -> str:
    """Examples as they look on a terminal."""
    parts = []
    for example in examples:
        first, *more = example.lines
        parts += [f"$ {first}\n", *(f"> {line}\n" for line in more), example.output]
    return "".join(parts).rstrip("\n")


# -- Markdown -----------------------------------------------------------------------------------------------


def render_markdown(found: Documentation, *, heading: str = "##") -> str:
    """The full documentation of one command as Markdown, under a heading of that level."""
    parts = [f"{heading} `{found.name}`", found.summary, _fenced(found.usage, "text")]
    if found.body:
        parts.append(found.body)
    if found.operands:
        parts.append("\n".join(["Operands:", "", *map(_option_item, found.operands)]))
    if found.options:
        parts.append("\n".join(["Options:", "", *map(_option_item, found.options)]))
    if found.examples:
        parts.append(_fenced(_session(found.examples), "console"))
    parts.append(f"Exit status: {found.exit_status}")
    return "\n\n".join(parts) + "\n"


def render_reference(registry: CommandRegistry) -> str:
    """The reference of all commands, by category: what docs/commands.md holds."""
    parts = [
        "# Commands\n",
        "Made from the commands themselves by `scripts/generate_reference.py`; do not edit.\n",
        "`help COMMAND` shows the same in the shell.\n",
    ]
    for category, commands in _by_category(registry.all().values()).items():
        parts.append(f"## {category}\n")
        parts += [render_markdown(documentation_of(command, registry), heading="###") for command in commands]
    return "\n".join(parts)


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def _option_item(option: OptionHelp) -> str:
    return f"* `{option.spelling}`" + (f": {option.help}" if option.help else "")


def _by_category(commands: Iterable[Command]) -> dict[str, list[Command]]:
    """Categories and the commands in them in alphabetical order; those without a category last."""
    groups: dict[str, list[Command]] = {}
    for command in sorted(commands, key=lambda command: command.name):
        groups.setdefault(command.category or "Other", []).append(command)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name == "Other", name))}
