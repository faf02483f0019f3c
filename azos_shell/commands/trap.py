"""Traps: what to do when a signal comes, the shell ends or a command fails (POSIX XCU trap; moments as in bash)."""

from __future__ import annotations

from signal import valid_signals

from azos_shell.commands.signals import signal_name, signal_number
from azos_shell.language.quoting import quote_always
from azos_shell.plugin import Call, command
from azos_shell.shell import traps
from azos_shell.shell.interpreter import Interpreter


@command("trap", raw=True, special=True, usage="trap [-l] [-p] [ACTION CONDITION…]", category="Control")
def trap(call: Call) -> int:
    """Run ACTION when a signal comes or, for `EXIT`, when the shell ends.

    An empty ACTION ignores the signal, `-` (or none) restores what was. Without operands the traps are listed, quoted
    so that the list can be run; `-p` lists those of the conditions named, `-l` the signals there are. In a subshell
    traps are back at their defaults.

    `ERR` is when a command fails where `set -e` would end the shell, `DEBUG` before every simple command, `RETURN` when
    a function or sourced file ends. Functions inherit `ERR` with `set -E` only, the other two with `set -T`.

    Examples:
        $ trap 'echo bye' EXIT; echo working
        working
        bye
    """
    shell: Interpreter = call.shell
    args = call.args[1:] if call.args[:1] == ["--"] else list(call.args)
    if not args:
        return _list(call, shell, [])
    if call.args[0] == "-l":
        call.write("".join(f"{number}) SIG{signal_name(number)}\n" for number in sorted(valid_signals())))
        return 0
    if call.args[0] == "-p":
        return _list(call, shell, args[1:], prefix="SIG")
    if call.args[0][:1] == "-" and call.args[0] not in ("-", "--"):
        return call.error(f"{args[0]}: invalid option", 2)
    if len(args) == 1 or args[0].isdecimal():
        chosen = None
        conditions = args[1:] if args[0] == "-" else args
    else:
        chosen = None if args[0] == "-" else args[0]
        conditions = args[1:]
    shell.state.listed_traps = None
    status = 0
    for word in conditions:
        condition = _condition(word)
        if condition is None:
            status = call.error(f"{word}: no such signal")
        else:
            traps.set_trap(shell, *condition, chosen)
    return status


def _condition(word: str) -> tuple[str, int] | None:
    """The name and number of a condition; moments have no number and get -1."""
    if word.upper() in traps.MOMENTS:
        return word.upper(), -1
    number = signal_number(word)
    name = signal_name(number) if number is not None else None
    return None if number is None or name is None else (name, number)


def _list(call: Call, shell: Interpreter, wanted: list[str], prefix: str = "") -> int:
    """The traps, ``EXIT`` first, then signals by number, then moments, as commands that set them."""
    state = shell.state
    present = state.traps if state.listed_traps is None else state.listed_traps
    status = 0
    names = set(present)
    if wanted:
        names.clear()
        for word in wanted:
            condition = _condition(word)
            if condition is None:
                status = call.error(f"{word}: no such signal")
            else:
                names.add(condition[0])
    for name in sorted(names & set(present), key=_place):
        shown = name if name == "EXIT" or name in traps.MOMENTS else prefix + name
        call.write(f"trap -- {quote_always(present[name])} {shown}\n")
    return status


def _place(name: str) -> tuple[int, str]:
    if name == "EXIT":
        return 0, name
    return (1000, name) if name in traps.MOMENTS else (traps.number_of(name), name)


COMMANDS = (trap,)
