"""Dot commands: what they are called, and what stands behind the name."""

from __future__ import annotations

from dataclasses import dataclass

from azos_shell.commands.sql_files import near_names
from azos_shell.plugin import AzosError

DOTS = {
    "tables": "[PATTERN]  tables and views",
    "schema": "[NAME]  the statements that made them",
    "indexes": "[TABLE]  indexes and their columns",
    "explain": "QUERY  how a query would be run",
    "mode": "[FORMAT]  how rows are shown: table, json, jsonl, csv, tsv, …",
    "timer": "on|off  tell how long each statement takes",
    "read": "FILE  run the statements of a file",
    "help": "  this list",
    "quit": "  leave (also Ctrl-D)",
}
"""Each with its operand and what it does."""

ONLY_AT_PROMPT = frozenset({"read", "help", "quit"})
_OTHER_NAMES = {"exit": "quit", "indices": "indexes", "index": "indexes", "table": "tables", "eqp": "explain"}


@dataclass(frozen=True, slots=True)
class Dot:
    """One dot command."""

    name: str
    argument: str | None = None


def dot_of(text: str) -> Dot:
    """Read ``.name [argument]``; quotes around the argument and a semicolon behind it don't count."""
    name, _, rest = text[1:].strip().partition(" ")
    known = _OTHER_NAMES.get(name.lower().rstrip(";"), name.lower().rstrip(";"))
    if known not in DOTS:
        near = near_names(known, DOTS)
        hint = f" (did you mean .{near[0]}?)" if near else "; .help lists them"
        raise AzosError(f"no such dot command: .{name}{hint}")
    argument = rest.strip()
    if known != "explain":
        argument = argument.rstrip(";").strip()
        if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "'\"`":
            argument = argument[1:-1]
    return Dot(known, argument or None)


def dot_help() -> str:
    """The dot commands, a line each."""
    lines = []
    for name, text in DOTS.items():
        operand, _, meaning = text.partition("  ")
        lines.append(f".{name + ' ' + operand:<18} {meaning}\n")
    return "".join(lines)
