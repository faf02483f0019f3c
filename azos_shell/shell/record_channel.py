"""The record channel: joins two of the shell's own commands in a pipeline where the first gives records and the second
takes them.

What would be written as JSON Lines into a pipe and read again goes from hand to hand. Both ends are files of the
shell's tables, so redirections and subshells treat them as any other; bytes pass, too, in order among the records.
A program that is given one of the ends gets the end of a kernel pipe, and a task carries bytes between that and the
channel.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING

from azos_shell.core.values import Chunk, Records
from azos_shell.shell.files import OpenFile, new_pipe

if TYPE_CHECKING:
    import asyncio

BATCHES_AHEAD = 2
"""What the writer may be ahead of the reader by: one batch that is taken next and one that is being made."""


class RecordChannel:
    """A bounded queue of chunks between a writer and a reader on one event loop."""

    def __init__(self) -> None:
        self.chunks: deque[Chunk] = deque()
        self.is_ended = False
        """Whether nobody can write any more."""
        self.is_abandoned = False
        """Whether nobody can read any more."""
        self.on_abandoned: list[Callable[[], None]] = []
        """Called once when the last who could read lets go."""
        self._waiters: list[asyncio.Future[None]] = []
        self.reader = ChannelReader(self)
        self.writer = ChannelWriter(self)

    async def put(self, chunk: Chunk) -> None:
        """Hand on a chunk, waiting while the reader is behind. Raises BrokenPipeError if it has gone."""
        self.put_now(chunk)
        await self.until_taken()

    def put_now(self, chunk: Chunk) -> None:
        """Hand on a chunk however far behind the reader is. Raises BrokenPipeError once there is none."""
        if self.is_abandoned:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if chunk != b"":  # records without rows still tell their columns
            self.chunks.append(chunk)
            self._wake()

    async def until_taken(self) -> None:
        """Wait until the reader is less than ``BATCHES_AHEAD`` behind. Raises BrokenPipeError if it goes meanwhile.

        A reader that goes when all is taken is no error, as with a pipe: only what is written after that is.
        """
        while len(self.chunks) >= BATCHES_AHEAD:
            await self._changed()
            if self.is_abandoned:
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    async def take(self) -> Chunk | None:
        """The next chunk; None at the end."""
        while not self.chunks:
            if self.is_ended:
                return None
            await self._changed()
        chunk = self.chunks.popleft()
        self._wake()
        return chunk

    def give_back(self, rest: bytes) -> None:
        """Put back what the reader did not want of the bytes that it took."""
        self.chunks.appendleft(rest)

    def end(self) -> None:
        """The writer has let go."""
        self.is_ended = True
        self._wake()

    def abandon(self) -> None:
        """The reader has let go: what is left is forgotten, and the writer learns of it."""
        self.is_abandoned = True
        self.chunks.clear()
        for act in self.on_abandoned:
            act()
        self.on_abandoned.clear()
        self._wake()

    async def _changed(self) -> None:
        import asyncio

        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def __repr__(self) -> str:
        state = "abandoned" if self.is_abandoned else "ended" if self.is_ended else "open"
        return f"<RecordChannel {state}, {len(self.chunks)} chunks>"


class _ChannelEnd(OpenFile):
    """What both ends have in common: a kernel pipe only if somebody asks for a descriptor."""

    __slots__ = ("_bridge", "_channel")

    def __init__(self, channel: RecordChannel) -> None:
        super().__init__(-1, owned=False)
        self._channel = channel
        self._bridge: asyncio.Task[None] | None = None

    def is_terminal(self) -> bool:
        return False

    def fileno(self) -> int:
        """The descriptor of a pipe's end, made at the first call, and a task that carries bytes to or from it."""
        if self._fd < 0:
            import asyncio

            reader, writer = new_pipe()
            self._fd, other = self._ends(reader, writer)
            self._owned = True
            self._bridge = asyncio.get_running_loop().create_task(self._carry(OpenFile(other).retain()))
        return self._fd

    def release(self) -> None:
        self._references -= 1
        if self._references <= 0:
            self._close()
            if self._bridge is None:
                self._let_go()

    @staticmethod
    def _ends(reader: int, writer: int) -> tuple[int, int]:
        raise NotImplementedError

    async def _carry(self, other: OpenFile) -> None:
        raise NotImplementedError

    def _let_go(self) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._channel!r}>"


class ChannelWriter(_ChannelEnd):
    """The writing end: takes records as they are."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        self._channel.put_now(data)

    async def put_records(self, batch: Records) -> None:
        """Hand records to the reader, waiting while it is behind. Raises BrokenPipeError once there is none."""
        await self._channel.put(batch)

    async def drain(self) -> None:
        await self._channel.until_taken()

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when the reader lets go; returns what ends the watch."""
        if self._channel.is_abandoned:
            act()
            return lambda: None
        watching = self._channel.on_abandoned
        watching.append(act)
        return lambda: watching.remove(act) if act in watching else None

    @staticmethod
    def _ends(reader: int, writer: int) -> tuple[int, int]:
        return writer, reader

    async def _carry(self, other: OpenFile) -> None:
        try:
            async for data in other.chunks():
                await self._channel.put(data)
        except OSError:
            pass  # the reader has gone: so does the pipe, and its writers learn of it from the kernel
        finally:
            other.release()
            self._let_go()

    def _let_go(self) -> None:
        self._channel.end()


class ChannelReader(_ChannelEnd):
    """The reading end: gives records as they are, or everything as bytes, records as JSON Lines."""

    __slots__ = ()

    async def take(self) -> Chunk | None:
        """The next chunk as it was written; None at the end."""
        return await self._channel.take()

    async def read(self, size: int = 65536) -> bytes:
        data = b""
        while not data:  # records without rows are no bytes, and not the end
            chunk = await self._channel.take()
            if chunk is None:
                return b""
            data = _as_bytes(chunk)
        if len(data) > size:
            self._channel.give_back(data[size:])
            return data[:size]
        return data

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self.as_written():
            yield _as_bytes(chunk)

    async def as_written(self) -> AsyncGenerator[Chunk, None]:
        """All that is left, records as records."""
        while (chunk := await self._channel.take()) is not None:
            yield chunk

    @staticmethod
    def _ends(reader: int, writer: int) -> tuple[int, int]:
        return reader, writer

    async def _carry(self, other: OpenFile) -> None:
        try:
            async for data in self.chunks():
                other.write(data)
                await other.drain()
        except OSError:
            pass  # whoever read it has gone
        finally:
            other.release()
            self._let_go()

    def _let_go(self) -> None:
        self._channel.abandon()


def _as_bytes(chunk: Chunk) -> bytes:
    if not isinstance(chunk, Records):
        return chunk
    from azos_shell.rendering import formatter

    return formatter("jsonl").feed(chunk)
