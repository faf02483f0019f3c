"""The shell's own standard output where its command lines are kept: it hears what is written to it.

It stands in the table of files in the place of the plain one. What is redirected or piped elsewhere has another file
there and is not heard; nor are programs, which write to the descriptor itself (but see ``kept_programs``).

An interactive shell always keeps. One that runs a script does so only if the script's text holds ``last`` or ``keep``
anywhere, so that all other scripts pay nothing; a script that comes through a pipe can't be looked through and is kept.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from azos_shell.shell.files import CLOSED, OpenFile
from azos_shell.shell.kept_lines import KeptLines

if TYPE_CHECKING:
    from azos_shell.core.values import Records
    from azos_shell.shell.interpreter import Interpreter


class KeptOutput(OpenFile):
    """Standard output that is kept for the line which runs."""

    __slots__ = ("_kept",)

    def __init__(self, fd: int, kept: KeptLines) -> None:
        super().__init__(fd, owned=False)
        self._kept = kept

    def write(self, data: bytes) -> None:
        super().write(data)
        self.hear(data)

    def hear(self, data: bytes) -> None:
        """A person sees this in another way, through a pager."""
        if self._kept.current is not None:
            self._kept.current.hear(data)

    def write_unheard(self, data: bytes) -> None:
        """Write what belongs to no line that runs."""
        super().write(data)

    def keep_records(self, batch: Records) -> None:
        """The delivery is about to write these records."""
        if self._kept.current is not None:
            self._kept.current.hear_records(batch)


def start_keeping(shell: Interpreter) -> None:
    """Keep what command lines of this shell write, from the next one on."""
    kept = shell.runtime.kept = KeptLines()
    present = shell.state.files.get(1)
    if present is not CLOSED:
        shell.state.files.assign(1, KeptOutput(present.fileno(), kept))


def file_names_it(fd: int) -> bool:
    """Whether the script that ``fd`` stands before names ``last`` or ``keep``; True where that can't be known."""
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return True
        at = os.lseek(fd, 0, os.SEEK_CUR)
        text = os.pread(fd, max(found.st_size - at, 0), at)
    except OSError:
        return False
    return b"last" in text or b"keep" in text
