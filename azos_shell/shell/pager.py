"""The pager: a program that shows what is longer than the screen, started when a table turns out to be.

It reads from a pipe and has the terminal, as a program in the foreground has: a process group of its own at a prompt,
so that Ctrl-C and Ctrl-Z are the pager's. What stops it stops the command that feeds it. It is ``AZOS_PAGER``,
else ``PAGER``, else less; none where that is empty or ``cat``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from azos_shell.core.errors import AzosError
from azos_shell.shell import jobcontrol
from azos_shell.shell.files import OpenFile, new_pipe
from azos_shell.shell.jobs import Job, member_that_runs

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.processes import Process

USUAL = "less"
USUAL_OPTIONS = "FRX"
"""What git has: leave at once what fits on the screen, let colours through, leave the last screen to be seen."""


class Pager:
    """A pager that runs. Writing to it raises BrokenPipeError once it has ended."""

    def __init__(self, shell: Interpreter, process: Process, pipe: OpenFile) -> None:
        self._shell = shell
        self._process = process
        self._pipe = pipe
        self._member = member_that_runs()
        shell.runtime.waiting_in_foreground += 1
        if self._member is not None:
            self._member.waits_for(process)

    def write(self, data: bytes) -> None:
        """Write all of it, or queue what the pipe does not take."""
        self._pipe.write(data)

    async def drain(self) -> None:
        """Wait until the pager has taken what was written."""
        await self._pipe.drain()

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when the pager has ended; returns what ends the watch."""
        return self._pipe.when_reader_leaves(act)

    async def close(self) -> None:
        """There is no more: wait until the person has seen enough."""
        try:
            self._pipe.release()
            await self._shell.runtime.processes.wait(self._process)
        finally:
            self._shell.runtime.waiting_in_foreground -= 1
            if self._member is not None:
                self._member.waits_for(None)
            job = _job_of(self._shell)
            if job is not None:
                jobcontrol.leave_empty_group(self._shell, job)

    def __repr__(self) -> str:
        return f"<Pager {self._process!r}>"


async def open_pager(shell: Interpreter) -> Pager | None:
    """Start the pager; None where there is none, or it has no terminal to show anything on."""
    files = shell.state.files
    if not shell.runtime.pages_tables or not (shell.is_interactive or _is_one_shot(shell)):
        return None
    job = _job_of(shell)
    if (job is not None and job.in_background) or (job is None and jobcontrol.has_job_control(shell)):
        return None
    words = _words(shell)
    if not words:
        return None
    from azos_shell.shell.simple import find_program

    reader, writer = new_pipe()
    pipe = OpenFile(writer).retain()
    its_files = files.fork()
    its_files.assign(0, OpenFile(reader))
    twin = shell.subshell(job)
    twin.member = member_that_runs()
    environment = dict(shell.state.variables.environment_bytes())
    environment.setdefault(b"LESS", USUAL_OPTIONS.encode())
    try:
        path = find_program(shell, words[0])
        process = jobcontrol.start_program(twin, path, words, environment, its_files, job)
    except AzosError as error:
        pipe.release()
        if shell.get("AZOS_PAGER") or shell.get("PAGER"):
            shell.tell(f"pager: {error.message}")
        return None
    finally:
        its_files.release()
        twin.state.files.release()
    return Pager(shell, process, pipe)


def _is_one_shot(shell: Interpreter) -> bool:
    """Whether a person has typed ``azos run …``; tables of a script are not to stop it."""
    return not shell.runtime.script and os.isatty(0)


def _job_of(shell: Interpreter) -> Job | None:
    """The job that the command which writes the table is part of."""
    if shell.job is not None:
        return shell.job
    foreground = shell.runtime.foreground
    return foreground[-1] if foreground else None


def _words(shell: Interpreter) -> list[str]:
    """The words of the pager's command; none if there shall be no pager."""
    for name in ("AZOS_PAGER", "PAGER"):
        text = shell.get(name)
        if text is not None:
            words = text.split()
            return [] if words[:1] == ["cat"] else words
    found = shell.runtime.programs.find(USUAL, shell.state.variables.get("PATH"), shell.cwd)
    return [USUAL] if found is not None else []
