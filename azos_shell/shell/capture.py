"""The capture: standard output of a command substitution, in memory until a program needs a descriptor.

Built-ins append to it without any system call. The first program that runs inside the substitution is given the
writing end of a pipe; from then on whoever waits for a process also empties the pipes of the captures in use, so that
a program never blocks on a full one.

A capture ends when nobody can write to it any more: no table has it and every process with the pipe has closed it. If
the substitution is abandoned before, what still has it writes into a pipe without a reader.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.shell.files import OpenFile, new_pipe
from azos_shell.shell.readiness import readable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_in_use: list[Capture] = []


class Capture(OpenFile):
    """An output that keeps what is written to it."""

    __slots__ = ("_chunks", "_has_ended", "_let_go", "_reader", "_task")

    def __init__(self) -> None:
        super().__init__(-1, owned=False)
        self._chunks: list[bytes] = []
        self._reader = -1
        self._task: asyncio.Task[None] | None = None
        self._let_go: asyncio.Future[None] | None = None
        self._has_ended = False

    def fileno(self) -> int:
        """The writing end of the pipe, made now if there is none."""
        if self._fd < 0:
            reader, self._fd = new_pipe()
            self._owned = True
            if self._has_ended:
                os.close(reader)
                return self._fd
            self._reader = reader
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
        if self._has_ended:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if self._reader >= 0:
            self.empty()
        self._keep(data)

    async def drain(self) -> None:
        return

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        return lambda: None  # the shell itself is the reader

    def empty(self) -> bool:
        """Take what the pipe holds now; returns whether its end was reached."""
        try:
            while chunk := os.read(self._reader, 65536):
                self._keep(chunk)
        except BlockingIOError:
            return False
        return True

    def _keep(self, data: bytes) -> None:
        self._chunks.append(data)

    async def result(self) -> bytes:
        """Everything written, once nothing of the shell and no process can write any more."""
        await self.ended()
        return b"".join(self._chunks)

    async def ended(self) -> None:
        """Wait until nothing of the shell and no process can write any more."""
        try:
            if self._references > 0:
                await self._until_let_go()
            self._close()
            if self._task is not None:
                await self._task
            elif self._reader >= 0:
                while not self.empty():
                    await readable(self._reader)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Give back the pipe."""
        self._has_ended = True
        self._close()
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
        """One table lets go; the pipe stays, for the substitution's next program, until the capture has ended."""
        self._references -= 1
        if self._references <= 0:
            if self._has_ended:
                self._close()
            if self._let_go is not None and not self._let_go.done():
                self._let_go.set_result(None)

    async def _until_let_go(self) -> None:
        """Wait for the tasks that have it: they run on the event loop only."""
        import asyncio

        while self._references > 0:
            self._let_go = asyncio.get_running_loop().create_future()
            await self._let_go

    def _close(self) -> None:
        """Close the writing end; its number may be another file's from now on."""
        super()._close()
        self._fd = -1

    async def _read_on(self) -> None:
        while not self.empty():
            await readable(self._reader)

    def __repr__(self) -> str:
        state = "ended" if self._has_ended else f"{self._references} references"
        return f"<Capture {self._fd} {state}, {sum(map(len, self._chunks))} bytes>"


def captures_in_use() -> list[Capture]:
    """The captures that have a pipe."""
    return _in_use
