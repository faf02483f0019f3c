"""The processes: started by posix_spawn, waited for by SIGCHLD on the event loop or, without one, by blocking.

asyncio's child watchers don't report stopped children, so the table reaps its own: on SIGCHLD it asks waitpid(2) with
WNOHANG, WUNTRACED and WCONTINUED for each process it knows.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

from azos_shell.core.drive import loop_running
from azos_shell.core.errors import AzosError, NotExecutableError, NotFoundError
from azos_shell.shell.capture import captures_in_use
from azos_shell.shell.files import FIRST_OWN_FD, FileTable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection, Mapping, Sequence

    from azos_shell.shell.kept_programs import Tap

_PYTHON_IGNORES = [
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGXFZ") if hasattr(signal, name)
]
_JOB_SIGNALS = [signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGTERM]


class Process:
    """A program that was started. ``status`` is its exit status once it has ended (128+n for signal n)."""

    __slots__ = ("killed_by", "name", "pid", "status", "stopped_by", "tap", "waiters")

    def __init__(self, pid: int, name: str) -> None:
        self.pid = pid
        self.name = name
        self.status: int | None = None
        self.stopped_by = 0
        self.killed_by = 0
        self.tap: Tap | None = None
        """What keeps its output and passes it on, if something does."""
        self.waiters: list[asyncio.Future[None]] = []

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.status is not None

    def update(self, wait_status: int) -> None:
        """Take over what waitpid(2) said."""
        if os.WIFSTOPPED(wait_status):
            self.stopped_by = os.WSTOPSIG(wait_status)
        elif os.WIFCONTINUED(wait_status):
            self.stopped_by = 0
        elif os.WIFSIGNALED(wait_status):
            self.killed_by = os.WTERMSIG(wait_status)
            self.status = 128 + self.killed_by
            self.stopped_by = 0
        else:
            self.status = os.WEXITSTATUS(wait_status)
            self.stopped_by = 0
        wake(self.waiters)

    def kill(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.status is None:
            os.kill(self.pid, number)

    def __repr__(self) -> str:
        state = (
            f"status {self.status}"
            if self.is_done
            else f"stopped by {self.stopped_by}"
            if self.stopped_by
            else "runs"
        )
        return f"<Process {self.pid} {self.name!r} {state}>"


def wake(waiters: list[asyncio.Future[None]]) -> None:
    """Tell everyone who waits; they take themselves off the list."""
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


class ProcessTable:
    """Every process of this shell that has not been waited for."""

    def __init__(self) -> None:
        self._live: dict[int, Process] = {}
        self.on_end: Callable[[], None] | None = None
        """Called whenever a process has ended (``trap … CHLD``)."""

    # -- starting -----------------------------------------------------------------------------------------------

    def start(
        self,
        path: str,
        argv: Sequence[str],
        environment: Mapping[bytes, bytes],
        files: FileTable,
        *,
        group: int | None = None,
        job_control: bool = False,
        cwd: str | None = None,
        ignored: Collection[int] = (),
    ) -> Process:
        """Start a program and return at once.

        ``group`` is the process group to join, 0 for a new one, None for the shell's own. ``cwd`` is given only where
        it is not the process's own directory. ``ignored`` signals are ignored by the program, as exec(3) keeps what is
        ignored. Raises NotFoundError or NotExecutableError.
        """
        words = [word.encode("utf-8", "surrogateescape") for word in argv]
        # A script sees the path that it was started by: as typed, where that is one (the kernel hands it on).
        program = (argv[0] if "/" in argv[0] and path.endswith(argv[0]) else path).encode(
            "utf-8", "surrogateescape"
        )
        defaults = [*_PYTHON_IGNORES, *_JOB_SIGNALS] if job_control else _PYTHON_IGNORES
        if ignored:
            defaults = [number for number in defaults if number not in ignored]
        previous = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
        try:
            pid = _spawn(program, words, environment, files, group, defaults, cwd)
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                pid = self._start_script(path, words, environment, files, group, defaults, cwd)
            else:
                raise _translated(error, argv[0], path) from error
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        process = Process(pid, argv[0])
        self._live[pid] = process
        return process

    def _start_script(
        self,
        path: str,
        words: list[bytes],
        environment: Mapping[bytes, bytes],
        files: FileTable,
        group: int | None,
        defaults: Sequence[int],
        cwd: str | None,
    ) -> int:
        """A file without ``#!`` is a script of this shell (POSIX 2.9.1.6), unless it is binary."""
        try:
            with open(path, "rb") as file:
                if b"\0" in file.read(256):
                    raise NotExecutableError(f"{path}: cannot execute binary file")
        except OSError as error:
            raise NotExecutableError(f"{path}: {error.strerror}") from error
        script = path.encode("utf-8", "surrogateescape")
        line = [sys.executable.encode(), b"-m", b"azos_shell", b"--", script, *words[1:]]
        return _spawn(line[0], line, environment, files, group, defaults, cwd)

    # -- waiting ------------------------------------------------------------------------------------------------

    async def wait(self, process: Process) -> int:
        """Wait until the process has ended; returns its exit status."""
        if loop_running():
            while process.status is None:
                await self.changed(process)
        elif captures_in_use():
            self._empty_captures_until(process)
        elif process.status is None:
            self._block(process)
        assert process.status is not None
        return process.status

    def wait_interruptibly(self, process: Process) -> None:
        """Wait until the process has ended, without an event loop, where a signal handler may raise.

        An exception out of the handler leaves nothing half done: the process is reaped in a step of its own.
        """
        if captures_in_use():
            self._empty_captures_until(process)
        elif process.status is None:
            watched = _watch(process)
            try:
                if watched >= 0:
                    poll = select.poll()
                    poll.register(watched, select.POLLIN)
                    poll.poll()
            finally:
                if watched >= 0:
                    os.close(watched)
            self._block(process)

    async def changed(self, process: Process) -> None:
        """Wait until the process has ended, stopped or gone on. Needs the event loop."""
        import asyncio

        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        process.waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in process.waiters:
                process.waiters.remove(waiter)

    def reap(self) -> None:
        """Take over what has become of every process, without blocking."""
        for process in list(self._live.values()):
            try:
                pid, status = os.waitpid(process.pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:  # somebody else reaped it: its status is lost
                self._forget(process, 127 << 8)
                continue
            if pid:
                if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
                    process.update(status)
                else:
                    self._forget(process, status)

    def attach_to_loop(self) -> None:
        """Reap on SIGCHLD from now on."""
        import asyncio

        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self.reap)
        for capture in captures_in_use():
            capture.attach_to_loop()
        self.reap()

    @property
    def live(self) -> list[Process]:
        """The processes that have not ended."""
        return list(self._live.values())

    def _block(self, process: Process) -> None:
        try:
            _, status = os.waitpid(process.pid, 0)
        except ChildProcessError:
            status = 127 << 8
        self._forget(process, status)

    def _forget(self, process: Process, status: int) -> None:
        self._live.pop(process.pid, None)
        process.update(status)
        if self.on_end is not None:
            self.on_end()

    def _empty_captures_until(self, process: Process) -> None:
        """Wait for the process and empty the pipes that it, or another, may be writing to."""
        poll = select.poll()
        watched = _watch(process)
        try:
            if watched >= 0:
                poll.register(watched, select.POLLIN)
            captures = {capture.reader: capture for capture in captures_in_use()}
            for reader in captures:
                poll.register(reader, select.POLLIN)
            while process.status is None:
                ready = poll.poll(None if watched >= 0 else 5)
                for fd, _ in ready:
                    if fd in captures and captures[fd].empty():
                        poll.unregister(fd)
                if watched < 0 or any(fd == watched for fd, _ in ready):
                    pid, status = os.waitpid(process.pid, os.WNOHANG)
                    if pid:
                        self._forget(process, status)
        except ChildProcessError:
            self._forget(process, 127 << 8)
        finally:
            if watched >= 0:
                os.close(watched)

    def __repr__(self) -> str:
        return f"<ProcessTable {len(self._live)} live>"


def _watch(process: Process) -> int:
    """A descriptor that is readable once the process has ended; -1 where there is no such thing."""
    try:
        return os.pidfd_open(process.pid)
    except (OSError, AttributeError):
        return -1


def _spawn(
    program: bytes,
    words: list[bytes],
    environment: Mapping[bytes, bytes],
    files: FileTable,
    group: int | None,
    defaults: Sequence[int],
    cwd: str | None,
) -> int:
    mapped = files.spawn_map()
    targets = {number for number, _ in mapped}
    aside: list[int] = []
    duplicates: list[tuple[int, int]] = []
    for number, fd in mapped:
        if (
            fd in targets and fd != number
        ):  # another dup2 would overwrite this source first: take a copy out of its way
            fd = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(FIRST_OWN_FD, *targets) + 1)
            aside.append(fd)
        duplicates.append((fd, number))
    try:
        if cwd is not None:
            from azos_shell.shell.spawn_elsewhere import spawn_elsewhere

            return spawn_elsewhere(
                program,
                words,
                environment,
                directory=cwd.encode("utf-8", "surrogateescape"),
                duplicates=duplicates,
                closed=files.missing(),
                defaults=defaults,
                group=group,
            )
        actions: list[tuple[int, int] | tuple[int, int, int]] = []
        actions += [(os.POSIX_SPAWN_DUP2, fd, number) for fd, number in duplicates]
        actions += [(os.POSIX_SPAWN_CLOSE, number) for number in files.missing()]
        options: dict[str, Any] = {} if group is None else {"setpgroup": group}
        return os.posix_spawn(
            program, words, environment, file_actions=actions, setsigdef=defaults, **options
        )
    finally:
        for fd in aside:
            os.close(fd)


def _translated(error: OSError, name: str, path: str) -> AzosError:
    """The shell's error for what exec(3) said (126 and 127 as POSIX 2.8.2 has them)."""
    if error.errno == errno.ENOENT:
        if os.path.exists(path):
            return NotExecutableError(f"{name}: its interpreter is missing ({_interpreter(path)})")
        return NotFoundError(f"{name}: no such file or directory")
    if error.errno == errno.EACCES and os.path.isdir(path):
        return NotExecutableError(f"{name}: is a directory")
    if error.errno == errno.E2BIG:
        return NotExecutableError(f"{name}: argument list too long")
    return NotExecutableError(f"{name}: {os.strerror(error.errno or 0)}")


def _interpreter(path: str) -> str:
    try:
        with open(path, "rb") as file:
            line = file.readline(256)
    except OSError:
        return "?"
    return line[2:].strip().decode("utf-8", "replace") if line.startswith(b"#!") else "the dynamic loader"
