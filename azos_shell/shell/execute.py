"""Replacing the process: ``exec COMMAND`` (POSIX XCU exec)."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from azos_shell.core.errors import NotExecutableError
from azos_shell.shell import jobcontrol
from azos_shell.shell.control import ShellExit
from azos_shell.shell.simple import Invocation

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


async def replace_process(
    shell: Interpreter, path: str, argv: list[str], environment: dict[bytes, bytes]
) -> int:
    """Run the program instead of this shell; does not return unless that fails.

    A subshell is no process of its own: there the program is run and the subshell ends with its status.
    """
    state = shell.state
    if state.is_subshell:
        state.traps.pop("EXIT", None)
        status = await jobcontrol.run_program(shell, path, Invocation(argv, state.files), environment)
        raise ShellExit(status)
    await state.files.drain()
    shell.runtime.services.close()
    if shell.runtime.terminal is not None:
        for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores both
    _place_files(shell)
    if state.limits is not None:
        from azos_shell.shell.limits import limit_this_process

        limit_this_process(state.limits)
    words = [word.encode("utf-8", "surrogateescape") for word in argv]
    try:
        program = argv[0] if "/" in argv[0] and path.endswith(argv[0]) else path
        os.execve(program.encode("utf-8", "surrogateescape"), words, environment)
    except OSError as error:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        raise NotExecutableError(f"exec: {argv[0]}: {error.strerror}") from error


def _place_files(shell: Interpreter) -> None:
    """Put every file at its own number, first out of each other's way."""
    files = shell.state.files
    moved = {number: os.dup(files.get(number).fileno()) for number in files}
    for number, descriptor in moved.items():
        if descriptor != number:
            os.dup2(descriptor, number, inheritable=True)
    for descriptor in moved.values():
        if descriptor not in moved:
            os.close(descriptor)
