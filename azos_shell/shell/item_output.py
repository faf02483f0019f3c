"""The output of one item of many: kept until its turn has come, in memory while it is small, else in a file.

Records stay records, so that what follows gets them as they are; bytes are passed on untouched.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO

from azos_shell.core.values import Chunk, Records
from azos_shell.shell.capture import Capture

IN_MEMORY_BYTES = 2**20
"""Beyond this an output goes on in an unnamed file: a thousand that wait take at most a gigabyte of address space and
in practice, where few are large, a few megabytes."""

_RECORD_BYTES = 64
"""What a value of a record is taken to weigh: a Python object and its place in the row."""


class ItemOutput(Capture):
    """A capture that keeps records apart from bytes and does not grow in memory."""

    __slots__ = ("_file", "_kept", "_size")

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Chunk] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    async def put_records(self, batch: Records) -> None:
        """Keep records as they are."""
        self._store(batch, len(batch) * len(batch.columns) * _RECORD_BYTES)

    def chunks_kept(self) -> Iterator[Chunk]:
        """What was written, in its order; once only."""
        kept, self._kept = self._kept, []
        yield from kept
        if self._file is not None:
            self._file.seek(0)
            while True:
                try:
                    yield pickle.load(self._file)  # nobody else has ever had this file
                except EOFError:
                    return

    @property
    def size_bytes(self) -> int:
        """How much was written; of records about that."""
        return self._size

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not self._kept and self._file is None

    def cut_off(self) -> None:
        """Take what is there and wait for no more."""
        if self.reader >= 0:
            self.empty()
        self.abandon()

    def forget(self) -> None:
        """Give everything back."""
        self.abandon()
        self._kept = []
        if self._file is not None:
            self._file.close()

    def _keep(self, data: bytes) -> None:
        self._store(data, len(data))

    def _store(self, chunk: Chunk, size_bytes: int) -> None:
        self._size += size_bytes
        if self._file is None and self._size > IN_MEMORY_BYTES:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - forget() closes it
        if self._file is None:
            self._kept.append(chunk)
        else:
            pickle.dump(chunk, self._file, pickle.HIGHEST_PROTOCOL)

    def __repr__(self) -> str:
        return f"<ItemOutput {self._size} bytes{' in a file' if self._file is not None else ''}>"
