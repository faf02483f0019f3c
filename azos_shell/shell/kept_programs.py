"""Programs whose output is kept: given a pipe as standard output, which a task reads, keeps and passes on as it comes.

Which programs those are is the user's to say (``keep``), never guessed: a program without the terminal as its standard
output draws no screen, shows no colours, and holds its output back until it has a block of it. Standard input and
standard error, the process group and with it Ctrl-C, Ctrl-Z and ``fg`` stay as they were.

Such a program is over when it has ended and its pipe is at its end: until then something may still write.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.core.frozen import frozen
from azos_shell.language.patterns import compile_pattern
from azos_shell.shell.files import FileTable, OpenFile, new_pipe
from azos_shell.shell.kept_output import KeptOutput

if TYPE_CHECKING:
    import asyncio

    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.jobs import Job

_under_way: set[asyncio.Task[None]] = set()
"""The tasks that pass output on, held until they have ended."""


@frozen
class KeptPrograms:
    """Whose output is kept: all programs', only those of some names, or all but those."""

    only: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the program called so is one of them; where it lies does not matter."""
        name = os.path.basename(name)
        if self.only:
            return _matches(self.only, name)
        return not _matches(self.excepted, name)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(compile_pattern(pattern).fullmatch(name) for pattern in patterns)


def tap_for(shell: Interpreter, name: str, files: FileTable, job: Job | None, *, asked: bool) -> Tap | None:
    """The tap for a program about to be started with these files; None if its output is not to be kept.

    That is asked for by name or for this once (``asked``). What is piped or redirected elsewhere, or runs in the
    background, is left alone.
    """
    output = files.get(1)
    if not isinstance(output, KeptOutput) or not loop_running() or (job is not None and job.in_background):
        return None
    programs = shell.state.kept_programs
    if not asked and (programs is None or not programs.has(name)):
        return None
    return Tap(output, files, job)


class Tap:
    """The way of one program's output to the shell's: a pipe and the task at its other end."""

    def __init__(self, output: KeptOutput, files: FileTable, job: Job | None) -> None:
        reader, writer = new_pipe()
        self._reader = OpenFile(reader).retain()
        self._output = output
        self._job = job
        self._task: asyncio.Task[None] | None = None
        self.files = files.fork()
        """The files for the program: the pipe is its output, and what else it was told to write there (``2>&1``)."""
        end = OpenFile(writer)
        for number in (1, 2):
            if files.get(number) is output:
                self.files.assign(number, end)

    def started(self) -> None:
        """The program has the pipe: read it."""
        import asyncio

        self.files.release()
        self._task = asyncio.get_running_loop().create_task(self._pass_on())
        _under_way.add(self._task)
        self._task.add_done_callback(_under_way.discard)

    def give_up(self) -> None:
        """The program could not be started."""
        self.files.release()
        self._reader.release()

    async def ended(self) -> None:
        """Wait until the pipe is at its end. Whoever is cancelled here leaves the task to go on."""
        if self._task is not None and not self._task.done():
            import asyncio

            await asyncio.wait({self._task})

    async def _pass_on(self) -> None:
        try:
            async for data in self._reader.chunks():
                if self._job is None or not self._job.in_background:
                    self._output.write(data)
                else:  # stopped and sent there: it is no part of the line that runs by now
                    self._output.write_unheard(data)
                await self._output.drain()
        except OSError:
            pass  # nobody reads on; without a reader of its pipe the program learns of it as it would have
        finally:
            self._reader.release()

    def __repr__(self) -> str:
        return f"<Tap to {self._output!r}>"
