"""A terminal: a shell on a pseudo-terminal (pexpect) whose output draws a screen (pyte) that tests read.

Tests wait for what the screen shows, never for time to pass; the time limits are only how long a hang may last.
"""

from __future__ import annotations

import copy
import os
import re
import select
import signal
import termios
import time
from typing import TYPE_CHECKING, Any

import pexpect
import psutil
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ROWS, COLUMNS = 30, 100
PROMPT = "❯ "
TIME_LIMIT_SECONDS = 20.0

_ALTERNATE_SCREEN = (47, 1047, 1049)
# What pyte would draw as text or stumble over: device control strings, CSI with a private mark other than "?", private
# SGR, colours with colons.
_UNDRAWABLE = re.compile(
    rb"\x1b[PX^_][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[<=>][0-9;:]*[ -/]*[@-~]"
    rb"|\x1b\[\?[0-9;]*(?:m|\$p)|\x1b\[[0-9;]*:[0-9;:]*m"
)
# The beginning of a sequence whose end has not come yet.
_TORN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[]PX^_][^\x1b\x07]{0,4096}\x1b?)?\Z")


class Screen(pyte.Screen):
    """A screen that answers the questions programs ask of it, and has the alternate screen of xterm."""

    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        self._answer = answer
        self._main: tuple[Any, Any] | None = None
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        """Answer a question (where the cursor is, what terminal this is)."""
        self._answer(data.encode())

    def set_mode(self, *modes: int, **options: Any) -> None:
        """Enter the alternate screen, besides what pyte knows."""
        if options.get("private") and set(modes) & set(_ALTERNATE_SCREEN) and self._main is None:
            self._main = copy.deepcopy(self.buffer), copy.copy(self.cursor)
            self.erase_in_display(2)
        super().set_mode(*modes, **options)

    def reset_mode(self, *modes: int, **options: Any) -> None:
        """Leave the alternate screen, besides what pyte knows."""
        if options.get("private") and set(modes) & set(_ALTERNATE_SCREEN) and self._main is not None:
            buffer, self.cursor = self._main
            self.buffer.clear()
            self.buffer.update(buffer)
            self._main = None
        super().reset_mode(*modes, **options)


class Terminal:
    """A program on a terminal of its own. ``output`` is all it ever wrote."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self.child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            cwd=str(cwd),
            env=dict(env),
            dimensions=(ROWS, COLUMNS),
            timeout=None,
            preexec_fn=_restore_signals,
        )
        self.child.delaybeforesend = None
        self.pid: int = self.child.pid
        self.screen = Screen(COLUMNS, ROWS, self._type)
        self._stream = pyte.ByteStream(self.screen)
        self._torn = b""
        self.output = bytearray()
        self.status: int | None = None

    # -- what is typed

    def send(self, text: str | bytes) -> None:
        """Type this, all at once."""
        self._type(text.encode() if isinstance(text, str) else text)

    def _type(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.child.child_fd, data) :]

    def start(self, line: str) -> None:
        """Run a program in the foreground: returns when it has the terminal."""
        self.type_line(line)
        self.send("\r")
        self.wait_for(self.program_runs)

    def run(self, line: str) -> None:
        """Type a command line, press Enter, and wait until the shell asks for the next."""
        self.type_line(line)
        self.send("\r")
        self.prompt()

    def type_line(self, line: str) -> None:
        """Type at the prompt without Enter, and wait until it is drawn."""
        self.send(line)
        self.wait_for(
            lambda: not self.at_prompt() and self.before_cursor().rstrip().endswith(line[-10:].rstrip())
        )

    def paste(self, text: str) -> None:
        """Paste, as a terminal does where the program asked to be told of it."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, rows: int, columns: int) -> None:
        """Give the window another size."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    # -- what is seen

    def lines(self) -> list[str]:
        """The rows of the screen, without trailing blanks."""
        return [line.rstrip() for line in self.screen.display]

    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines()).rstrip()

    def bar(self) -> str:
        """The status bar: the lowest row that is written on, if that is below the cursor."""
        return next((line for line in reversed(self.lines()[self.screen.cursor.y + 1 :]) if line), "")

    def before_cursor(self) -> str:
        """The cursor's row up to the cursor."""
        return str(self.screen.display[self.screen.cursor.y])[: self.screen.cursor.x]

    def at_prompt(self) -> bool:
        """Whether the cursor stands right behind a prompt."""
        return self.before_cursor().endswith(PROMPT)

    def modes(self) -> list[Any]:
        """The terminal's modes, as termios has them."""
        return termios.tcgetattr(self.child.child_fd)

    def foreground(self) -> int:
        """The process group that owns the terminal."""
        return os.tcgetpgrp(self.child.child_fd)

    def program_runs(self, count: int = 1) -> bool:
        """Whether programs, as many at least, own the terminal, all of them past exec.

        Then a signal finds them with its default in place.
        """
        own, group = os.getpgid(self.pid), self.foreground()
        image = _image(self.pid)
        members = [child.pid for child in self.children() if _group(child.pid) == group]
        return group != own and len(members) >= count and all(_image(pid) != image for pid in members)

    # -- waiting

    def wait_for(self, wanted: str | Callable[[], bool], timeout_seconds: float = TIME_LIMIT_SECONDS) -> None:
        """Until the screen holds the regular expression, or the condition is true."""
        end = time.monotonic() + timeout_seconds
        while not self._holds(wanted):
            if time.monotonic() > end or not self.pump():
                if self._holds(wanted):
                    return
                raise AssertionError(
                    f"{wanted!r} did not come:\n{self.text()}\n(the shell's status: {self.poll()})"
                )

    def _holds(self, wanted: str | Callable[[], bool]) -> bool:
        return bool(re.search(wanted, self.text(), re.MULTILINE)) if isinstance(wanted, str) else wanted()

    def prompt(self) -> None:
        """Until the shell asks for a command line."""
        self.wait_for(self.at_prompt)

    def pump(self, timeout_seconds: float = 0.05) -> bool:
        """Draw what has come, waiting shortly for it; False once the program has closed the terminal."""
        if not select.select([self.child.child_fd], [], [], timeout_seconds)[0]:
            return True
        try:
            data = os.read(self.child.child_fd, 65536)
        except OSError:  # EIO: nobody holds the other end
            return False
        self.output += data
        data = _UNDRAWABLE.sub(b"", self._torn + data)
        torn = _TORN.search(data)
        self._torn = torn[0] if torn else b""
        self._stream.feed(data[: torn.start()] if torn else data)
        return True

    # -- the end

    def poll(self) -> int | None:
        """The exit status if the shell has ended, negative for a death by signal."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait_exit(self, timeout_seconds: float = TIME_LIMIT_SECONDS) -> int:
        """Until the shell has ended; how it did."""
        end = time.monotonic() + timeout_seconds
        while self.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"the shell is still there:\n{self.text()}")
            if self.child.closed or not self.pump(0.02):
                time.sleep(0.01)
        assert self.status is not None
        return self.status

    def hang_up(self) -> None:
        """Close the terminal's other end, as a closed window does."""
        self.child.ptyproc.fileobj.close()
        self.child.child_fd = -1
        self.child.closed = True

    def children(self) -> list[psutil.Process]:
        """All processes below the shell."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def living(self) -> list[psutil.Process]:
        """The processes below the shell that have not ended."""
        return [child for child in self.children() if _state(child) != psutil.STATUS_ZOMBIE]

    def close(self) -> None:
        """Kill what is left and give the terminal back."""
        for process in self.children() if self.poll() is None else []:
            _kill(process.pid)
        if self.poll() is None:
            _kill(self.pid)
            while self.poll() is None:
                time.sleep(0.005)
        if not self.child.closed:
            self.hang_up()
        self.child.ptyproc.closed = self.child.terminated = self.child.ptyproc.terminated = True

    def __repr__(self) -> str:
        return f"<Terminal pid {self.pid}, status {self.status}>\n{self.text()}"


def _restore_signals() -> None:
    """Python ignores these two, and a child would inherit that; no terminal program hands that down."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _image(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:  # it has ended, and has none any more
        return ""


def _state(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
