"""The terminal as a screen: output that outlives a hang-up.

prompt_toolkit writes through a stream. This one writes straight to the descriptor: a buffered stream keeps what
it could not write and fails over it again at the end of the process.
"""

from __future__ import annotations

import os
import select
from typing import TextIO, cast

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output


class TerminalStream:
    """The terminal as the stream that prompt_toolkit writes to: silent once the terminal is gone."""

    encoding = "utf-8"

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.gone = False

    def write(self, text: str) -> int:
        """Write all of it, waiting for a terminal that is stopped or was left non-blocking."""
        data = memoryview(text.encode("utf-8", "replace"))
        while data and not self.gone:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                select.select([], [self._fd], [])
            except OSError:
                self.gone = True  # reading tells
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._fd

    def isatty(self) -> bool:
        """As the name says."""
        return True

    def __repr__(self) -> str:
        return f"<TerminalStream fd {self._fd}{' gone' if self.gone else ''}>"


def terminal_output(fd: int, term: str) -> Vt100_Output:
    """Output to the terminal at ``fd``. The terminal is never asked for anything."""

    def size() -> Size:
        try:
            measured = os.get_terminal_size(fd)
        except OSError:
            return Size(rows=24, columns=80)
        return Size(rows=measured.lines or 24, columns=measured.columns or 80)

    return Vt100_Output(cast(TextIO, TerminalStream(fd)), size, term=term, enable_cpr=False)
