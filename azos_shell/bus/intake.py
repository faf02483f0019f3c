"""The intake: what comes in on standard input, as records.

Commands of azos may hand records over as they are (``as_written`` of the input); bytes before, between and after those
are read as a stream of their own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from azos_shell.core.values import Chunk, Records

if TYPE_CHECKING:
    from azos_shell.bus.call import Input
    from azos_shell.records.reading import Reading

ORIGIN = "standard input"


async def records_of(source: Input, reading: Reading | None) -> AsyncGenerator[Records, None]:
    """The records of an input. Raises AzosError for bytes that are none."""
    as_written = getattr(source, "as_written", None)
    if as_written is None:
        batches = _read(source.chunks(), reading)
        async with aclosing(batches):
            async for batch in batches:
                yield batch
        return
    batches = records_among(as_written(), reading)
    async with aclosing(batches):
        async for batch in batches:
            yield batch


def chunks_of(source: Input) -> AsyncGenerator[Chunk, None]:
    """What comes in, records as records where they come so."""
    as_written = getattr(source, "as_written", None)
    chunks: AsyncGenerator[Chunk, None] = _all_of(source) if as_written is None else as_written()
    return chunks


async def _all_of(source: Input) -> AsyncGenerator[Chunk, None]:
    async for data in source.chunks():
        yield data


async def records_among(
    chunks: AsyncGenerator[Chunk, None], reading: Reading | None
) -> AsyncGenerator[Records, None]:
    """The records among chunks, and those that each run of bytes among them holds."""
    async with aclosing(chunks):
        run = _Run(chunks)
        while (batch_or_bytes := await run.next()) is not None:
            if isinstance(batch_or_bytes, Records):
                yield batch_or_bytes
                continue
            run.put_back(batch_or_bytes)
            batches = _read(run.bytes(), reading)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch


def _read(chunks: AsyncIterator[bytes], reading: Reading | None) -> AsyncGenerator[Records, None]:
    from azos_shell.records.reading import read_records

    return read_records(chunks, reading, origin=ORIGIN)


class _Run:
    """Chunks with one that may be put back, so that a run of bytes among them can be read as one stream."""

    def __init__(self, chunks: AsyncGenerator[Chunk, None]) -> None:
        self._chunks = chunks
        self._held: Chunk | None = None

    async def next(self) -> Chunk | None:
        """The next chunk; None at the end."""
        held, self._held = self._held, None
        return held if held is not None else await anext(self._chunks, None)

    def put_back(self, chunk: Chunk) -> None:
        """It comes again."""
        self._held = chunk

    async def bytes(self) -> AsyncIterator[bytes]:
        """The bytes up to the next records, which are put back."""
        while (chunk := await self.next()) is not None:
            if isinstance(chunk, Records):
                self.put_back(chunk)
                return
            yield chunk

    def __repr__(self) -> str:
        return f"<_Run {'holding one' if self._held is not None else 'holding none'}>"
