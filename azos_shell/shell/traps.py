"""Traps: actions that the user set for signals and for the end of the shell (POSIX XCU 2.12).

A handler only notes that the signal came; its action is run by the shell itself (never by a subshell, which is no
process) when the simple command under way has ended. ``wait`` alone is cut short. ``ERR``, ``DEBUG`` and ``RETURN`` are
moments, not signals: after a failure, before a command, at the end of a function (bash).
"""

from __future__ import annotations

import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from azos_shell.shell.control import ShellExit

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.runtime import Runtime

_UNTRAPPABLE = frozenset({signal.SIGKILL, signal.SIGSTOP})
_IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})

MOMENTS = ("DEBUG", "ERR", "RETURN")
"""The conditions that are no signals, beside ``EXIT``."""


class TrapArrived(Exception):
    """A trapped signal came during ``wait``, which ends with 128 + ``number``."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def is_signal(name: str) -> bool:
    """Whether a trap's name is that of a signal."""
    return name != "EXIT" and name not in MOMENTS


def number_of(name: str) -> int:
    """The signal that a trap's name stands for."""
    return int(getattr(signal, f"SIG{name}"))


def set_trap(shell: Interpreter, name: str, number: int, action: str | None) -> None:
    """Set, or with None remove, the action for a signal or ``EXIT``."""
    state = shell.state
    runtime = shell.runtime
    signalled = is_signal(name)
    if signalled and _ignored_on_entry(shell, number):
        return
    if action is None:
        state.traps.pop(name, None)
    else:
        state.traps[name] = action
    if not signalled or number in _UNTRAPPABLE or state.is_subshell:
        return
    if number == signal.SIGCHLD:  # the shell's own handler reaps
        runtime.processes.on_end = (lambda: _note_child(shell)) if action else None
        return
    if number not in runtime.signal_defaults:
        runtime.signal_defaults[number] = signal.getsignal(number)
    if action is None:
        signal.signal(number, runtime.signal_defaults.pop(number))
    elif action == "":
        signal.signal(number, signal.SIG_IGN)
    else:
        signal.signal(number, lambda *_: _note(runtime, name, number))


def _ignored_on_entry(shell: Interpreter, number: int) -> bool:
    """Whether whoever started this shell, which is not interactive, had it ignore the signal (POSIX XCU trap)."""
    return (
        not shell.is_interactive
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


def _note_child(shell: Interpreter) -> None:
    """A program has ended; those that a trap itself runs don't count, or it would never end."""
    if shell.trap_status is None:
        shell.pending_traps.append("CHLD")


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
    signals = (name for name in shell.state.traps if is_signal(name))
    name = next((name for name in signals if number_of(name) == number), None)
    if name is None:
        return False
    shell.pending_traps.append(name)
    return True


async def run_pending(shell: Interpreter) -> None:
    """Run the actions of the signals that came; ``$?`` is what it was before."""
    while shell.pending_traps:
        action = shell.state.traps.get(shell.pending_traps.pop(0))
        if action:
            await _run_action(shell, action, 1)


async def _run_action(shell: Interpreter, action: str, first_line: int) -> None:
    """Run the text of a trap; ``$?`` and what ``exit`` alone gives are what they were before."""
    state = shell.state
    status, statuses = state.last_status, state.pipe_statuses
    outer, shell.trap_status = shell.trap_status, (status, state.variables.depth)
    try:
        await shell.run_text(action, name="trap", first_line=first_line)
    finally:
        shell.trap_status = outer
    state.last_status, state.pipe_statuses = status, statuses


async def run_moment(shell: Interpreter, name: str, at: int | None = None) -> None:
    """Run the action for ``ERR``, ``DEBUG`` or ``RETURN``, which is not run for the commands of itself.

    ``at`` is the line that it finds in ``LINENO`` where that is not the one of the command under way.
    """
    action = shell.state.traps.get(name)
    if not action or name in shell.moments_under_way:
        return
    shell.moments_under_way.add(name)
    line = shell.state.line
    if at is not None:
        shell.state.line = at
    try:
        await _run_action(shell, action, shell.state.line or 1)
    finally:
        shell.moments_under_way.discard(name)
        shell.state.line = line


def hide_moments(shell: Interpreter, moments: tuple[str, ...] = MOMENTS) -> dict[str, str]:
    """Take away what a function or a sourced file does not inherit, unless ``set -E`` or ``-T`` says so; returns it."""
    options, traps = shell.state.options, shell.state.traps
    kept = ("DEBUG", "RETURN") if options.functrace else ()
    if options.errtrace:
        kept = (*kept, "ERR")
    return {name: traps.pop(name) for name in moments if name in traps and name not in kept}


def show_moments(shell: Interpreter, hidden: dict[str, str]) -> None:
    """Give back what was hidden; a trap that the function itself set stays."""
    for name, action in hidden.items():
        shell.state.traps.setdefault(name, action)


async def run_exit_trap(shell: Interpreter, status: int) -> int:
    """Run the action for ``EXIT``, once; returns the exit status that it leaves."""
    action = shell.state.traps.pop("EXIT", None)
    if not action:
        return status
    shell.state.last_status = status
    shell.trap_status = status, 0
    try:
        await shell.run_text(action, name="trap")
    except ShellExit as end:
        return end.status
    return status
