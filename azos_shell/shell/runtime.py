"""The runtime: what all interpreters of one azos process share."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azos_shell.bus.dispatch import Bus
from azos_shell.bus.registry import CommandRegistry
from azos_shell.bus.services import Services
from azos_shell.shell.jobs import Job, JobTable
from azos_shell.shell.processes import ProcessTable
from azos_shell.shell.programs import ProgramCache
from azos_shell.shell.terminal import Terminal

if TYPE_CHECKING:
    import asyncio


@dataclass(slots=True)
class Runtime:
    """Processes, jobs, programs, the bus and, for an interactive shell, the terminal."""

    services: Services
    bus: Bus
    process_cwd: str
    """The directory that the process stands in: the main shell's. Subshells stand elsewhere only in their state."""
    processes: ProcessTable = field(default_factory=ProcessTable)
    programs: ProgramCache = field(default_factory=ProgramCache)
    jobs: JobTable = field(default_factory=JobTable)
    foreground: list[Job] = field(default_factory=list)
    """The jobs being waited for in the foreground, the innermost last: Ctrl-C and Ctrl-Z mean that one."""
    terminal: Terminal | None = None
    """The terminal, where job control is on."""
    interrupted: bool = False
    """SIGINT came while a program was waited for: whether it means the shell too depends on how that program ends."""
    warned_of_stopped_jobs: bool = False
    """Whether ``exit`` has already refused once because of them."""
    pid: int = field(default_factory=os.getpid)
    started: float = 0.0
    """When the shell started, by its monotonic clock."""

    pending_traps: list[str] = field(default_factory=list)
    """The signals that came and have a trap."""
    signal_defaults: dict[int, Any] = field(default_factory=dict)
    """What handled the trapped signals before."""
    _tasks: set[asyncio.Task[int]] = field(default_factory=set)

    def keep(self, task: asyncio.Task[int]) -> None:
        """Hold a task until it has ended: one that nobody holds may be collected while it runs."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def registry(self) -> CommandRegistry:
        """The commands."""
        return self.services.registry
