"""The runtime: what all interpreters of one azos process share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from azos_shell.bus.dispatch import Bus
from azos_shell.bus.registry import CommandRegistry
from azos_shell.bus.services import Services
from azos_shell.shell.jobs import Job
from azos_shell.shell.processes import ProcessTable
from azos_shell.shell.programs import ProgramCache
from azos_shell.shell.terminal import Terminal

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from azos_shell.shell.kept_lines import KeptLines


class Runtime:
    """Processes, jobs, programs, the bus and, for an interactive shell, the terminal."""

    def __init__(self, services: Services, bus: Bus, *, process_cwd: str) -> None:
        self.services = services
        self.bus = bus
        self.process_cwd = process_cwd
        """The directory that the process stands in: the main shell's. Subshells stand elsewhere in their state only."""
        self.processes = ProcessTable()
        self.programs = ProgramCache()
        self.foreground: list[Job] = []
        """The jobs being waited for in the foreground, the innermost last: Ctrl-C and Ctrl-Z mean that one."""
        self.terminal: Terminal | None = None
        """The terminal, where job control is on."""
        self.kept: KeptLines | None = None
        """What earlier command lines wrote, where that is kept (``last``)."""
        self.interrupted = False
        """SIGINT came while a program was waited for: what it means for the shell depends on how that program ends."""
        self.pages_tables = True
        """Whether a table that is longer than the screen goes through the pager."""
        self.warned_of_stopped_jobs = False
        """Whether ``exit`` has already refused once because of them."""
        self.pending_traps: list[str] = []
        """The signals that came and have a trap."""
        self.trap_waiter: asyncio.Future[int] | None = None
        """What a trapped signal completes while ``wait`` waits on the event loop."""
        self.wait_is_interruptible = False
        """Whether ``wait`` blocks, without an event loop."""
        self.signal_defaults: dict[int, Any] = {}
        """What handled the trapped signals before."""
        self.is_login = False
        """Whether it is a login shell (``-l``)."""
        self.script = ""
        """The script file that is run, if one is."""
        self.pid = os.getpid()
        self.started = services.clock.monotonic()
        self.steps = 0
        """Simple commands run: every now and then one lets other tasks of the event loop have a turn."""
        self.waiting_in_foreground = 0
        """How many waits for a program in the foreground are under way: Ctrl-C is theirs."""
        self.tasks: set[asyncio.Task[int]] = set()
        self._interrupt_takers: list[tuple[Job | None, Callable[[], None]]] = []

    def take_interrupts(self, taker: Callable[[], None]) -> None:
        """Ctrl-C is told to ``taker`` and does nothing else, while the job in the foreground is the one of now.

        The taker may be called from a signal handler.
        """
        self._interrupt_takers.append((self._foreground_job, taker))

    def leave_interrupts(self, taker: Callable[[], None]) -> None:
        """End what ``take_interrupts`` began."""
        self._interrupt_takers = [one for one in self._interrupt_takers if one[1] != taker]

    def interrupt_is_taken(self) -> bool:
        """Tell of a Ctrl-C whoever takes it; False if nobody does."""
        for job, taker in reversed(self._interrupt_takers):
            if job is self._foreground_job:
                taker()
                return True
        return False

    @property
    def _foreground_job(self) -> Job | None:
        return self.foreground[-1] if self.foreground else None

    def keep(self, task: asyncio.Task[int]) -> None:
        """Hold a task until it has ended: one that nobody holds may be collected while it runs."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def registry(self) -> CommandRegistry:
        """The commands."""
        return self.services.registry

    def __repr__(self) -> str:
        return f"<Runtime {self.pid} {self.processes!r}>"
