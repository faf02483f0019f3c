"""Reading bytes as records, whatever their format, batch by batch.

Each piece of input becomes a batch of the rows that it completes, so the first row is there as soon as its bytes
are, nothing is read ahead of who takes the batches, and the memory that is held does not grow with the stream.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

from azos_shell.core.frozen import frozen
from azos_shell.core.values import Records
from azos_shell.records.blocks import LineBlocks, Refusals, decoded
from azos_shell.records.columns import LINES, ObjectColumns
from azos_shell.records.delimited import DelimitedReader
from azos_shell.records.format import (
    BYTE_ORDER_MARK,
    SAMPLE_BYTES,
    Format,
    format_of,
    named_format,
    without_mark,
)
from azos_shell.records.objects import DocumentReader, objects_of_block
from azos_shell.records.unpacking import MAGIC, Unpacking

_PIECE_BYTES = 65_536
"""At most so much is made into rows at once: some milliseconds."""


@frozen
class Reading:
    """How bytes are to be read; what is not said is told by their content.

    ``format`` is one of ``records.format.FORMATS``, ``name_tells`` what a file's name says of its format (content
    that is JSON goes before). ``header``: whether the first line of CSV or TSV names the columns; it does unless
    False. ``on_error`` is ``stop`` or ``skip``; how much was skipped is told to ``tell`` at the end.
    """

    format: str | None = None
    header: bool | None = None
    on_error: str = "stop"
    tell: Callable[[str], object] | None = None
    name_tells: str | None = None


async def read_records(
    chunks: AsyncIterator[bytes], reading: Reading | None = None, *, origin: str = "standard input"
) -> AsyncGenerator[Records, None]:
    """The records that the bytes hold; ``origin`` begins the messages.

    Later batches may have further columns at their end (objects with new keys). Bytes that hold names but no rows
    give one batch without rows; no bytes give nothing. Raises AzosError for bytes that are no records. The chunks
    are closed with the generator.
    """
    reader = RecordsReader(reading or Reading(), origin)
    try:
        async for chunk in chunks:
            for batch in reader.feed(chunk):
                yield batch
        for batch in reader.finish():
            yield batch
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


class RecordsReader:
    """Give it bytes, take batches; then ``finish``."""

    def __init__(self, reading: Reading, origin: str) -> None:
        self._reading = reading
        self._origin = origin
        self._refusals = Refusals(origin, skip=reading.on_error == "skip", keep_error=True, tell=reading.tell)
        self._head = b""
        self._unpacking: Unpacking | None = None
        self._reader: _Reader | None = None
        self._began = False

    def feed(self, chunk: bytes) -> Iterator[Records]:
        """The batches that this chunk completes."""
        if not self._began:
            chunk = self._head = self._head + chunk
            if len(chunk) < len(MAGIC):
                return
            self._began, self._head = True, b""
            if chunk.startswith(MAGIC):
                self._unpacking = Unpacking(self._origin)
        pieces = _pieces(chunk) if self._unpacking is None else self._unpacking.pieces(chunk)
        for piece in pieces:
            yield from self._take(piece)

    def finish(self) -> Iterator[Records]:
        """The batches that the end completes; what was left out is told."""
        if self._unpacking is not None:
            self._unpacking.finish()
        if self._reader is None and self._head:
            yield from self._begin(whole=True)
        if self._reader is not None:
            yield from self._given(self._reader.finish())
        self._refusals.finish()

    def _take(self, piece: bytes) -> Iterator[Records]:
        if self._reader is not None:
            yield from self._given(self._reader.feed(piece))
            return
        self._head += piece
        yield from self._begin(whole=False)

    def _begin(self, *, whole: bool) -> Iterator[Records]:
        if not whole and BYTE_ORDER_MARK.startswith(self._head):
            return  # it may be one, or become one
        head = without_mark(self._head, self._origin)
        told = self._told(head, whole=whole)
        if told is not None:
            self._head = b""
            self._reader = _reader(told, self._reading, self._refusals)
            yield from self._given(self._reader.feed(head))

    def _given(self, batch: Records | None) -> Iterator[Records]:
        """The batch, then the error that ended it."""
        if batch is not None:
            yield batch
        if self._refusals.error is not None:
            raise self._refusals.error

    def _told(self, head: bytes, *, whole: bool) -> Format | None:
        name = self._reading.format
        if name is None:
            return format_of(head, whole=whole, origin=self._origin, name_tells=self._reading.name_tells)
        if name != "csv":
            return named_format(name, "")
        line, end, _ = head.lstrip(b"\r\n").partition(b"\n")
        return named_format(name, decoded(line)) if whole or end or len(head) >= SAMPLE_BYTES else None

    def __repr__(self) -> str:
        return f"<RecordsReader of {self._origin}: {self._reader!r}>"


class _Reader:
    """Bytes of one format to records."""

    def feed(self, data: bytes) -> Records | None:
        """The records that these bytes complete."""
        raise NotImplementedError

    def finish(self) -> Records | None:
        """The records that the end completes."""
        raise NotImplementedError


class _Delimited(_Reader):
    def __init__(self, reader: DelimitedReader, refusals: Refusals) -> None:
        self._reader = reader
        self._blocks = LineBlocks(refusals.origin)

    def feed(self, data: bytes) -> Records | None:
        return self._reader.feed(self._blocks.push(data))

    def finish(self) -> Records | None:
        return self._reader.feed(self._blocks.rest(), last=True)


class _JsonLines(_Reader):
    def __init__(self, refusals: Refusals) -> None:
        self._columns = ObjectColumns()
        self._blocks = LineBlocks(refusals.origin)
        self._refusals = refusals
        self._line = 1

    def feed(self, data: bytes) -> Records | None:
        return self._batch(self._blocks.push(data))

    def finish(self) -> Records | None:
        return self._batch(self._blocks.rest())

    def _batch(self, block: bytes) -> Records | None:
        objects = objects_of_block(block, self._line, self._refusals)
        self._line += block.count(b"\n")
        return self._columns.batch(objects) if objects else None


class _Document(_Reader):
    def __init__(self, refusals: Refusals) -> None:
        self._columns = ObjectColumns()
        self._reader = DocumentReader(refusals)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, data: bytes) -> Records | None:
        return self._batch(self._decoder.decode(data), last=False)

    def finish(self) -> Records | None:
        return self._batch(self._decoder.decode(b"", True), last=True)

    def _batch(self, text: str, *, last: bool) -> Records | None:
        objects = self._reader.feed(text, last=last)
        return self._columns.batch(objects) if objects else None


class _Lines(_Reader):
    def __init__(self, refusals: Refusals) -> None:
        self._blocks = LineBlocks(refusals.origin)

    def feed(self, data: bytes) -> Records | None:
        return self._batch(self._blocks.push(data))

    def finish(self) -> Records | None:
        return self._batch(self._blocks.rest())

    def _batch(self, block: bytes) -> Records | None:
        if not block:
            return None
        lines = decoded(block).removesuffix("\n").split("\n")
        return Records(LINES, [(line.removesuffix("\r"),) for line in lines])


def _reader(told: Format, reading: Reading, refusals: Refusals) -> _Reader:
    match told.name:
        case "json":
            return _Document(refusals)
        case "jsonl":
            return _JsonLines(refusals)
        case "lines":
            return _Lines(refusals)
    header = reading.header is not False
    return _Delimited(DelimitedReader(told.separator, header=header, refusals=refusals), refusals)


def _pieces(chunk: bytes) -> Iterator[bytes]:
    if len(chunk) <= _PIECE_BYTES:
        yield chunk
        return
    for start in range(0, len(chunk), _PIECE_BYTES):
        yield chunk[start : start + _PIECE_BYTES]
