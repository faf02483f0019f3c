"""Options and positional parameters: ``set shift`` (POSIX XCU 2.14) and ``shopt`` (bash)."""

from __future__ import annotations

from azos_shell.language.quoting import quote
from azos_shell.plugin import AzosError, Call, command
from azos_shell.shell.declarations import shown
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.state import OPTION_LETTERS, OPTION_NAMES

CATEGORY = "Variables"


@command(
    "set",
    raw=True,
    special=True,
    usage="set [-abBCeEfhHmnPtTuvx] [-o OPTION] [--] [WORD…]",
    category=CATEGORY,
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
        return _list_variables(call, shell)
    problem = _problem(args)
    if problem:
        return _refused(call, problem)
    index = 0
    while index < len(args):
        word = args[index]
        if word in ("--", "-"):
            if word == "-":
                shell.state.options.xtrace = shell.state.options.verbose = False
            if word == "--" or args[index + 1 :]:
                shell.state.positional = args[index + 1 :]
            return 0
        if len(word) < 2 or word[0] not in "-+":
            shell.state.positional = args[index:]
            return 0
        index += 1
        for letter in word[1:]:
            if letter == "o":
                if index >= len(args):
                    return _list_options(call, as_commands=word[0] == "+")
                setattr(shell.state.options, args[index], word[0] == "-")
                index += 1
            else:
                setattr(shell.state.options, OPTION_LETTERS[letter], word[0] == "-")
    return 0


def _problem(args: list[str]) -> str:
    """What is wrong with the options, before any of them is set; empty if nothing is."""
    index = 0
    while index < len(args) and len(args[index]) > 1 and args[index][0] in "-+" and args[index] != "--":
        word = args[index]
        index += 1
        for letter in word[1:]:
            if letter == "o" and index < len(args):
                if args[index] not in OPTION_NAMES:
                    return f"{args[index]}: invalid option name"
                index += 1
            elif letter != "o" and letter not in OPTION_LETTERS:
                return f"{word[0]}{letter}: invalid option"
    return ""


def _refused(call: Call, problem: str) -> int:
    raise AzosError(f"{call.name}: {problem}", status=2)


def _list_variables(call: Call, shell: Interpreter) -> int:
    """Every variable as an assignment that can be run, arrays too."""
    for name in shell.state.variables.names():
        value = shell.state.variables.values[name]
        if isinstance(value, str):
            call.write(f"{name}={quote(value) if value else ''}\n")
        else:
            call.write(f"{name}={shown(value)}\n")
    return 0


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
    args = call.args[1:] if call.args[:1] == ["--"] else call.args
    text = args[0] if args else "1"
    if not text.lstrip("+-").isdecimal():
        return call.error(f"{text}: numeric argument required")
    count = int(text)
    if count < 0:
        return call.error(f"{text}: shift count out of range")
    if count > len(state.positional):
        return call.error("can't shift that many") if not call.shell.is_interactive else 1
    state.positional = state.positional[count:]
    return 0


COMMANDS = (set_, shift)
