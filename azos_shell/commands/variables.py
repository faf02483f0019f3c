"""Variables: ``export readonly unset local`` (POSIX XCU 2.14)."""

from __future__ import annotations

import re

from azos_shell.language.quoting import quote
from azos_shell.plugin import Call, UsageError, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.variables import Attribute, Value

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
CATEGORY = "Variables"


def _declare(call: Call, attribute: Attribute, letters: str) -> int:
    """What ``export`` and ``readonly`` share: operands ``name`` and ``name=value``, ``-n``, ``-p``."""
    shell: Interpreter = call.shell
    options, names = _letters(call.args, letters)
    if not names:
        for name in sorted(shell.state.variables.attributes):
            if shell.state.variables.has(name, attribute):
                call.write(_declaration(call.name, name, shell.state.variables.values.get(name)))
        return 0
    status = 0
    for operand in names:
        name, equals, value = operand.partition("=")
        if not _NAME(name):
            status = call.error(f"{operand!r}: not a valid identifier")
            continue
        if "f" in options:
            continue
        if equals:
            shell.assign_now(name, value)
        shell.state.variables.mark(name, attribute, on="n" not in options)
    return status


def _declaration(word: str, name: str, value: Value | None) -> str:
    if value is None:
        return f"{word} {name}\n"
    if isinstance(value, list):
        return f"{word} {name}=({' '.join(quote(element) for element in value)})\n"
    text = value if isinstance(value, str) else ""
    return f"{word} {name}={quote(text) if text else quote('')}\n"


def _letters(args: list[str], allowed: str) -> tuple[set[str], list[str]]:
    """Leading option letters and what follows. Raises UsageError."""
    letters: set[str] = set()
    index = 0
    while index < len(args) and args[index].startswith("-") and args[index] != "-":
        if args[index] == "--":
            return letters, args[index + 1 :]
        for letter in args[index][1:]:
            if letter not in allowed:
                raise UsageError(f"-{letter}: invalid option")
            letters.add(letter)
        index += 1
    return letters, args[index:]


@command("export", raw=True, special=True, usage="export [-n] [-p] [NAME[=VALUE]…]", category=CATEGORY)
def export(call: Call) -> int:
    """Give variables to the programs that are started from now on.

    Without operands (or with `-p`) the exported variables are listed, quoted so that the list can be run. `-n` takes
    the mark away.

    Examples:
        $ export GREETING=hello; sh -c 'echo $GREETING'
        hello
    """
    return _usage_checked(call, lambda: _declare(call, Attribute.EXPORTED, "pnf"))


@command("readonly", raw=True, special=True, usage="readonly [-p] [NAME[=VALUE]…]", category=CATEGORY)
def readonly(call: Call) -> int:
    """Protect variables from being changed or unset.

    Examples:
        $ readonly A=1; (A=2; echo not reached) 2>/dev/null; echo $A
        1
    """
    return _usage_checked(call, lambda: _declare(call, Attribute.READONLY, "pfa"))


@command("unset", raw=True, special=True, usage="unset [-v] [-f] NAME…", category=CATEGORY)
def unset(call: Call) -> int:
    """Forget variables, or functions with `-f`.

    Without an option a name that is no variable may be a function.

    Examples:
        $ A=1; unset A; echo "${A-gone}"
        gone
    """

    def run() -> int:
        shell: Interpreter = call.shell
        letters, names = _letters(call.args, "vf")
        status = 0
        for name in names:
            base, bracket, subscript = name.partition("[")
            if not _NAME(base):
                status = call.error(f"{name!r}: not a valid identifier")
            elif "f" in letters:
                shell.state.functions.pop(name, None)
            elif bracket:
                _unset_element(shell, base, subscript.rstrip("]"))
            elif base in shell.state.variables.attributes or base in shell.state.variables.values:
                shell.state.variables.unset(base)
                if base == "PATH":
                    shell.runtime.programs.forget()
            elif "v" not in letters:
                shell.state.functions.pop(name, None)
        return status

    return _usage_checked(call, run)


def _unset_element(shell: Interpreter, name: str, subscript: str) -> None:
    value = shell.state.variables.values.get(name)
    if isinstance(value, dict):
        shell.state.variables.set(name, {key: item for key, item in value.items() if key != subscript})
    elif isinstance(value, list) and subscript.lstrip("-").isdecimal():
        index = int(subscript)
        if -len(value) <= index < len(value):
            shell.state.variables.set(name, [*value[:index], *value[index:][1:]])


@command("local", raw=True, usage="local NAME[=VALUE]…", category=CATEGORY)
def local(call: Call) -> int:
    """Make variables local to the function that runs.

    Examples:
        $ f() { local x=inner; echo $x; }; x=outer; f; echo $x
        inner
        outer
    """
    shell: Interpreter = call.shell
    variables = shell.state.variables
    if not variables.depth:
        return call.error("can only be used in a function")
    status = 0
    for operand in call.args:
        name, equals, value = operand.partition("=")
        if not _NAME(name):
            status = call.error(f"{operand!r}: not a valid identifier")
            continue
        variables.make_local(name)
        if equals:
            shell.assign_now(name, value)
        elif name in variables.values:
            attributes = variables.attributes.get(name)
            if attributes is None or not attributes & Attribute.READONLY:
                variables.unset(name)
    return status


def _usage_checked(call: Call, run) -> int:  # type: ignore[no-untyped-def]
    try:
        return int(run())
    except UsageError as error:
        return call.error(error.message, error.status)


COMMANDS = (export, readonly, unset, local)
