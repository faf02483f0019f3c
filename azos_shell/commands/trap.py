"""Traps: what to do when a signal comes or the shell ends (POSIX XCU trap)."""

from __future__ import annotations

from azos_shell.commands.jobs import signal_name, signal_number
from azos_shell.language.quoting import quote
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
    if not args or args == ["-p"]:
        for condition, action in shell.state.traps.items():
            call.write(f"trap -- {quote(action) if action else quote('')} {condition}\n")
        return 0
    if args[0] == "-l":
        return call.error("the signals are listed by kill -l", 2)
    if len(args) == 1 or args[0].isdecimal():
        chosen = None
        conditions = args[1:] if args[0] == "-" else args
    else:
        chosen = None if args[0] == "-" else args[0]
        conditions = args[1:]
    status = 0
    for word in conditions:
        number = signal_number(word)
        name = signal_name(number) if number is not None else None
        if number is None or name is None:
            status = call.error(f"{word}: no such signal")
        else:
            traps.set_trap(shell, name, number, chosen)
    return status


COMMANDS = (trap,)
