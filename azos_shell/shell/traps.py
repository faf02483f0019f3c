"""Traps: actions that the user set for signals and for the end of the shell (POSIX XCU 2.12).

A handler only notes that the signal came; its action is run when the simple command under way has ended.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from azos_shell.shell.control import ShellExit

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_UNTRAPPABLE = frozenset({signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD})


def set_trap(shell: Interpreter, name: str, number: int, action: str | None) -> None:
    """Set, or with None remove, the action for a signal or ``EXIT``."""
    state = shell.state
    if action is None:
        state.traps.pop(name, None)
    else:
        state.traps[name] = action
    if name == "EXIT" or number in _UNTRAPPABLE or state.is_subshell:
        return  # a subshell has no signals of its own: it is no process
    runtime = shell.runtime
    if number not in runtime.signal_defaults:
        runtime.signal_defaults[number] = signal.getsignal(number)
    if action is None:
        signal.signal(number, runtime.signal_defaults.pop(number))
    elif action == "":
        signal.signal(number, signal.SIG_IGN)
    else:
        signal.signal(number, lambda *_: runtime.pending_traps.append(name))


async def run_pending(shell: Interpreter) -> None:
    """Run the actions of the signals that came; ``$?`` is what it was before."""
    runtime = shell.runtime
    while runtime.pending_traps:
        action = shell.state.traps.get(runtime.pending_traps.pop(0))
        if action:
            status = shell.state.last_status
            await shell.run_text(action, name="trap")
            shell.state.last_status = status


async def run_exit_trap(shell: Interpreter, status: int) -> int:
    """Run the action for ``EXIT``, once; returns the exit status that it leaves."""
    action = shell.state.traps.pop("EXIT", None)
    if not action:
        return status
    shell.state.last_status = status
    try:
        await shell.run_text(action, name="trap")
    except ShellExit as end:
        return end.status
    return status
