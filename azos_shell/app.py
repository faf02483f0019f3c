"""The application: composes shell, bus and services, and runs one of azos's ways in."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from azos_shell.bus.dispatch import Bus
from azos_shell.bus.services import Services
from azos_shell.commands import register_builtins
from azos_shell.config import Settings, load_settings
from azos_shell.core import drive
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.language.parser import Parser
from azos_shell.language.tree import Word
from azos_shell.shell.control import ExpansionError, FunctionReturn, Interrupted, LoopExit, ShellExit
from azos_shell.shell.expansion import DEFAULT_IFS
from azos_shell.shell.files import CLOSED, drain_all
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.lines import next_line
from azos_shell.shell.programs import DEFAULT_PATH
from azos_shell.shell.readiness import readable
from azos_shell.shell.runtime import Runtime
from azos_shell.shell.state import ShellState
from azos_shell.shell.traps import run_exit_trap
from azos_shell.shell.variables import Attribute

if TYPE_CHECKING:
    import asyncio

    from azos_shell.bus.call import Call
    from azos_shell.bus.dialogue import Dialogue, DialogueLines, OpenDialogue

RECURSION_LIMIT = 12_000
"""Python frames. A level of shell nesting takes up to 16 of them; 8 MiB of stack, the usual limit, hold 20,000 nested
coroutine calls (measured)."""


@frozen
class Invocation:
    """How azos was called: what to run and under which options."""

    command: str | None = None
    script: str | None = None
    name: str = "azos"
    arguments: tuple[str, ...] = ()
    options: tuple[tuple[str, bool], ...] = ()
    interactive: bool = False
    login: bool = False
    no_rc: bool = False


class App:
    """One azos process."""

    def __init__(
        self, runtime: Runtime, shell: Interpreter, settings: Settings, warnings: list[str] | None = None
    ) -> None:
        self.warnings = warnings if warnings is not None else []
        """What went wrong behind the prompt (from any thread), to be told before the next one."""
        self.runtime = runtime
        self.shell = shell
        self.settings = settings
        self._main_task: asyncio.Task[Any] | None = None

    @classmethod
    def compose(cls, invocation: Invocation) -> App:
        """Put everything together for one call of azos."""
        environment = {
            name.decode("utf-8", "surrogateescape"): value.decode("utf-8", "surrogateescape")
            for name, value in os.environb.items()
        }
        if environment.get("LC_CTYPE") == "C.UTF-8" and not _was_given("LC_CTYPE"):
            del environment["LC_CTYPE"]  # Python's own, in the C locale (PEP 538)
        warnings: list[str] = []
        warn = warnings.append if invocation.interactive else _warn
        services = Services(environment, warn=warn, is_script=not invocation.interactive)
        register_builtins(services.registry)
        settings = _settings(services)
        services.keep_state = settings.history
        services.cache_limits = settings.cache_limits
        services.cache_rules = settings.cache_rules
        state = ShellState(environment, name=invocation.name)
        runtime = Runtime(services, Bus(services), process_cwd=state.cwd)
        shell = Interpreter(runtime, state)
        runtime.pages_tables = settings.pages_tables
        services.open_dialogue = _dialogues(runtime, settings)
        if invocation.script is None and invocation.name == "azos":
            state.name = sys.argv[
                0
            ]  # ``$0`` is what azos was called by; messages begin with its name all the same
        _initial_variables(state)
        if (
            not invocation.interactive
        ):  # as in bash, where PS1 tells files that are read in both whether a person is there
            state.variables.unset("PS1")
        state.positional = list(invocation.arguments)
        state.options.interactive = invocation.interactive
        runtime.is_login = invocation.login and not invocation.no_rc
        for name, on in invocation.options:
            setattr(state.options, name, on)
        return cls(runtime, shell, settings, warnings)

    # -- the ways in --------------------------------------------------------------------------------------------

    def run_command(self, text: str) -> int:
        """``azos -c TEXT`` and ``azos run TEXT``."""
        self._keep_if_named(text)
        return self._run(self._script(Parser(text, aliases=self.shell.state.alias, final=True)))

    def run_file(self, path: str) -> int:
        """``azos FILE``."""
        try:
            with open(path.encode("utf-8", "surrogateescape"), "rb") as file:
                data = file.read()
        except IsADirectoryError:
            return _complain(f"{path}: is a directory", 126)
        except OSError as error:
            return _complain(
                f"{path}: {error.strerror}", 127 if isinstance(error, FileNotFoundError) else 126
            )
        if b"\0" in data.split(b"\n", 1)[0][:256]:
            return _complain(f"{path}: cannot execute binary file", 126)
        text = data.decode("utf-8", "surrogateescape")
        self.runtime.script = path
        self._keep_if_named(text)
        return self._run(self._script(Parser(text, name=path, aliases=self.shell.state.alias, final=True)))

    def run_stdin(self) -> int:
        """A script on standard input, read a line at a time: its commands may read what follows."""
        state = self.shell.state
        first = True

        def more() -> str | None:
            nonlocal first
            try:
                line = next_line(state.files.get(0).fileno())
            except OSError as error:
                _complain(f"standard input: {error.strerror}", 1)
                return None
            if first and b"\0" in line[:256]:
                raise AzosError("standard input: cannot execute binary file", status=126)
            first = False
            return line.decode("utf-8", "surrogateescape") if line else None

        async def until_ready() -> None:
            if drive.loop_running():  # what runs in the background goes on meanwhile
                await readable(state.files.get(0).fileno())

        from azos_shell.shell.kept_output import file_names_it, start_keeping

        if state.files.get(0) is not CLOSED and file_names_it(state.files.get(0).fileno()):
            start_keeping(self.shell)
        parser = Parser("", aliases=state.alias, more=more, final=True)
        return self._run(self._script(parser, until_ready))

    def _keep_if_named(self, text: str) -> None:
        """Keep what the script's lines write if anything in it may ask for that (see ``shell.kept_output``)."""
        if "last" in text or "keep" in text:
            from azos_shell.shell.kept_output import start_keeping

            start_keeping(self.shell)

    # -- what is run first ---------------------------------------------------------------------------------------

    def profiles(self) -> list[str]:
        """What a login shell reads: the system's profile and the user's (POSIX sh leaves it to us; as dash does)."""
        home = self.shell.get("HOME")
        return ["/etc/profile", *([os.path.join(home, ".profile")] if home else [])]

    @staticmethod
    def startup_text(path: str) -> str | None:
        """The text of a file that may be there or not."""
        try:
            with open(path.encode("utf-8", "surrogateescape"), "rb") as file:
                return file.read().decode("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return None

    async def expanded(self, text: str) -> str:
        """Text with its parameters expanded, as the value of ``ENV`` is."""
        parts = Parser("", final=True).here_document_text(text, 0)
        try:
            return await self.shell.expander.text(Word(parts, None, 0, 0))
        except ExpansionError as error:
            self.shell.tell(error.message)
            return ""

    async def _read_profiles(self) -> None:
        for path in self.profiles():
            text = self.startup_text(path)
            if text is not None:
                await self.shell.run_text(text, name=path)

    # -- running to the end -------------------------------------------------------------------------------------

    async def _script(self, parser: Parser, until_ready: Callable[[], Awaitable[None]] | None = None) -> int:
        shell = self.shell
        try:
            status = await self._status_of(parser, until_ready)
            return await run_exit_trap(shell, status) if "EXIT" in shell.state.traps else status
        except BaseException:  # Ctrl-C: what runs in the background is not waited for
            for task in self.runtime.tasks:
                task.cancel()
            raise
        finally:
            if drive.loop_running():
                await self._finish()

    async def _status_of(self, parser: Parser, until_ready: Callable[[], Awaitable[None]] | None) -> int:
        """Run the script; the exit status, however it ends the shell."""
        shell = self.shell
        try:
            if self.runtime.is_login:
                await self._read_profiles()
            return await shell.run_parser(parser, is_script=True, until_ready=until_ready)
        except ShellExit as end:
            return end.status
        except FunctionReturn as end:
            return end.status
        except LoopExit:
            return shell.state.last_status
        except (ExpansionError, AzosError) as error:
            shell.tell(error.message)
            return error.status
        except RecursionError:
            shell.tell("nested too deeply")
            return 2

    async def _finish(self) -> None:
        """What runs inside the shell in the background ends before the shell does: nothing else could run it."""
        import asyncio

        try:
            while self.runtime.tasks:
                await asyncio.wait(set(self.runtime.tasks))
            await drain_all()
        except asyncio.CancelledError:
            for task in self.runtime.tasks:
                task.cancel()
            raise
        await self.runtime.services.aclose()

    def _run(self, work: Coroutine[Any, Any, int]) -> int:
        """Run a script; dying of SIGINT and SIGPIPE is dying by the signal, so that the caller sees it."""
        sys.setrecursionlimit(RECURSION_LIMIT)
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            return drive.run(work, on_loop=self._on_loop)
        except (Interrupted, KeyboardInterrupt):
            die_by(signal.SIGINT)
            return 128 + signal.SIGINT
        except BrokenPipeError:
            die_by(signal.SIGPIPE)
            return 128 + signal.SIGPIPE
        except BaseException as error:
            import asyncio

            if isinstance(error, asyncio.CancelledError) and self.runtime.interrupted:
                die_by(signal.SIGINT)
            raise
        finally:
            self.runtime.services.close()

    def _on_interrupt(self, number: int, frame: object) -> None:
        """SIGINT: while a program is waited for in the foreground, it is the program's to decide."""
        if self.runtime.interrupt_is_taken():
            return
        self.runtime.interrupted = True
        if self.runtime.waiting_in_foreground:
            return
        if self._main_task is None:
            raise KeyboardInterrupt
        self._main_task.get_loop().call_soon_threadsafe(self._main_task.cancel)

    def _on_loop(self) -> None:
        import asyncio

        self.runtime.processes.attach_to_loop()  # from then on a handler of a signal wakes the loop
        self._main_task = asyncio.current_task()


def die_by(number: int) -> None:
    """End this process by the signal's default action."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _dialogues(runtime: Runtime, settings: Settings) -> OpenDialogue:
    """The door through which a command asks for a line editor, which is loaded when one does."""

    def opened(call: Call, dialogue: Dialogue) -> DialogueLines:
        from azos_shell.repl.dialogue import open_dialogue

        return open_dialogue(runtime, call, dialogue, vi=settings.editing_mode == "vi")

    return opened


def _settings(services: Services) -> Settings:
    try:
        settings = load_settings(services.places.config_dir)
    except AzosError as error:
        _warn(error.message)
        return Settings()
    if settings.plugins:
        from azos_shell.plugin.hooks import load_plugins

        for problem in load_plugins(settings.plugins, services.registry):
            _warn(problem.message)
    return settings


def _initial_variables(state: ShellState) -> None:
    """What a shell sets for itself (POSIX XCU 2.5.3)."""
    variables = state.variables
    variables.set("IFS", DEFAULT_IFS)
    variables.attributes.pop("IFS", None)
    variables.set("OPTIND", "1")
    variables.unset("_")
    state.last_argument = sys.argv[0]
    variables.set("PWD", state.cwd)
    variables.mark("PWD", Attribute.EXPORTED)
    if "PATH" not in variables.values:
        variables.set("PATH", DEFAULT_PATH)
    machine = os.uname()
    for name, value in (
        ("HOSTNAME", machine.nodename),
        ("HOSTTYPE", machine.machine),
        ("MACHTYPE", f"{machine.machine}-pc-{sys.platform}-gnu"),
        ("OSTYPE", f"{sys.platform}-gnu"),
    ):
        variables.values.setdefault(name, value)
    for name in ("EUID", "PPID", "UID"):
        variables.mark(name, Attribute.READONLY | Attribute.INTEGER)
    level = variables.get("SHLVL") or "0"
    variables.set("SHLVL", str(int(level) + 1) if level.isdecimal() else "1")
    variables.mark("SHLVL", Attribute.EXPORTED)


def _was_given(name: str) -> bool:
    """Whether the process was started with the variable in its environment; yes, where that can't be known."""
    try:
        with open("/proc/self/environ", "rb") as environment:
            return any(entry.startswith(f"{name}=".encode()) for entry in environment.read().split(b"\0"))
    except OSError:
        return True


def _warn(message: str) -> None:
    _complain(message, 0)


def _complain(message: str, status: int) -> int:
    """Tell on standard error and return ``status``."""
    try:
        os.write(2, f"azos: {message}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        pass
    return status


def version() -> str:
    """``azos 0.1.0 (Python 3.11.7)``."""
    from azos_shell import __version__

    return f"azos {__version__} (Python {sys.version.split()[0]})"


__all__: Sequence[str] = ["App", "Invocation", "die_by", "version"]
