"""The screen of ``watch``: the terminal's other screen, given back however it ends, and the keys pressed meanwhile."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Callable
from types import TracebackType

from azos_shell.plugin import Call
from azos_shell.shell.jobs import member_that_runs

_ENTER, _LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _REST = "\x1b[H", "\x1b[K", "\x1b[J"


class WatchScreen:
    """Has the terminal while its block runs. ``pressed`` is told of each key, where there is a keyboard.

    Stopped (Ctrl-Z), it gives the terminal back; continued, it takes it again, and ``redraw`` is called.
    """

    def __init__(self, call: Call, pressed: Callable[[str], None], redraw: Callable[[], None]) -> None:
        self._output = call.stdout
        self._keyboard = call.stdin.fileno() if call.stdin.is_terminal() else -1
        self._pressed = pressed
        self._redraw = redraw
        self._modes: list[object] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        try:
            found = os.get_terminal_size(self._output.fileno())
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24

    def draw(self, lines: list[str]) -> None:
        """Show these lines, and nothing else."""
        text = _HOME + (_END_OF_LINE + "\r\n").join(lines) + _END_OF_LINE + _REST
        self._output.write(text.encode("utf-8", "surrogateescape"))

    def __enter__(self) -> WatchScreen:
        member = member_that_runs()
        if member is not None:
            member.followers.add(self)
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        member = member_that_runs()
        if member is not None:
            member.followers.discard(self)
        self._give_back()

    # -- what a job does that is part of another (shell.jobs.Follower) -----------------------------------------------

    def signal(self, number: int) -> None:
        """The job is stopped."""
        if number != signal.SIGCONT:
            self._give_back()

    def go_on(self) -> None:
        """The job is continued."""
        self._take()
        self._redraw()

    def _take(self) -> None:
        import asyncio

        self._output.write(_ENTER)
        if self._keyboard < 0:
            return
        try:
            self._modes = termios.tcgetattr(self._keyboard)
            modes = termios.tcgetattr(self._keyboard)
            modes[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, modes)
            asyncio.get_running_loop().add_reader(self._keyboard, self._read)
        except (OSError, termios.error):
            self._keyboard = -1

    def _give_back(self) -> None:
        import asyncio

        if self._modes is not None:
            asyncio.get_running_loop().remove_reader(self._keyboard)
            modes, self._modes = self._modes, None
            try:
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, modes)  # type: ignore[arg-type]
            except (OSError, termios.error):
                pass  # the terminal has gone
        try:
            self._output.write(_LEAVE)
        except OSError:
            pass

    def _read(self) -> None:
        try:
            keys = os.read(self._keyboard, 64)
        except OSError:
            return
        for key in keys.decode("latin-1"):
            self._pressed(key)

    def __repr__(self) -> str:
        return f"<WatchScreen {'taken' if self._modes is not None else 'given back'}>"
