"""The end of a file, to which records of the same columns are added."""

from __future__ import annotations

import os
from typing import ClassVar

from azos_shell.plugin import AzosError, Records
from azos_shell.records.blocks import decoded
from azos_shell.records.columns import ColumnUnion
from azos_shell.records.format import named_format, without_mark
from azos_shell.records.reading import Reading, RecordsReader
from azos_shell.rendering import formatter
from azos_shell.storage.whole_file import write_whole

_HEADER_BYTES = 2**20


class FileEnd:
    """Adds to a file, making it if it is missing. Raises AzosError for what the system refuses, and for other columns.

    Each batch is written at once, so that several writers' batches don't mix.
    """

    FORMATS: ClassVar = ("jsonl", "csv", "tsv")

    def __init__(self, path: str, format_name: str) -> None:
        self._path = path
        self._name = format_name
        self._formatter = formatter(format_name)
        self._descriptor = -1
        self._before = b""
        self._columns: ColumnUnion | None = None

    def __enter__(self) -> FileEnd:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            size = os.fstat(self._descriptor).st_size
            if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                self._before = b"\n"
            if size and self._name != "jsonl":
                self._agree(os.pread(self._descriptor, _HEADER_BYTES, 0))
        except OSError as error:
            self.__exit__()
            raise AzosError(f"{self._path}: {error.strerror}") from error
        except AzosError:
            self.__exit__()
            raise
        return self

    def feed(self, batch: Records) -> bytes:
        """The batch as it is to be written: with the file's header or its own, and in that one's order."""
        if self._columns is not None:
            header = self._columns.names
            batch = self._columns.aligned(batch)
            if batch.columns != header:
                further = ", ".join(batch.columns[len(header) :])
                raise AzosError(
                    f"{self._path}: its header has no column {further}; it has {', '.join(header)}"
                )
        data = self._before + self._formatter.feed(batch)
        self._before = b""
        return data

    def write(self, data: bytes) -> None:
        """Write all of it."""
        write_whole(self._descriptor, data, self._path)

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _agree(self, head: bytes) -> None:
        """Take over the header that is there."""
        line = decoded(without_mark(head, self._path).lstrip(b"\r\n").partition(b"\n")[0])
        told = named_format(self._name, line)
        if told.separator not in (",", "\t") or (self._name == "csv" and told.separator != ","):
            raise AzosError(f"{self._path}: its fields are separated by {told.separator!r}")
        reader = RecordsReader(Reading(format=self._name, on_error="skip"), self._path)
        columns = next((batch.columns for batch in [*reader.feed(head), *reader.finish()]), ())
        if columns:
            self._columns = ColumnUnion(columns)
            self._formatter.feed(Records(columns, []))  # the header is there

    def __repr__(self) -> str:
        return f"<FileEnd of {self._path} as {self._name}>"
