"""The item: one of many commands that a command of the shell runs beside each other, each a small job of its own.

An item runs in a subshell, in a process group of its own, without the terminal: its input is empty and what it writes
is kept until its turn has come. So it can be ended as a whole, whatever it has started.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from azos_shell.core.drive import ensure_loop
from azos_shell.core.frozen import frozen
from azos_shell.shell import jobcontrol
from azos_shell.shell.item_output import ItemOutput
from azos_shell.shell.jobs import Job, member_that_runs

if TYPE_CHECKING:
    from azos_shell.language import tree
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.jobs import TaskMember

GRACE_SECONDS = 1.0
"""What an item that is told to end is given to do so, before it is killed."""

TIMED_OUT = 124
"""The status of what ran too long, as timeout(1) has it."""


@frozen
class Ending:
    """How an item ended: its exit status, the signal that killed it (or 0), and what it took."""

    status: int
    signal: int
    seconds: float


class Item:
    """One command among many; run it once. With an ``output`` of the caller's both of its outputs go there."""

    def __init__(self, shell: Interpreter, text: str, output: ItemOutput | None = None) -> None:
        self._shell = shell
        self._job = Job(text, in_background=True)
        self._job.is_item = True
        self.output = ItemOutput() if output is None else output
        self.errors = ItemOutput() if output is None else output

    async def run(self, commands: tree.CommandList, limit_seconds: float | None) -> Ending:
        """Run it to its end, or until its time is over. Cancelled, it is told to end and not waited for."""
        await ensure_loop()
        started = self._now()
        parent = member_that_runs()
        if parent is not None:
            parent.followers.add(self._job)
        try:
            return await self._ran(commands, limit_seconds, started)
        finally:
            if parent is not None:
                parent.followers.discard(self._job)

    async def _ran(self, commands: tree.CommandList, limit_seconds: float | None, started: float) -> Ending:
        import asyncio

        member = self._started(commands)
        deadline = None if limit_seconds is None else asyncio.get_running_loop().time() + limit_seconds
        try:
            is_over = await self._until_over(member, deadline)
            is_over = is_over and await self._outputs_ended(deadline)
        except asyncio.CancelledError:
            self._job.signal(signal.SIGINT)
            self._shell.runtime.keep(asyncio.ensure_future(self._killed_if_needed()))
            self.forget()
            raise
        if not is_over:
            self._job.signal(signal.SIGTERM)
            await self._killed_if_needed()
            for output in (self.output, self.errors):
                output.cut_off()
        status = TIMED_OUT if not is_over else member.status if member.status is not None else 1
        return Ending(status, 0 if not is_over else member.killed_by, self._now() - started)

    def _now(self) -> float:
        return self._shell.runtime.services.clock.monotonic()

    def forget(self) -> None:
        """Give back what is kept of its output."""
        self.output.forget()
        self.errors.forget()

    def _started(self, commands: tree.CommandList) -> TaskMember:
        twin = self._shell.subshell(self._job)
        twin.state.options.interactive = False
        twin.reads_stage = False
        files = twin.state.files
        try:
            files.assign(0, jobcontrol.null_input())
            files.assign(1, self.output)
            files.assign(2, self.errors)
        except OSError:
            files.release()
            raise
        return jobcontrol.start_list(twin, commands, self._job)

    async def _until_over(self, member: TaskMember, deadline: float | None) -> bool:
        """Wait for the end; False if the time is over or it stands still, wanting the terminal."""
        import asyncio

        while not member.is_done:
            left = None if deadline is None else deadline - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(left):
                    await self._job.changed()
            except TimeoutError:
                return member.is_done
            if self._job.is_stopped and member.stopped_by in (signal.SIGTTIN, signal.SIGTTOU):
                self.errors.write(b"azos: it wants the terminal, which an item does not get\n")
                return False
        return True

    async def _killed_if_needed(self) -> int:
        """Wait for its programs to end, for a bounded time, then kill what is left. Cancelled, it kills at once."""
        import asyncio

        group = self._job.group
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                for program in self._job.programs:
                    while not program.is_done:
                        await self._shell.runtime.processes.changed(program)
        except TimeoutError:
            pass
        finally:
            if group and any(not program.is_done for program in self._job.programs):
                try:
                    os.killpg(group, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return 0

    async def _outputs_ended(self, deadline: float | None) -> bool:
        """Wait until nothing can write any more; False if the time is over before."""
        import asyncio

        try:
            async with asyncio.timeout_at(deadline):
                await self.output.ended()
                await self.errors.ended()
        except TimeoutError:
            return False
        return True

    def __repr__(self) -> str:
        return f"<Item {self._job.text!r}>"
