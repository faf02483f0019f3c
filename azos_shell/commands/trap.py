"""Traps: what to do when a signal comes or the shell ends (POSIX XCU trap)."""

from __future__ import annotations

from azos_shell.commands.signals import list_signals, signal_name, signal_number
from azos_shell.language.quoting import quote_always
from azos_shell.plugin import Call, command
from azos_shell.shell import traps
from azos_shell.shell.interpreter import Interpreter


@command("trap", raw=True, special=True, usage="trap [ACTION CONDITION…]", category="Control")
def trap(call: Call) -> int:
    """Run ACTION when a signal comes or, for `EXIT`, when the shell ends.

    An empty ACTION ignores the signal, `-` (or none) restores what was. Without operands the traps are listed, quoted
    so that the list can be run. In a subshell traps are back at their defaults.

    Examples:
        $ trap 'echo bye' EXIT; echo working
        working
        bye
    """
    shell: Interpreter = call.shell
    args = call.args[1:] if call.args[:1] == ["--"] else list(call.args)
    if not args or args[0] == "-p":
        return _list(call, args[1:])
    if args[0] == "-l":
        return list_signals(call, [])
    if len(args) == 1 or args[0].isdecimal():
        chosen = None
        conditions = args[1:] if args[0] == "-" else args
    else:
        chosen = None if args[0] == "-" else args[0]
        conditions = args[1:]
    status = 0
    for word in conditions:
        number, name = _condition(word)
        if number is None or name is None:
            status = call.error(f"{word}: no such signal")
        else:
            traps.set_trap(shell, name, number, chosen)
    return status


def _condition(word: str) -> tuple[int | None, str | None]:
    """The number and the name of a signal, of ``EXIT``, or of what is no signal."""
    name = word.upper().removeprefix("SIG")
    if name in traps.PSEUDO_TRAPS:
        return -1, name
    number = signal_number(word)
    return number, signal_name(number) if number is not None else None


def _list(call: Call, words: list[str]) -> int:
    """The traps, or those for some conditions, as commands that set them."""
    found = call.shell.state.traps
    status = 0
    names: list[str] = list(found) if not words else []
    for word in words:
        _, name = _condition(word)
        if name is None:
            status = call.error(f"{word}: no such signal")
        elif name in found:
            names.append(name)
    for name in sorted(names, key=_order):
        call.write(f"trap -- {quote_always(found[name])} {name}\n")
    return status


def _order(name: str) -> int:
    if name in traps.PSEUDO_TRAPS:
        return 1000 + list(traps.PSEUDO_TRAPS).index(name)
    return 0 if name == "EXIT" else traps.number_of(name)


COMMANDS = (trap,)
