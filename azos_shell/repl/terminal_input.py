"""The terminal's keys, taken a line at a time.

As readline does, input is read only up to the end of a line: what was typed ahead stays in the kernel,
where the command that this line starts will find it (``read name``, then the name). A bracketed paste is
read in large pieces. Reading never waits and never spins: end of file and EIO both count as a closed
terminal.
"""

from __future__ import annotations

import array
import asyncio
import codecs
import fcntl
import os
import select
import termios
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

_IFLAG, _LFLAG, _CC = 0, 3, 6
"""Places in what tcgetattr returns."""

PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"
INTERRUPT = b"\x03"
PASTE_BYTES = 65_536
BURST_BYTES = 4_096
"""The kernel's line buffer: no more can be waiting."""


class LineInput(Input):
    """Keys from a terminal, never past the end of a line."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._keys: list[KeyPress] = []
        self._gone = False
        self._callback: Callable[[], None] | None = None
        self._pasting = False
        self._tail = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._parser = Vt100Parser(self._keys.append)

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._fd

    def typeahead_hash(self) -> str:
        """Under what prompt_toolkit keeps keys that were read but not used."""
        return f"line-input-{self._fd}"

    def raw_mode(self) -> AbstractContextManager[None]:
        """Every key as it is typed, for as long as the context lasts."""
        return _changed_modes(self._fd, _key_mode)

    def cooked_mode(self) -> AbstractContextManager[None]:
        """Whole lines with echo, for as long as the context lasts."""
        return _changed_modes(self._fd, _line_mode)

    @contextmanager
    def attach(self, input_ready_callback: Callable[[], None]) -> Iterator[None]:
        """Have the running event loop call back when there are keys to read."""
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(self._fd, input_ready_callback)
        except OSError as error:
            raise EOFError from error
        self._callback = input_ready_callback
        try:
            yield
        finally:
            self._callback = None
            loop.remove_reader(self._fd)

    @contextmanager
    def detach(self) -> Iterator[None]:
        """Leave the keys alone for as long as the context lasts."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        try:
            yield
        finally:
            if self._callback is not None:
                loop.add_reader(self._fd, self._callback)

    @property
    def closed(self) -> bool:
        """Whether the terminal is gone."""
        return self._gone

    def read_keys(self) -> list[KeyPress]:
        """The keys that are waiting, up to the end of a line."""
        try:
            data = self._read()
        except BlockingIOError:
            data = b""  # a program has left the terminal non-blocking, and another has read it empty
        except OSError:
            self._gone = True
            data = b""
        self._parser.feed(self._decoder.decode(data))
        return self._taken()

    def flush_keys(self) -> list[KeyPress]:
        """The keys that were held back because more might have followed (a lone Escape)."""
        self._parser.flush()
        return self._taken()

    def _taken(self) -> list[KeyPress]:
        keys = self._keys[:]
        self._keys.clear()
        return keys

    def _read(self) -> bytes:
        waiting = min(self._waiting(), BURST_BYTES)
        if self._gone or not waiting:
            return b""
        data = os.read(self._fd, PASTE_BYTES) if self._pasting else self._read_line(waiting)
        return self._followed(data)

    def _read_line(self, waiting: int) -> bytes:
        before = len(self._tail)
        taken = bytearray(self._tail)
        while len(taken) < before + waiting:
            byte = os.read(self._fd, 1)
            taken += byte
            if byte in b"\r\n" and not taken.endswith(b"\x1b" + byte):
                break
            if taken.endswith(PASTE_START):
                break
        return bytes(taken[before:])

    def _followed(self, data: bytes) -> bytes:
        """Keep track of whether a paste goes on; its marks may be torn between two reads."""
        seen = self._tail + data
        self._tail = seen[1 - len(PASTE_END) :]
        if self._pasting and data == INTERRUPT:
            self._pasting = False
            return PASTE_END + INTERRUPT  # a paste whose end got lost: a person wants out of it
        start, end = seen.rfind(PASTE_START), seen.rfind(PASTE_END)
        if start != end:
            self._pasting = start > end
        return data

    def _waiting(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._fd, termios.FIONREAD, count)
        if count[0] == 0:
            poll = select.poll()
            poll.register(self._fd, select.POLLIN)
            self._gone = bool(poll.poll(0))  # readable and yet nothing to read
        return count[0]

    def __repr__(self) -> str:
        return f"<LineInput fd {self._fd}{' gone' if self._gone else ''}>"


Modes = list[Any]
"""What tcgetattr returns."""


@contextmanager
def _changed_modes(fd: int, change: Callable[[Modes], None]) -> Iterator[None]:
    try:
        before = termios.tcgetattr(fd)
        modes = termios.tcgetattr(fd)
    except termios.error:
        yield
        return
    change(modes)
    _set_modes(fd, modes)
    try:
        yield
    finally:
        _set_modes(fd, before)


def _key_mode(modes: Modes) -> None:
    """No line mode, echo, signals and flow control.

    Carriage returns go on being translated: a line that is typed ahead and then read by a program must end in
    a newline, and the translation is made when the key is pressed, not when it is read.
    """
    off = termios.IXON | termios.IXOFF | termios.INLCR | termios.IGNCR
    modes[_IFLAG] = (modes[_IFLAG] & ~off) | termios.ICRNL
    modes[_LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    modes[_CC][termios.VMIN], modes[_CC][termios.VTIME] = 1, 0


def _line_mode(modes: Modes) -> None:
    modes[_IFLAG] |= termios.ICRNL
    modes[_LFLAG] |= termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG


def _set_modes(fd: int, modes: Modes) -> None:
    """At once, keeping what was typed: TCSAFLUSH would lose it, TCSADRAIN wait for a stopped terminal."""
    try:
        termios.tcsetattr(fd, termios.TCSANOW, modes)
    except termios.error:
        pass  # gone: reading tells
