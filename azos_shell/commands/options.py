"""Options and positional parameters: ``set shift`` (POSIX XCU 2.14)."""

from __future__ import annotations

from azos_shell.language.quoting import quote
from azos_shell.plugin import AzosError, Call, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.state import OPTION_LETTERS, OPTION_NAMES

CATEGORY = "Variables"


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


COMMANDS = (set_, shift)
