"""The capture: standard output of a command substitution, in memory until a program needs a descriptor.

Built-ins append to it without any system call. The first program that runs inside the substitution is given the
writing end of a pipe; from then on whoever waits for a process also empties the pipes of the captures in use, so that
a program never blocks on a full one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.shell.files import OpenFile, move_high
from azos_shell.shell.readiness import readable

if TYPE_CHECKING:
    import asyncio

_in_use: list[Capture] = []


class Capture(OpenFile):
    """An output that keeps what is written to it."""

    __slots__ = ("_chunks", "_reader", "_task")

    def __init__(self) -> None:
        super().__init__(-1, owned=False)
        self._chunks: list[bytes] = []
        self._reader = -1
        self._task: asyncio.Task[None] | None = None

    def fileno(self) -> int:
        """The writing end of the pipe, made now if there is none."""
        if self._fd < 0:
            reader, writer = os.pipe()
            self._reader, self._fd = move_high(reader), move_high(writer)
            self._owned = True
            os.set_blocking(self._reader, False)
            _in_use.append(self)
            if loop_running():
                self.attach_to_loop()
        return self._fd

    @property
    def reader(self) -> int:
        """The reading end of the pipe."""
        return self._reader

    def is_terminal(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        if self._reader >= 0:
            self.empty()
        self._chunks.append(data)

    async def drain(self) -> None:
        return

    def empty(self) -> bool:
        """Take what the pipe holds now; returns whether its end was reached."""
        try:
            while chunk := os.read(self._reader, 65536):
                self._chunks.append(chunk)
        except BlockingIOError:
            return False
        return True

    async def result(self) -> bytes:
        """Everything written, once every process that may write has ended."""
        if self._reader >= 0:
            self._close_writer()
            try:
                if self._task is not None:
                    await self._task
                else:
                    while not self.empty():
                        await readable(self._reader)
            finally:
                self.abandon()
        return b"".join(self._chunks)

    def abandon(self) -> None:
        """Give back the pipe."""
        self._close_writer()
        if self in _in_use:
            _in_use.remove(self)
            reader, self._reader = self._reader, -1
            if self._task is None or self._task.done():
                os.close(reader)
            else:  # the descriptor must outlive its place in the event loop
                self._task.add_done_callback(lambda _: os.close(reader))
                self._task.cancel()

    def attach_to_loop(self) -> None:
        """Read on in the background: from now on nobody blocks in a wait that would empty the pipe."""
        if self._task is None:
            import asyncio

            self._task = asyncio.get_running_loop().create_task(self._read_on())

    def release(self) -> None:
        """Tables come and go; the substitution itself ends the capture."""
        self._references -= 1

    def _close_writer(self) -> None:
        if self._owned:
            self._owned = False
            os.close(self._fd)

    async def _read_on(self) -> None:
        while not self.empty():
            await readable(self._reader)


def captures_in_use() -> list[Capture]:
    """The captures that have a pipe."""
    return _in_use
