"""The run: a command under ``memo`` that has to be run after all, its outputs passed on as they come and kept.

Both outputs go through pipes, so that what comes is seen; standard input, the working directory and the process group
are as they would be without ``memo``, and so is what Ctrl-C and Ctrl-Z do.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from azos_shell.bus.flight import PATIENCE_SECONDS
from azos_shell.cache.entry import STDERR, STDOUT
from azos_shell.core.drive import ensure_loop
from azos_shell.shell import jobcontrol
from azos_shell.shell.files import OpenFile, new_pipe
from azos_shell.shell.jobs import Job
from azos_shell.shell.readiness import readable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Sequence

    from azos_shell.bus.call import Call, Output
    from azos_shell.cache.entry import Said
    from azos_shell.cache.trace_log import Accesses
    from azos_shell.commands.memo_input import MemoInput
    from azos_shell.commands.memo_request import Request
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.processes import Process

MARK = "/azos/memo/begins/here"
"""A name that the azos which runs a command line looks for (in vain) before it begins: what its trace shows before that
is its own start."""

_READ_BYTES = 65536
_LINGERING_SECONDS = 0.2
_TRACE_PATIENCE_SECONDS = 2.0
"""After this long the trace is not whole: something that the program left behind goes on."""


class Recording:
    """What was said so far, of at most ``room_bytes``; beyond that nothing is kept."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self.said: list[Said] = []
        self.size_bytes = 0
        self.reader_gone = False

    def add(self, stream: int, data: bytes) -> None:
        """Keep a piece."""
        self.size_bytes += len(data)
        if self.size_bytes <= self._room_bytes:
            self.said.append((stream, data))
        else:
            self.said.clear()

    @property
    def is_whole(self) -> bool:
        """Whether all that was said is here."""
        return self.size_bytes <= self._room_bytes


class MemoRun:
    """One run. ``strace`` is the tracer's path, or None for a run that is not traced."""

    def __init__(
        self,
        call: Call,
        request: Request,
        standard_input: MemoInput,
        environment: dict[bytes, bytes],
        *,
        strace: str | None,
        room_bytes: int,
        is_silent: bool,
        on_stall: Callable[[], None],
    ) -> None:
        self._call = call
        self._shell: Interpreter = call.shell
        self._request = request
        self._input = standard_input
        self._environment = environment
        self._strace = strace
        self._is_silent = is_silent
        self._on_stall = on_stall
        self._log = ""
        self._stopped = False
        self._left_behind = False
        self._readers: set[int] = set()
        self.recording = Recording(room_bytes)
        self.status = 0
        self.cost_seconds = 0.0
        self.started_wall_ns = 0
        self.clock_jumped = False
        self.killed_by = 0

    async def to_end(self) -> int:
        """Run it; returns the exit status. Raises NotFoundError and kin, and Interrupted for Ctrl-C."""
        await ensure_loop()
        path, argv = self._command()
        shell = self._shell
        files = shell.state.files.fork()
        merged = files.get(1) is files.get(2)
        reader, writer = new_pipe()
        error_reader, error_writer = (-1, -1) if merged else new_pipe()
        stdout = OpenFile(writer)
        files.assign(1, stdout)
        files.assign(2, stdout if merged else OpenFile(error_writer))
        replaced, feeder = self._input.file_for_program()
        if replaced is not None:
            files.assign(0, replaced)
        started, self.started_wall_ns = time.monotonic(), time.time_ns()
        copies: list[Coroutine[Any, Any, None]] = []
        try:
            process, job = self._start(path, argv, files)
            copies.append(self._copy(reader, STDOUT, self._call.stdout))
            if not merged:
                copies.append(self._copy(error_reader, STDERR, self._call.stderr))
        except BaseException:
            for fd in (reader, error_reader):
                if fd >= 0:
                    os.close(fd)
            if feeder is not None:
                feeder.cancel()
            raise
        finally:
            files.release()
        await self._joined(copies, process, job, feeder)
        self.cost_seconds = time.monotonic() - started
        wall_seconds = (time.time_ns() - self.started_wall_ns) / 1e9
        self.clock_jumped = abs(wall_seconds - self.cost_seconds) > 0.5
        self.killed_by = process.killed_by
        if self._log and not self._left_behind:
            await self._written_out()
        return self.status

    async def _written_out(self) -> None:
        """Wait for the end of the trace, which may come a little later than that of the program."""
        import asyncio

        from azos_shell.cache.tracer import PAUSE_SECONDS, is_written_out

        deadline = time.monotonic() + _TRACE_PATIENCE_SECONDS
        while not is_written_out(self._log) and time.monotonic() < deadline:  # noqa: ASYNC110 - a file tells no event
            await asyncio.sleep(PAUSE_SECONDS)

    def accesses(self) -> Accesses | None:
        """What the trace shows; None for a run that was not traced."""
        if not self._log:
            return None
        from azos_shell.cache.trace_log import parse

        with open(self._log, "rb") as file:
            data = file.read()
        begin = data.find(f'"{MARK}"'.encode()) if self._request.program is None else -1
        if begin < 0:
            return parse(data, self._shell.state.cwd)
        return parse(data[data.find(b"\n", begin) + 1 :], self._shell.state.cwd, from_the_middle=True)

    @property
    def was_stopped(self) -> bool:
        """Whether it goes on as a stopped job: nothing of it can be kept then."""
        return self._stopped

    def discard(self) -> None:
        """Take the trace away."""
        if self._log:
            try:
                os.unlink(self._log)
            except OSError:
                pass

    # -- inside ----------------------------------------------------------------------------------------------

    def _command(self) -> tuple[str, list[str]]:
        """The program to start and its words, the tracer before them where there is one."""
        request = self._request
        if request.program is not None:
            path, argv = request.program, list(request.words)
        else:
            path = sys.executable
            text = f"[ -e {MARK} ]\n{request.text}"
            argv = [path, "-P", "-m", "azos_shell", "-c", text, "azos", *request.positional]
        if self._strace is None:
            return path, argv
        from azos_shell.cache.tracer import command, new_log

        self._log = new_log(self._shell.runtime.services.places.cache_dir)
        name = argv[0] if self._finds_itself(path, argv[0]) else path
        return self._strace, [
            *command(self._log, strace=self._strace, reads=self._input.is_terminal),
            name,
            *argv[1:],
        ]

    def _finds_itself(self, path: str, name: str) -> bool:
        """Whether the tracer, which looks names up in the PATH of the environment, finds that same program."""
        if "/" in name:
            return True
        from azos_shell.shell.programs import search

        search_path = self._environment.get(b"PATH", b"").decode("utf-8", "surrogateescape")
        return search(name, search_path, self._shell.cwd) == path

    def _start(self, path: str, argv: list[str], files: Any) -> tuple[Process, Job | None]:
        shell = self._shell
        job = None
        if jobcontrol.has_job_control(shell) and shell.job is None:
            job = Job(f"memo {self._request.label}", in_background=False)
        process = jobcontrol.start_program(
            shell, path, argv, self._environment, files, job if job is not None else shell.job
        )
        return process, job

    async def _joined(
        self,
        copies: list[Coroutine[Any, Any, None]],
        process: Process,
        job: Job | None,
        feeder: Any,
    ) -> None:
        """Wait for the program and for all that it, and what it left behind, says."""
        import asyncio

        shell = self._shell
        copying = [asyncio.ensure_future(copy) for copy in copies]
        try:
            if job is None:
                self.status = await jobcontrol.wait_for(shell, process)
            else:
                self.status = (await jobcontrol.in_foreground(shell, job))[-1]
                if job.is_stopped:
                    self._go_on_by_itself(copying)
                    return
            await self._said_all(copying)
        except BaseException:
            for copy in copying:
                copy.cancel()
            raise
        finally:
            if feeder is not None and not self._stopped:
                feeder.cancel()
                await asyncio.wait({feeder})

    async def _said_all(self, copying: Sequence[asyncio.Future[None]]) -> None:
        """Wait until nobody can say anything any more; strace, which only keeps the files open, does not count."""
        import asyncio

        pending: set[asyncio.Future[None]] = set(copying)
        while pending:
            done, pending = await asyncio.wait(pending, timeout=_LINGERING_SECONDS if self._log else None)
            for copy in done:
                copy.result()
            if pending and not done and self._only_strace_lingers():
                self._left_behind = True
                for copy in pending:
                    copy.cancel()
                await asyncio.wait(pending)
                return

    def _only_strace_lingers(self) -> bool:
        from azos_shell.cache.tracer import is_held_by_strace_alone

        return all(is_held_by_strace_alone(reader) for reader in self._readers)

    def _go_on_by_itself(self, copying: Sequence[asyncio.Future[None]]) -> None:
        """It was stopped: what it says when it goes on is passed on, and no more."""
        import asyncio

        self._stopped = True

        async def rest() -> int:
            await asyncio.wait(copying)
            return 0

        self._shell.runtime.keep(asyncio.get_running_loop().create_task(rest()))

    async def _drained(self, output: Output) -> None:
        """Wait for a slow reader; nobody else shall wait with us for a reader who does not go on."""
        import asyncio

        if not getattr(output, "pending", 0):
            await output.drain()
            return
        drained = asyncio.ensure_future(output.drain())
        try:
            done, _ = await asyncio.wait({drained}, timeout=PATIENCE_SECONDS)
            if not done:
                self._on_stall()
            await drained
        except asyncio.CancelledError:
            drained.cancel()
            raise

    async def _copy(self, reader: int, stream: int, output: Output) -> None:
        self._readers.add(reader)
        try:
            while True:
                await readable(reader)
                data = os.read(reader, _READ_BYTES)
                if not data:
                    return
                self.recording.add(stream, data)
                if self._is_silent:
                    continue
                output.write(data)
                await self._drained(output)
        except BrokenPipeError:  # the program is to learn of it as if it had written there itself
            self.recording.reader_gone = True
        finally:
            self._readers.discard(reader)
            os.close(reader)
