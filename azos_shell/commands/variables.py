"""Variables and options: ``export readonly unset local set shift`` (POSIX XCU 2.14)."""

from __future__ import annotations

import re

from azos_shell.language.quoting import quote
from azos_shell.plugin import AzosError, Call, UsageError, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.state import OPTION_LETTERS, OPTION_NAMES
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


@command(
    "set", raw=True, special=True, usage="set [-abCefhmnuvx] [-o OPTION] [--] [WORD…]", category=CATEGORY
)
def set_(call: Call) -> int:
    """Set options and positional parameters; alone, list the variables.

    `-e` ends the shell when a command fails, `-u` makes unset variables an error, `-x` shows commands as they are run,
    `-f` turns pathname expansion off, `-C` keeps `>` from overwriting files, `-o pipefail` gives a pipeline the status
    of its last failing command. `+e` and kin turn options off; `set -o` lists them.

    Examples:
        $ set -- a "b c"; echo $# "$2"
        2 b c
    """
    shell: Interpreter = call.shell
    args = call.args
    if not args:
        for name in shell.state.variables.names():
            value = shell.state.variables.values[name]
            if isinstance(value, str):
                call.write(f"{name}={quote(value)}\n")
        return 0
    index = 0
    while index < len(args):
        word = args[index]
        if word in ("--", "-"):
            shell.state.positional = (
                args[index + 1 :] if word == "--" or args[index + 1 :] else shell.state.positional
            )
            return 0
        if len(word) < 2 or word[0] not in "-+":
            shell.state.positional = args[index:]
            return 0
        index += 1
        for letter in word[1:]:
            if letter == "o":
                if index >= len(args):
                    return _list_options(call, as_commands=word[0] == "+")
                _set_option(shell, args[index], word[0] == "-")
                index += 1
            elif letter in OPTION_LETTERS:
                setattr(shell.state.options, OPTION_LETTERS[letter], word[0] == "-")
            else:
                return call.error(f"{word[0]}{letter}: invalid option", 2)
    return 0


def _set_option(shell: Interpreter, name: str, on: bool) -> None:
    if name not in OPTION_NAMES:
        raise AzosError(f"set: {name}: invalid option name", status=2)
    setattr(shell.state.options, name, on)


def _list_options(call: Call, *, as_commands: bool) -> int:
    options = call.shell.state.options
    for name in sorted(OPTION_NAMES):
        on = getattr(options, name)
        call.write(
            f"set {'-' if on else '+'}o {name}\n" if as_commands else f"{name:<15}\t{'on' if on else 'off'}\n"
        )
    return 0


@command("shift", raw=True, special=True, usage="shift [N]", category=CATEGORY)
def shift(call: Call) -> int:
    """Drop the first N (1) positional parameters.

    Examples:
        $ set -- a b c; shift 2; echo "$@"
        c
    """
    state = call.shell.state
    text = call.args[0] if call.args else "1"
    if not text.isdecimal():
        return call.error(f"{text}: numeric argument required", 2)
    count = int(text)
    if count > len(state.positional):
        return call.error("can't shift that many") if not call.shell.is_interactive else 1
    state.positional = state.positional[count:]
    return 0


def _usage_checked(call: Call, run) -> int:  # type: ignore[no-untyped-def]
    try:
        return int(run())
    except UsageError as error:
        return call.error(error.message, error.status)


COMMANDS = (export, readonly, unset, local, set_, shift)
