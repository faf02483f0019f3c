"""The screen of ``watch``: the terminal's other screen, given back however it ends, and the keys pressed meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from azos_shell.plugin import Call
from azos_shell.rendering.screen_text import frame
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.jobs import member_that_runs

_ENTER, _LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
_LOCAL, _CHARACTERS = 3, 6
"""Where tcgetattr(3) of Python has the local modes and the control characters."""

_STOP_KEY: Final = "\x1a"
_DEADLY: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What ends a script that has no trap for it, at once and without a word."""


def is_screen(call: Call) -> bool:
    """Whether there is a screen to be had: a terminal that can move its cursor and is not another's."""
    shell: Interpreter = call.shell
    if not call.stdout.is_terminal() or shell.get("TERM") in (None, "", "dumb"):
        return False
    if shell.job is not None and shell.job.in_background:
        return False
    try:
        return os.tcgetpgrp(call.stdout.fileno()) == os.getpgrp()
    except OSError:  # not our controlling terminal: nobody else's either
        return True


class WatchScreen:
    """Has the terminal while its block runs. ``pressed`` is told of each key.

    Stopped (Ctrl-Z), it gives the terminal back; continued in the foreground it takes it again, and ``redraw`` is
    called. Continued in the background it stops again, as a program does that wants the terminal.
    """

    def __init__(self, call: Call, pressed: Callable[[str], None], redraw: Callable[[], None]) -> None:
        self._output = call.stdout
        self._keyboard = (call.stdin if call.stdin.is_terminal() else call.stdout).fileno()
        self._shell: Interpreter = call.shell
        self._member = member_that_runs()
        self._pressed = pressed
        self._redraw = redraw
        self._modes: list[Any] | None = None
        self._is_taken = False
        self._heard: list[int] = []
        """The signals that are ours meanwhile."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        try:
            found = os.get_terminal_size(self._output.fileno())
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24

    def draw(self, rows: list[str], height: int) -> None:
        """Show these rows, and nothing else, on a terminal of so many lines."""
        if self._is_taken:
            self._output.write(frame(rows, height).encode())

    def __enter__(self) -> WatchScreen:
        if self._member is not None:
            self._member.followers.add(self)
        for number in _DEADLY:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._die)
                self._heard.append(number)
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._member is not None:
            self._member.followers.discard(self)
        self._hear_no_more()
        self._give_back()

    # -- what a job does that is part of another (shell.jobs.Follower) -----------------------------------------------

    def signal(self, number: int) -> None:
        """The job is stopped."""
        self._give_back()

    def go_on(self) -> None:
        """The job is continued."""
        job = self._shell.job
        if job is None and self._member is not None:
            job = self._shell.jobs.by_pid(self._member.pid)
        if self._member is not None and job is not None and job.in_background:
            asyncio.get_running_loop().call_soon(self._member.kill, signal.SIGTTOU)
            return
        self._take()
        self._redraw()

    # -- the terminal ------------------------------------------------------------------------------------------------

    def _take(self) -> None:
        if self._is_taken:
            return
        try:
            self._modes = termios.tcgetattr(self._keyboard)
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._modes_for_keys())
        except termios.error:
            self._modes = None  # without keys, then
        else:
            asyncio.get_running_loop().add_reader(self._keyboard, self._read)
        self._is_taken = True
        self._output.write(_ENTER)

    def _modes_for_keys(self) -> list[Any]:
        modes = termios.tcgetattr(self._keyboard)
        modes[_LOCAL] &= ~(termios.ICANON | termios.ECHO)
        modes[_CHARACTERS][termios.VMIN], modes[_CHARACTERS][termios.VTIME] = 1, 0
        if self._stops_itself:
            modes[_CHARACTERS][termios.VSUSP] = bytes([os.fpathconf(self._keyboard, "PC_VDISABLE") & 0xFF])
        return modes

    @property
    def _stops_itself(self) -> bool:
        """Whether Ctrl-Z is a key: without job control nobody would tell us before it stops the whole process."""
        return self._shell.runtime.terminal is None

    def _give_back(self) -> None:
        if not self._is_taken:
            return
        self._is_taken = False
        self._leave_keys()
        modes, self._modes = self._modes, None
        try:
            self._output.write(_LEAVE)
            if modes is not None:
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, modes)
        except (OSError, termios.error):
            pass  # the terminal has gone

    def _leave_keys(self) -> None:
        if self._modes is not None:
            asyncio.get_running_loop().remove_reader(self._keyboard)

    def _read(self) -> None:
        try:
            keys = os.read(self._keyboard, 64)
        except OSError:
            keys = b""
        if not keys:  # the terminal has gone, or can't be read: it would be ready for ever
            self._leave_keys()
        for key in keys.decode("latin-1"):
            if key == _STOP_KEY and self._stops_itself:
                self._stop()
            else:
                self._pressed(key)

    def _stop(self) -> None:
        """Stop the whole process group, as the terminal would have; returns once it is continued."""
        self._give_back()
        os.kill(0, signal.SIGTSTP)
        self._take()  # in the background the kernel stops us here until we are in the foreground again
        self._redraw()

    def _die(self, number: int, _: object) -> None:
        """Give the terminal back, and die of the signal all the same."""
        self._give_back()
        self._hear_no_more()
        os.kill(os.getpid(), number)

    def _hear_no_more(self) -> None:
        while self._heard:
            signal.signal(self._heard.pop(), signal.SIG_DFL)

    def __repr__(self) -> str:
        return f"<WatchScreen {'taken' if self._is_taken else 'given back'}>"
