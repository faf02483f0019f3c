"""The interactive shell: what the prompt asks of the shell behind it, and the signals of a session."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from azos_shell.app import RECURSION_LIMIT, App, Invocation, die_by
from azos_shell.core import drive
from azos_shell.core.errors import AzosError
from azos_shell.language.errors import IncompleteInput, ShellSyntaxError
from azos_shell.language.parser import Parser, parse
from azos_shell.observability.monitor import PerformanceMonitor
from azos_shell.repl.host import Figures
from azos_shell.shell import jobcontrol
from azos_shell.shell.control import FunctionReturn, Interrupted, LoopExit, ShellExit
from azos_shell.shell.kept_output import start_keeping
from azos_shell.shell.terminal import Terminal

if TYPE_CHECKING:
    from azos_shell.storage.history import HistoryStore

_LINE = "line"

TIDY_SECONDS = 30.0
"""How often idle connections are looked for: half of the 60 s after which one counts as idle."""


def run_interactive(app: App, invocation: Invocation) -> int:
    """Run the prompt until ``exit``, Ctrl-D or the end of the terminal."""
    sys.setrecursionlimit(RECURSION_LIMIT)
    session = Session(app, invocation)
    try:
        return drive.run(session.run(), with_loop=True)
    finally:
        session.close()


class Session:
    """One interactive session: the host of the prompt (``repl.host.ReplHost``)."""

    def __init__(self, app: App, invocation: Invocation) -> None:
        self._app = app
        self._shell = app.shell
        self._runtime = app.runtime
        self._invocation = invocation
        self._foreground: asyncio.Task[int] | None = None
        self._last_seconds: float | None = None
        self._lines = PerformanceMonitor(app.runtime.services.clock.monotonic)
        """Whole command lines, for the status bar; ``stats`` shows the commands in them."""
        self._dying_of: int | None = None
        self._prompt: asyncio.Task[int] | None = None
        self.exit_status: int | None = None

    # -- the session --------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Take the terminal, read the user's ``azosrc``, and prompt to the end."""
        self._runtime.processes.attach_to_loop()
        self._runtime.terminal = Terminal.take(0)
        self._shell.state.options.monitor = self._runtime.terminal is not None
        self._shell.state.options.histexpand = dict(self._invocation.options).get("histexpand", True)
        self._attach_signals()
        start_keeping(self._shell)
        status = 0
        tidying = asyncio.ensure_future(self._tidy())
        try:
            await self._read_startup_files()
            if self._invocation.command is not None:
                return await self.execute(self._invocation.command)
            if self.exit_status is None:
                from azos_shell.repl.loop import run

                self._prompt = asyncio.ensure_future(run(self, vi=self._app.settings.editing_mode == "vi"))
                status = await self._prompt
        except asyncio.CancelledError:
            if self._dying_of is None:
                raise
        finally:
            tidying.cancel()
            self._hang_up_jobs()
            await self._runtime.services.aclose()
        return status if self.exit_status is None else self.exit_status

    def close(self) -> None:
        """Write what is still queued; then, if a signal asked for the end, die of it."""
        self._runtime.services.close(timeout_seconds=1.0)
        for message in self._app.warnings:
            self._shell.tell(message)
        if self._dying_of is not None:
            die_by(self._dying_of)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            await self._runtime.services.tidy()

    def _attach_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_by, number)

    def _interrupt(self) -> None:
        """Ctrl-C while the shell itself is at work: end that command."""
        if self._runtime.interrupt_is_taken():
            return
        if self._runtime.foreground:
            self._runtime.foreground[-1].signal(signal.SIGINT)
        elif self._foreground is not None:
            self._foreground.cancel()

    def _stop(self) -> None:
        """Ctrl-Z while a command of the shell's own is in the foreground."""
        if self._runtime.foreground:
            self._runtime.foreground[-1].signal(signal.SIGTSTP)

    def _end_by(self, number: int) -> None:
        """SIGTERM or SIGHUP: stop everything, save, and die of it."""
        self._dying_of = number
        self.exit_status = 128 + number
        if self._foreground is not None:
            self._foreground.cancel()
        if self._prompt is not None:
            self._prompt.cancel()

    def _hang_up_jobs(self) -> None:
        """Jobs are told that the session ends (POSIX: SIGHUP, and SIGCONT for stopped ones)."""
        if self._runtime.terminal is None:
            return
        for job in self._shell.jobs:
            if not job.is_done and not job.disowned and (self._dying_of is not None or job.is_stopped):
                job.signal(signal.SIGHUP)

    async def _read_startup_files(self) -> None:
        """The profiles of a login, the file that ``ENV`` names (POSIX XCU sh), then the user's ``azosrc``."""
        if self._invocation.no_rc:
            return
        paths = self._app.profiles() if self._invocation.login else []
        if environment_file := self._shell.get("ENV"):
            paths.append(await self._app.expanded(environment_file))
        if (directory := self._runtime.services.places.config_dir) is not None:
            paths.append(os.path.join(directory, "azosrc"))
        for path in paths:
            text = self._app.startup_text(path)
            if text is not None and self.exit_status is None:
                await self._to_end(text, path)

    # -- what the prompt asks for (ReplHost) --------------------------------------------------------------------

    async def execute(self, text: str) -> int:
        """Run one complete input."""
        clock = self._runtime.services.clock
        started = clock.monotonic()
        self._runtime.bus.last_seconds = None
        kept = self._runtime.kept
        if kept is not None:
            kept.begin(text.strip())
        warned = self._runtime.warned_of_stopped_jobs
        self._foreground = asyncio.ensure_future(self._to_end(text, "azos"))
        try:
            await asyncio.wait({self._foreground})
            status = 128 + signal.SIGINT if self._foreground.cancelled() else self._foreground.result()
        except asyncio.CancelledError:
            self._foreground.cancel()
            await asyncio.wait({self._foreground})
            raise
        finally:
            self._foreground = None
            if kept is not None:
                kept.end()
        if warned:  # by the line before, and this one did not leave
            self._runtime.warned_of_stopped_jobs = False
        self._last_seconds = clock.monotonic() - started
        self._lines.record(_LINE, self._last_seconds, failed=status != 0)
        self._shell.state.last_status = status
        return status

    async def _to_end(self, text: str, name: str) -> int:
        shell = self._shell
        try:
            return await shell.run_parser(Parser(text, name=name, aliases=shell.state.aliases.get))
        except ShellExit as end:
            self.exit_status = end.status
            return end.status
        except Interrupted:
            return shell.state.last_status or 128 + signal.SIGINT
        except (FunctionReturn, LoopExit):
            return shell.state.last_status
        except BrokenPipeError:
            return 128 + signal.SIGPIPE
        except AzosError as error:
            shell.tell(error.message)
            return error.status
        except RecursionError:
            shell.tell("nested too deeply")
            return 2
        except asyncio.CancelledError:
            shell.state.files.get(2).write(b"\n")
            raise

    def is_unfinished(self, text: str) -> bool:
        """Whether more lines must follow."""
        try:
            parse(text, aliases=self._shell.state.aliases.get)
        except IncompleteInput:
            return True
        except ShellSyntaxError:
            return False
        return False

    def figures(self) -> Figures:
        """What the status bar shows."""
        services = self._runtime.services
        measured = self._lines.statistics(_LINE)
        made = services.__dict__
        jobs = self._shell.jobs.statistics()
        results = services.results.statistics() if "results" in made else None
        return Figures(
            last_seconds=self._last_seconds,
            last_status=self._shell.state.last_status,
            p95_seconds=measured.p95_seconds if measured.count else None,
            rss_bytes=services.resident_bytes(),
            hit_rate=results.hit_rate if results is not None and results.hits + results.misses else None,
            queued=services.lanes.waiting if "lanes" in made else 0,
            running_jobs=jobs.running,
            stopped_jobs=jobs.stopped,
        )

    def notices(self) -> list[str]:
        """What became of jobs, and what went wrong behind the prompt."""
        warnings = self._app.warnings
        told = [f"azos: {warnings.pop(0)}" for _ in range(len(warnings))]
        return [*told, *jobcontrol.notices(self._shell)]

    def command_names(self) -> Iterable[str]:
        """Built-ins, plugins, functions and aliases."""
        state = self._shell.state
        return [*self._runtime.registry.names(), *state.functions, *state.aliases]

    def program_names(self) -> Sequence[str]:
        """Programs on PATH."""
        return self._runtime.programs.names(self._shell.get("PATH"))

    def variable_names(self) -> Iterable[str]:
        """All variables."""
        return self._shell.state.variables.names()

    def options_of(self, command: str) -> Sequence[tuple[str, str]]:
        """The options of one of azos's own commands."""
        found = self._runtime.registry.get(command)
        if found is None:
            return []
        signature = self._runtime.registry.signature(found)
        if found.raw:  # which say theirs in their documentation
            from azos_shell.bus.documentation_parts import document

            return [
                (spelling.partition(" ")[0], option.help)
                for option in document(found, signature).options
                for spelling in option.spelling.split(", ")
                if spelling.startswith("-")
            ]
        return [(spelling, option.help) for option in signature.options for spelling in option.spellings]

    def argument_kind(self, command: str) -> str:
        """What completes the operands of a command."""
        if command in ("cd", "pushd", "rmdir"):
            return "directory"
        if command in ("command", "type", "exec", "trace", "help", "sudo", "which", "man", "hash", "keep"):
            return "command"
        if command in ("export", "unset", "readonly", "local"):
            return "variable"
        if command in ("fg", "bg", "wait", "kill", "disown"):
            return "job"
        return "path"

    @property
    def cwd(self) -> str:
        """The working directory."""
        return self._shell.cwd

    def get(self, name: str) -> str | None:
        """A shell variable."""
        return self._shell.get(name)

    @property
    def expands_history(self) -> bool:
        """Whether ``set -H`` is on, as it is at a prompt unless turned off."""
        return self._shell.state.options.histexpand

    @property
    def history(self) -> HistoryStore:
        """What was typed."""
        return self._runtime.services.history
