"""The terminal: who is in its foreground, and the modes it was in.

POSIX XBD 11.1 and the "Job Control" chapter of the GNU C Library manual. Whoever calls tcsetpgrp(3) from the
background is stopped by SIGTTOU, so that is blocked meanwhile.
"""

from __future__ import annotations

import os
import signal
import termios
from typing import Any


class Terminal:
    """The controlling terminal of an interactive shell."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.shell_group = os.getpgrp()
        self._modes = termios.tcgetattr(fd)

    @classmethod
    def take(cls, fd: int) -> Terminal | None:
        """Put the shell into the terminal's foreground, in a process group of its own; None if there is no terminal.

        A shell started in the background stops itself until it is brought to the foreground, as bash does.
        """
        if not os.isatty(fd):
            return None
        try:
            while os.tcgetpgrp(fd) != os.getpgrp():
                os.kill(0, signal.SIGTTIN)
        except OSError:
            return None  # not our controlling terminal: no job control
        if os.getpgrp() != os.getpid():
            try:
                os.setpgid(0, 0)
            except PermissionError:
                pass  # a session leader has its own group already
        for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        terminal = cls(fd)
        terminal.take_back()
        return terminal

    def give_to(self, group: int) -> None:
        """Make ``group`` the foreground process group, and wake what stopped because it came too early."""
        self._set_foreground(group)
        try:
            os.killpg(group, signal.SIGCONT)
        except (ProcessLookupError, PermissionError):
            pass

    def take_back(self) -> None:
        """Make the shell the foreground process group."""
        self._set_foreground(self.shell_group)

    def remember_modes(self) -> None:
        """After a command that ended in peace: its stty(1) settings stay, but never a terminal left raw."""
        try:
            modes = termios.tcgetattr(self.fd)
        except termios.error:
            return
        if modes[3] & termios.ICANON and modes[3] & termios.ISIG and modes[1] & termios.OPOST:
            self._modes = modes
        else:
            self.restore_modes()

    def modes(self) -> list[Any]:
        """The modes as they are, to give back to a job that was stopped."""
        return termios.tcgetattr(self.fd)

    def restore_modes(self, modes: list[Any] | None = None) -> None:
        """Set the modes back to what the shell keeps, or to ``modes``."""
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, modes or self._modes)
        except termios.error:
            pass  # the terminal is gone: SIGHUP says so, too

    def _set_foreground(self, group: int) -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            os.tcsetpgrp(self.fd, group)
        except OSError:
            pass  # the group has ended, or the terminal is gone
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def __repr__(self) -> str:
        return f"<Terminal {self.fd} group {self.shell_group}>"
