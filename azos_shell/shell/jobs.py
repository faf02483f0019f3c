"""The jobs: pipelines as the user sees them, with numbers, states and notices (POSIX XCU 2.11, 3.204).

A job has members: processes, and tasks of the shell itself (a built-in, a group or a subshell in the background). A
task has no process id; it gets a number above every possible one, which ``$!``, ``wait`` and ``kill`` understand.
"""

from __future__ import annotations

import contextvars
import os
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.language.visible import visible
from azos_shell.shell.gate import Gate
from azos_shell.shell.processes import Process, wake

if TYPE_CHECKING:
    import asyncio

_BY_TERMINAL = frozenset({signal.SIGTTIN, signal.SIGTTOU})
_FIRST_TASK_PID = 1 << 22
"""PID_MAX_LIMIT of Linux on 64 bits: no process has this number or a higher one."""


class Follower(Protocol):
    """What stops and goes on with a member."""

    def signal(self, number: int) -> None:
        """The member gets this signal, which stops it."""

    def go_on(self) -> None:
        """The member goes on."""


_current: contextvars.ContextVar[TaskMember | None] = contextvars.ContextVar(
    "the member that runs", default=None
)


class TaskMember:
    """A part of a job that runs inside the shell."""

    __slots__ = (
        "_release",
        "_work",
        "followers",
        "gate",
        "killed_by",
        "name",
        "pid",
        "status",
        "takes_signal",
        "task",
        "waiters",
        "waiting_for",
    )
    _next_pid = _FIRST_TASK_PID

    def __init__(self, work: Coroutine[Any, Any, int], name: str, release: Callable[[], None]) -> None:
        """``release`` gives back what ``work`` holds; it is called at the end, also if ``work`` never began."""
        import asyncio

        self.gate = Gate()
        self.followers: set[Follower] = set()
        """What is part of its work (jobs that it has started, a screen that it has taken) stops and goes on with it."""
        self._work = work
        self._release = release
        self.takes_signal: Callable[[int], bool] | None = None
        """Asked whether a signal that would end it has a trap."""
        context = contextvars.copy_context()
        context.run(_current.set, self)
        loop = asyncio.get_running_loop()
        self.task: asyncio.Task[int] = loop.create_task(_whole(self.gate, work), context=context)
        self.name = name
        self.pid = TaskMember._next_pid
        TaskMember._next_pid += 1
        self.status: int | None = None
        self.killed_by = 0
        self.waiting_for: Process | None = None
        """The program that it waits for: while that is stopped, so is this."""
        self.waiters: list[asyncio.Future[None]] = []
        self.task.add_done_callback(self._ended)

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.status is not None

    @property
    def stopped_by(self) -> int:
        """The signal that stopped it, or the program it waits for; else 0."""
        if self.gate.is_closed:
            return signal.SIGTSTP
        return self.waiting_for.stopped_by if self.waiting_for is not None else 0

    def waits_for(self, program: Process | None) -> None:
        """It waits for a program from now on, or for none any more; who watches it watches that, too."""
        self.waiting_for = program
        wake(self.waiters)

    def kill(self, number: int) -> None:
        """Do what the signal would do to a process: stop it, continue it, end it, or nothing."""
        if self.status is not None or number in (0, signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG):
            return
        if number == signal.SIGCONT:
            self.gate.open()
            self._hand_on(number)
        elif number in (signal.SIGTSTP, signal.SIGSTOP, signal.SIGTTIN, signal.SIGTTOU):
            self.gate.close()
            self._hand_on(number)
        elif self.takes_signal is None or not self.takes_signal(number):
            self.killed_by = number
            self.gate.open()
            self.task.cancel()
        wake(self.waiters)

    def _hand_on(self, number: int) -> None:
        for follower in self.followers:
            follower.go_on() if number == signal.SIGCONT else follower.signal(number)

    def _ended(self, task: asyncio.Task[int]) -> None:
        self._work.close()
        self._release()
        if task.cancelled():
            self.killed_by = self.killed_by or signal.SIGINT
            self.status = 128 + self.killed_by
        elif (error := task.exception()) is not None:
            self.status = 1
            context = {
                "message": f"a background command broke: {visible(self.name)}",
                "exception": error,
                "task": task,
            }
            task.get_loop().call_exception_handler(context)
        else:
            self.status = task.result()
            if self.status != 128 + self.killed_by:
                self.killed_by = 0
        wake(self.waiters)

    def __repr__(self) -> str:
        return f"<TaskMember {self.name!r} {'runs' if self.status is None else self.status}>"


def member_that_runs() -> TaskMember | None:
    """The member whose task, or a task of whose making, asks; None for the shell's own."""
    return _current.get()


Member = Process | TaskMember


class Job:
    """One pipeline in its own process group."""

    def __init__(self, text: str, *, in_background: bool) -> None:
        self.text = text
        self.number = 0
        self.group = 0
        self.members: list[Member] = []
        self.programs: list[Process] = []
        """The programs in its group that live: members, and what its tasks run."""
        self.in_background = in_background
        self.is_item = False
        """Whether it is one of many (``map``): in a process group of its own, so that it ends as a whole."""
        self.told: str = ""
        """The state that the user was last told of."""
        self.terminal_modes: list[Any] | None = None
        self.disowned = False

    @property
    def pid(self) -> int:
        """What ``$!`` says: the last member's process id."""
        return self.members[-1].pid if self.members else 0

    @property
    def is_done(self) -> bool:
        """Whether every member has ended."""
        return all(member.is_done for member in self.members)

    @property
    def is_stopped(self) -> bool:
        """Whether it stands still: nothing of it runs, and something is stopped."""
        left = [member for member in self.members if not member.is_done]
        stopped = [member.stopped_by for member in left if member.stopped_by]
        # The terminal stops a whole group: who joined it a moment later has nothing to do but wait for the others.
        return bool(stopped) and (len(stopped) == len(left) or bool(_BY_TERMINAL.intersection(stopped)))

    @property
    def statuses(self) -> list[int]:
        """The members' exit statuses; a stopped one's is 128 + its signal."""
        return [
            member.status if member.status is not None else 128 + member.stopped_by for member in self.members
        ]

    @property
    def state(self) -> str:
        """``Running``, ``Stopped``, ``Done``, ``Exit 3``, ``Terminated`` …, as bash words them."""
        if self.is_stopped:
            return "Stopped"
        if not self.is_done:
            return "Running"
        last = self.members[-1]
        if last.killed_by:
            return describe_signal(last.killed_by)
        return f"Exit {last.status}" if last.status else "Done"

    @property
    def has_program(self) -> bool:
        """Whether a program of its group is known to live."""
        return not all(program.is_done for program in self.programs)

    def signal(self, number: int) -> None:
        """Send every member a signal; a stopped job is woken so that it can die."""
        members = [member for member in self.members if not member.is_done]
        processes = [member for member in members if isinstance(member, Process)]
        try:
            if self.group and self.has_program:
                os.killpg(self.group, number)
                if number in (signal.SIGTERM, signal.SIGHUP) and self.is_stopped:
                    os.killpg(self.group, signal.SIGCONT)
            else:
                for process in processes:
                    process.kill(number)
        except ProcessLookupError:
            pass
        for member in members:
            if isinstance(member, TaskMember):
                member.kill(number)

    def spread_signals(self) -> None:
        """What the terminal's Ctrl-C and Ctrl-Z did to the job's processes, do to its tasks: they share its fate."""
        processes = [member for member in self.members if isinstance(member, Process)]
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            if any(process.killed_by == number or process.stopped_by == number for process in processes):
                for member in self.members:
                    if isinstance(member, TaskMember) and not member.is_done and not member.stopped_by:
                        member.kill(number)

    def go_on(self) -> None:
        """Continue a stopped job; it counts as running at once, before the kernel says so."""
        self.signal(signal.SIGCONT)
        for program in (*self.members, *self.programs):
            if isinstance(program, Process):
                program.stopped_by = 0

    async def changed(self) -> None:
        """Wait until something about a member that has not ended changes. Needs the event loop."""
        await any_changed([self])

    def __repr__(self) -> str:
        return f"<Job {self.number} {self.state} {self.text!r} {self.members}>"


async def any_changed(jobs: Iterable[Job]) -> None:
    """Wait until something about a member, of any of the jobs, that has not ended changes. Needs the event loop."""
    import asyncio

    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = [member for job in jobs for member in job.members if not member.is_done]
    for member in left:
        member.waiters.append(waiter)
    programs = [member.waiting_for for member in left if isinstance(member, TaskMember)]
    watched = [*left, *(program for program in programs if program is not None)]
    for one in watched[len(left) :]:
        one.waiters.append(waiter)
    try:
        if left:
            await waiter
    finally:
        for one in watched:
            if waiter in one.waiters:
                one.waiters.remove(waiter)


@frozen
class JobStatistics:
    """How many jobs are in which state."""

    running: int
    stopped: int
    done: int


class JobTable:
    """The jobs of one shell by number, and which of them ``%+`` and ``%-`` are.

    A subshell has a table of its own: it can see and signal the jobs of the shell it came from (``parent``), but they
    are not its to wait for.
    """

    def __init__(self, parent: JobTable | None = None) -> None:
        self.parent = parent
        self._jobs: dict[int, Job] = {}
        self._recent: list[int] = []
        self._statuses: dict[int, int] = {}

    def add(self, job: Job) -> None:
        """Give the job the lowest number above all in use."""
        job.number = max(self._jobs, default=0) + 1
        self._jobs[job.number] = job
        self.touch(job)

    def touch(self, job: Job) -> None:
        """Make it the current job."""
        if job.number in self._recent:
            self._recent.remove(job.number)
        self._recent.append(job.number)

    def remove(self, job: Job) -> None:
        """Forget the job; its status stays known to ``wait PID``."""
        if self._jobs.pop(job.number, None) is not None:
            self._recent.remove(job.number)
        for member in job.members:
            if member.status is not None:
                self._statuses[member.pid] = member.status
        while len(self._statuses) > 1024:  # POSIX asks for CHILD_MAX; nobody waits for more
            del self._statuses[next(iter(self._statuses))]

    def current(self) -> Job | None:
        """``%+``: the job stopped last, else the one started last."""
        ordered = self._by_recency()
        return ordered[0] if ordered else None

    def previous(self) -> Job | None:
        """``%-``."""
        ordered = self._by_recency()
        return ordered[1] if len(ordered) > 1 else self.current()

    def mark(self, job: Job) -> str:
        """``+``, ``-`` or a blank, as ``jobs`` shows."""
        ordered = self._by_recency()
        return "+" if ordered[:1] == [job] else "-" if ordered[1:2] == [job] else " "

    def visible(self) -> JobTable:
        """The jobs to be listed: a subshell that has none lists those of the shell it came from."""
        table = self
        while not table._jobs and table.parent is not None:
            table = table.parent
        return table

    def find(self, spec: str) -> Job:
        """The job that ``%1``, ``%+``, ``%%``, ``%-``, ``%name`` or ``%?text`` names. Raises AzosError."""
        if spec in ("%", "%%", "%+", "+", ""):
            found = self.current()
        elif spec in ("%-", "-"):
            found = self.previous()
        elif spec.removeprefix("%").isdecimal():
            found = self._jobs.get(int(spec.removeprefix("%")))
        else:
            found = self._by_text(spec.removeprefix("%"))
        if found is None:
            raise AzosError(f"{spec or 'current'}: no such job")
        return found

    def by_pid(self, pid: int) -> Job | None:
        """The job that has this member."""
        return next((job for job in self._jobs.values() if any(m.pid == pid for m in job.members)), None)

    def past_status(self, pid: int) -> int | None:
        """The exit status of a member of a job that was removed."""
        return self._statuses.get(pid)

    def changes(self) -> list[Job]:
        """The background or stopped jobs whose state the user was not told yet; the ones that ended are removed."""
        told = []
        for job in list(self._jobs.values()):
            state = job.state
            if state != "Running" and state != job.told:
                told.append(job)
        return told

    def statistics(self) -> JobStatistics:
        """How many are in which state."""
        stopped = sum(job.is_stopped for job in self._jobs.values())
        done = sum(job.is_done for job in self._jobs.values())
        return JobStatistics(len(self._jobs) - stopped - done, stopped, done)

    def _by_recency(self) -> list[Job]:
        jobs = [self._jobs[number] for number in reversed(self._recent)]
        return [job for job in jobs if job.is_stopped] + [job for job in jobs if not job.is_stopped]

    def _by_text(self, text: str) -> Job | None:
        if text.startswith("?"):
            matching = [job for job in self._jobs.values() if text[1:] in job.text]
        else:
            matching = [job for job in self._jobs.values() if job.text.startswith(text)]
        if len(matching) > 1:
            raise AzosError(f"%{text}: ambiguous job")
        return matching[0] if matching else None

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        return f"<JobTable {list(self._jobs.values())}>"


def describe_signal(number: int) -> str:
    """``Terminated``, ``Segmentation fault`` …"""
    return signal.strsignal(number) or f"Signal {number}"


async def _whole(gate: Gate, work: Coroutine[Any, Any, int]) -> int:
    return await gate.through(work)
