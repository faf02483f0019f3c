"""The documentation of a command, read from its docstring and its signature.

A docstring is a summary line, a body in plain Markdown, and sections: ``Options:`` (of raw commands; ``-n
help``, an option a line), ``Examples:`` (``$ line``, ``> continued``, then the exact output) and ``Exit
status:``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.bus.signature import OperandSpec, OptionSpec, Signature

_SECTIONS = ("Options", "Examples", "Exit status")
_USUAL_EXIT_STATUS = "0 if it worked, 1 if it did not, 2 if it was called wrongly."


@dataclass(frozen=True, slots=True)
class OptionHelp:
    """One option or operand: how it is written, and what it does."""

    spelling: str
    help: str


@dataclass(frozen=True, slots=True)
class Example:
    """A command line (or several, one under the other) and exactly what it writes to standard output."""

    lines: tuple[str, ...]
    output: str

    @property
    def text(self) -> str:
        """The command as a shell reads it."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Documentation:
    """All there is to say of a command. ``body`` is Markdown, the rest plain text."""

    name: str
    category: str
    usage: str
    summary: str
    body: str
    operands: tuple[OptionHelp, ...]
    options: tuple[OptionHelp, ...]
    examples: tuple[Example, ...]
    exit_status: str


def document(command: Command, signature: Signature) -> Documentation:
    """Read the documentation of ``command``, whose signature this is."""
    text = inspect.cleandoc(command.documentation)
    summary, _, rest = text.partition("\n")
    body, sections = _split(rest)
    if command.raw:
        options = _options_of_section(sections.get("Options", []))
    else:
        options = (*map(_option_help, signature.options), OptionHelp("--help", "show this help"))
    return Documentation(
        name=command.name,
        category=command.category or "Other",
        usage=signature.usage,
        summary=summary.strip(),
        body=body,
        operands=tuple(_operand_help(operand) for operand in signature.operands if operand.help),
        options=options,
        examples=parse_examples(sections.get("Examples", [])),
        exit_status=" ".join(line.strip() for line in sections.get("Exit status", [])).strip()
        or _USUAL_EXIT_STATUS,
    )


def parse_examples(lines: Sequence[str]) -> tuple[Example, ...]:
    """The examples in the lines of a section (not indented)."""
    examples = []
    commands: list[str] = []
    output: list[str] = []
    for line in [*lines, "$ "]:
        if line.startswith("$ "):
            if commands:
                examples.append(Example(tuple(commands), _output(output)))
            commands, output = [line[2:]], []
        elif line.startswith("> ") and commands and not output:
            commands.append(line[2:])
        else:
            output.append(line)
    return tuple(examples)


def _output(lines: list[str]) -> str:
    """The lines without the blank ones that only set examples apart."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return "".join(line + "\n" for line in lines)


def _split(text: str) -> tuple[str, dict[str, list[str]]]:
    """The body before the first section, and the lines of each section, not indented."""
    body: list[str] = []
    sections: dict[str, list[str]] = {}
    current = body
    for line in text.split("\n"):
        title = line.removesuffix(":")
        if title != line and title in _SECTIONS:
            current = sections.setdefault(title, [])
        elif current is not body and line and not line.startswith("    "):
            current = body
            current.append(line)
        else:
            current.append(line if current is body else line.removeprefix("    "))
    return "\n".join(body).strip("\n"), sections


def _options_of_section(lines: Sequence[str]) -> tuple[OptionHelp, ...]:
    """``-n  help`` lines; a deeper indented line goes on with the help of the one before."""
    options: list[OptionHelp] = []
    for line in lines:
        if line.startswith(" ") and options:
            last = options[-1]
            options[-1] = OptionHelp(last.spelling, f"{last.help} {line.strip()}")
        elif line.strip():
            spelling, *text = re.split(r"\s{2,}", line.strip(), maxsplit=1)
            options.append(OptionHelp(spelling, "".join(text)))
    return tuple(options)


def _option_help(option: OptionSpec) -> OptionHelp:
    spelling = ", ".join(option.spellings)
    if not option.is_flag:
        spelling += f" {option.metavar}"
    notes = []
    if option.repeats or option.pairs:
        notes.append("may be given several times")
    elif not option.is_flag and _worth_telling(option.default):
        notes.append(f"default {option.default}")
    return OptionHelp(spelling, _with_notes(option.help, notes))


def _operand_help(operand: OperandSpec) -> OptionHelp:
    notes = []
    if not operand.required and not operand.repeats and _worth_telling(operand.default):
        notes.append(f"default {operand.default}")
    return OptionHelp(operand.metavar, _with_notes(operand.help, notes))


def _worth_telling(default: Any) -> bool:
    return default is not None and default != "" and default is not inspect.Parameter.empty


def _with_notes(text: str, notes: Sequence[str]) -> str:
    return f"{text} ({', '.join(notes)})".strip() if notes else text
