"""Traps: actions that the user set for signals and for the end of the shell (POSIX XCU 2.12).

A handler only notes that the signal came; its action is run by the shell itself (never by a subshell, which is no
process) when the simple command under way has ended. ``wait`` alone is cut short.
"""

from __future__ import annotations

import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from azos_shell.shell.control import FunctionReturn, ShellExit

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.runtime import Runtime

PSEUDO_TRAPS = {"ERR": "errtrace", "DEBUG": "functrace", "RETURN": "functrace"}
"""What is no signal, and the option by which functions and subshells inherit its trap."""

_UNTRAPPABLE = frozenset({signal.SIGKILL, signal.SIGSTOP})
_IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""What Python ignores from its start on; nobody asked for that."""


class TrapArrived(Exception):
    """A trapped signal came during ``wait``, which ends with 128 + ``number``."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def number_of(name: str) -> int:
    """The signal that a trap's name stands for."""
    return int(getattr(signal, f"SIG{name}"))


def set_trap(shell: Interpreter, name: str, number: int, action: str | None) -> None:
    """Set, or with None remove, the action for a signal or ``EXIT``."""
    state = shell.state
    if action is None:
        state.traps.pop(name, None)
    else:
        state.traps[name] = action
    if name == "EXIT" or name in PSEUDO_TRAPS or number in _UNTRAPPABLE or state.is_subshell:
        return
    runtime = shell.runtime
    if number == signal.SIGCHLD:  # the shell's own handler reaps
        runtime.processes.on_end = (lambda: runtime.pending_traps.append(name)) if action else None
        return
    if _was_ignored(shell, number):
        return
    if number not in runtime.signal_defaults:
        runtime.signal_defaults[number] = signal.getsignal(number)
    if action is None:
        signal.signal(number, runtime.signal_defaults.pop(number))
    elif action == "":
        signal.signal(number, signal.SIG_IGN)
    else:
        signal.signal(number, lambda *_: _note(runtime, name, number))


def _was_ignored(shell: Interpreter, number: int) -> bool:
    """Signals ignored when a script's shell began stay ignored (POSIX XCU trap)."""
    return (
        not shell.state.options.interactive
        and number not in shell.runtime.signal_defaults
        and number not in _IGNORED_BY_PYTHON
        and signal.getsignal(number) is signal.SIG_IGN
    )


def _note(runtime: Runtime, name: str, number: int) -> None:
    """The handler: remember the signal, and cut short a ``wait``."""
    runtime.pending_traps.append(name)
    if runtime.trap_waiter is not None:
        waiter = runtime.trap_waiter
        waiter.get_loop().call_soon_threadsafe(_arrive, waiter, number)
    elif runtime.wait_is_interruptible:
        runtime.wait_is_interruptible = False
        raise TrapArrived(number)


def _arrive(waiter: Any, number: int) -> None:
    if not waiter.done():
        waiter.set_result(number)


@contextmanager
def interrupting(runtime: Runtime) -> Iterator[None]:
    """While the shell blocks in ``wait``, without an event loop: a trapped signal raises TrapArrived."""
    runtime.wait_is_interruptible = True
    try:
        yield
    finally:
        runtime.wait_is_interruptible = False


async def unless_trapped(runtime: Runtime, work: Coroutine[Any, Any, None]) -> None:
    """Await ``work`` on the event loop; raises TrapArrived if a trapped signal comes first."""
    import asyncio

    arrival: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    outer, runtime.trap_waiter = runtime.trap_waiter, arrival
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, arrival}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if arrival.done() and not task.done():
            raise TrapArrived(arrival.result())
        await task
    finally:
        runtime.trap_waiter = outer
        task.cancel()


def take_signal(shell: Interpreter, number: int) -> bool:
    """A signal for a subshell that is a job by itself: note it if it has a trap; returns whether it has."""
    names = (name for name in shell.state.traps if name != "EXIT" and name not in PSEUDO_TRAPS)
    name = next((name for name in names if number_of(name) == number), None)
    if name is None:
        return False
    shell.pending_traps.append(name)
    return True


async def run_pending(shell: Interpreter) -> None:
    """Run the actions of the signals that came; ``$?`` is what it was before."""
    while shell.pending_traps:
        action = shell.state.traps.get(shell.pending_traps.pop(0))
        if action:
            await _run_action(shell, action)


async def run_pseudo_trap(shell: Interpreter, name: str) -> None:
    """Run the action for ``ERR``, ``DEBUG`` or ``RETURN``, unless that is what runs already."""
    action = shell.state.traps.get(name)
    if not action or name in shell.running_traps:
        return
    outer, shell.running_traps = shell.running_traps, (*shell.running_traps, name)
    line, node = shell.state.line, shell.node
    try:
        await _run_action(shell, action)
    finally:
        shell.running_traps = outer
        shell.state.line, shell.node = line, node


async def _run_action(shell: Interpreter, action: str) -> None:
    """Run an action; ``$?`` is afterwards what it was before."""
    status, statuses = shell.state.last_status, shell.state.pipe_statuses
    outer, shell.trap_status = (shell.trap_status, shell.trap_frames), status
    shell.trap_frames = len(shell.frames)
    try:
        await shell.run_text(action, name="trap")
    finally:
        shell.trap_status, shell.trap_frames = outer
    shell.state.last_status, shell.state.pipe_statuses = status, statuses


async def run_exit_trap(shell: Interpreter, status: int) -> int:
    """Run the action for ``EXIT``, once; returns the exit status that it leaves."""
    action = shell.state.traps.pop("EXIT", None)
    if not action:
        return status
    shell.state.last_status = status
    try:
        await _run_action(shell, action)
    except ShellExit as end:
        return end.status
    except FunctionReturn as end:
        return end.status
    return status
