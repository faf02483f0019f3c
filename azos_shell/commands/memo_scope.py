"""The scope: what a command line under ``memo`` takes from the shell that it is typed in.

Such a line is run by an azos of its own, which has the environment but not this shell's functions, aliases and other
variables. Those that the line mentions are declared in front of it; so the declarations are part of the text, and
with it of the key: another value is another question. Whatever might be mentioned counts, inside of quotes, too: too
much costs a run, too little an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen
from azos_shell.language.quoting import quote_always
from azos_shell.language.unparse import unparse
from azos_shell.shell.declarations import declaration
from azos_shell.shell.expansion import DEFAULT_IFS
from azos_shell.shell.state import DEFAULT_SHOPTS
from azos_shell.shell.variables import Attribute

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").findall
_COMMAND_WORD = re.compile(r"[^\s;|&()<>'\"`$]+").findall
_POSITIONAL = re.compile(r"\$[{#]*[!#]?[0-9@*#]|\bshift\b|\bset\b").search
_ANYTHING = frozenset({"eval", "source", ".", "declare", "typeset", "set", "export", "printenv", "env"})
"""Commands that may read what is nowhere mentioned."""
_INDIRECT = re.compile(r"\$\{!").search
_VOLATILE = frozenset({"RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "PPID"})
_OWN_PROCESS = re.compile(r"\$\$|\$\{?!\}?(?![A-Za-z_])").search
_TOLD_TIME = re.compile(r"%\([^)]*\)T").search
_OPTIONS = (
    "allexport",
    "errexit",
    "noglob",
    "nounset",
    "noclobber",
    "pipefail",
    "errtrace",
    "functrace",
    "posix",
)
_NEVER_PASSED = frozenset({"IFS", "OPTIND", "PS1", "PS2", "PS4", "UID", "EUID", "_", "SHLVL", "OLDPWD"})


@frozen
class Scope:
    """What stands before the line, its positional parameters, and why its answer is another each time (or "")."""

    prologue: str
    positional: tuple[str, ...]
    volatile: str


def scope_of(shell: Interpreter, text: str) -> Scope:
    """The scope of a command line."""
    state = shell.state
    variables = state.variables
    everything = _INDIRECT(text) is not None or not _ANYTHING.isdisjoint(_COMMAND_WORD(text))
    functions: dict[str, str] = {}
    aliases: dict[str, str] = {}
    names: set[str] = set()
    unread = [text]
    if everything:
        unread += [unparse(function) for function in state.functions.values()]
    while unread:
        part = unread.pop()
        words = _COMMAND_WORD(part)
        for word in words:
            if word in state.functions and word not in functions:
                functions[word] = unparse(state.functions[word])
                unread.append(functions[word])
            alias = state.alias(word)
            if alias is not None and word not in aliases:
                aliases[word] = alias
                unread.append(alias)
        for name in _NAME(part):
            if name not in names:
                names.add(name)
                value = variables.values.get(name)
                if (
                    isinstance(value, str)
                    and variables.attributes.get(name, Attribute(0)) & Attribute.INTEGER
                ):
                    unread.append(value)
    if everything:
        names |= set(variables.values)
        functions |= {name: unparse(function) for name, function in state.functions.items()}
    lines = [f"alias {name}={quote_always(value)}" for name, value in sorted(aliases.items())]
    lines += [functions[name] for name in sorted(functions)]
    lines += [
        declaration(variables, name)
        for name in sorted(names)
        if name in variables.values and not _is_passed(shell, name) and name not in _NEVER_PASSED
    ]
    if variables.get("IFS") != DEFAULT_IFS:
        lines.append(f"IFS={quote_always(variables.get('IFS') or '')}")
    lines += [f"set -o {name}" for name in _OPTIONS if getattr(state.options, name)]
    shopts = state.options.shopts
    lines += [f"shopt -s {name}" for name in sorted(shopts - DEFAULT_SHOPTS)]
    lines += [f"shopt -u {name}" for name in sorted(DEFAULT_SHOPTS - shopts)]
    positional = tuple(state.positional) if everything or _POSITIONAL(text) else ()
    whole = "\n".join((text, *functions.values(), *aliases.values()))
    return Scope("".join(f"{line}\n" for line in lines), positional, _volatile(whole))


def _is_passed(shell: Interpreter, name: str) -> bool:
    """Whether the environment carries it, all of it."""
    variables = shell.state.variables
    attributes = variables.attributes.get(name, Attribute(0))
    return attributes == Attribute.EXPORTED and isinstance(variables.values.get(name), str)


def _volatile(text: str) -> str:
    for name in _NAME(text):
        if name in _VOLATILE:
            return f"it mentions {name}, which is another each time"
    if _OWN_PROCESS(text):
        return "it mentions a process's number, which is another each time"
    if _TOLD_TIME(text):
        return "it prints the time"
    return ""
