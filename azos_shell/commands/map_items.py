"""The items of ``map``: lines, records, or words after ``:::``, and what each puts into a template's places."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from azos_shell.bus.intake import records_among
from azos_shell.language.tree import CommandList
from azos_shell.plugin import AzosError, Chunk, Records, UsageError
from azos_shell.rendering import formatter
from azos_shell.rendering.cells import cell_text, encode_json

LINE_LIMIT_BYTES: Final = 64 * 2**20
"""A longer line is no item: no program takes an argument of that size (MAX_ARG_STRLEN of Linux is 128 KiB)."""

COUNTED_BYTES: Final = 2**28
"""A file is looked through for the number of its items if it is no larger: that takes a tenth of a second."""

_READ_BYTES: Final = 2**20
_BATCH_ITEMS: Final = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: its number from 1 on, its text, and, of a record, its fields by name.

    ``commands`` are what is to be run where the item is a command line itself.
    """

    number: int
    text: str
    fields: dict[str, Any] | None = None
    commands: CommandList | None = None

    def place(self, name: str) -> str | None:
        """What fills the place of that name; None if it is none of this item's."""
        found = _FIXED.get(name)
        if found is not None:
            return found(self)
        if self.fields is None:
            return self.text if name == "1" else None
        if name in self.fields:
            return cell_text(self.fields[name])
        if name.isdecimal() and int(name) <= len(self.fields):
            return cell_text([*self.fields.values()][int(name) - 1])
        return None


_FIXED: Final[dict[str, Callable[[Entry], str]]] = {
    "": lambda entry: entry.text,
    "#": lambda entry: str(entry.number),
    ".": lambda entry: os.path.splitext(entry.text)[0],
    "/": lambda entry: os.path.basename(entry.text),
    "//": lambda entry: os.path.dirname(entry.text) or ".",
    "/.": lambda entry: os.path.splitext(os.path.basename(entry.text))[0],
}
"""The places that every item fills; the names are GNU parallel's."""


def entries_of_words(words: Sequence[str]) -> list[Entry]:
    """Words as items."""
    return [Entry(number, word) for number, word in enumerate(words, 1)]


def count_in(fd: int, end: bytes) -> int | None:
    """How many items the rest of a regular file holds; None for any other file, and for one too large to look through.

    The place in the file stays. Raises OSError.
    """
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_size > COUNTED_BYTES:
        return None
    at, count, last = os.lseek(fd, 0, os.SEEK_CUR), 0, end
    while data := os.pread(fd, _READ_BYTES, at):
        at += len(data)
        count += data.count(end)
        last = data[-1:]
    return count + (last != end)


async def entries_of_lines(
    chunks: AsyncIterator[bytes], end: bytes = b"\n"
) -> AsyncGenerator[list[Entry], None]:
    """Each line as an item, without its end; the last may lack one. Bytes that are no UTF-8 pass as they are."""
    number = 0
    rest: list[bytes] = []
    rest_size = 0
    async for chunk in chunks:
        head, found, tail = chunk.rpartition(end)
        if not found:
            rest.append(chunk)
            rest_size += len(chunk)
            if rest_size > LINE_LIMIT_BYTES:
                raise AzosError(f"item {number + 1} is longer than {LINE_LIMIT_BYTES >> 20} MiB")
            continue
        lines = b"".join([*rest, head]).split(end)
        rest, rest_size = ([tail], len(tail)) if tail else ([], 0)
        for begin in range(0, len(lines), _BATCH_ITEMS):
            part = lines[begin : begin + _BATCH_ITEMS]
            yield [Entry(n, _text(line)) for n, line in enumerate(part, number + 1)]
            number += len(part)
    if rest:
        yield [Entry(number + 1, _text(b"".join(rest)))]


async def entries_of_records(batches: AsyncGenerator[Records, None]) -> AsyncGenerator[list[Entry], None]:
    """Each record as an item: its text is its only value, or all of it as JSON."""
    number = 0
    async with aclosing(batches):
        async for batch in batches:
            entries = []
            for row in batch.rows:
                number += 1
                fields = dict(zip(batch.columns, row, strict=True))
                text = cell_text(row[0]) if len(row) == 1 else encode_json(fields).decode()
                entries.append(Entry(number, text, fields))
            yield entries


async def entries_of_input(
    chunks: AsyncGenerator[Chunk, None], fields: frozenset[str], end: bytes
) -> AsyncGenerator[list[Entry], None]:
    """The items that come in: records where records come, or where bytes hold records that have the fields named.

    Without a field named, bytes are lines.
    """
    async with aclosing(chunks):
        beginning, is_records = await _beginning(chunks, fields, end)
        if is_records:
            batches = records_among(_again(beginning, chunks), None)
            entries = entries_of_records(_checked(batches, fields))
        else:
            entries = entries_of_lines(_bytes(_again(beginning, chunks)), end)
        async with aclosing(entries):
            async for some in entries:
                yield some


async def _beginning(
    chunks: AsyncGenerator[Chunk, None], fields: frozenset[str], end: bytes
) -> tuple[list[Chunk], bool]:
    """What has to be seen to tell, and whether records come."""
    seen: list[Chunk] = []
    data = b""
    async for chunk in chunks:
        seen.append(chunk)
        if isinstance(chunk, Records):
            return seen, not data or bool(fields)
        data += chunk
        if not fields or (b"\n" in data.lstrip() or len(data) > 2**20) or end != b"\n":
            break
    return seen, bool(fields) and end == b"\n" and _has_fields(data, fields)


def _has_fields(data: bytes, fields: frozenset[str]) -> bool:
    """Whether it begins as JSON, or with a line that names all the fields."""
    text = data.lstrip()
    if text[:1] in (b"{", b"["):
        return True
    line = text.partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    names = {name.strip().strip('"') for separator in ",\t" for name in line.split(separator)}
    return fields <= names


async def _again(seen: list[Chunk], chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    for chunk in seen:
        yield chunk
    async for chunk in chunks:
        yield chunk


async def _bytes(chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[bytes, None]:
    async for chunk in chunks:
        yield formatter("jsonl").feed(chunk) if isinstance(chunk, Records) else chunk


async def _checked(
    batches: AsyncGenerator[Records, None], fields: frozenset[str]
) -> AsyncGenerator[Records, None]:
    """Raises UsageError if the records lack a field that the template names."""
    async with aclosing(batches):
        async for batch in batches:
            for name in sorted(fields):
                if name not in batch.columns and not (name.isdecimal() and int(name) <= len(batch.columns)):
                    raise UsageError(f"no field {{{name}}}: the records have {', '.join(batch.columns)}")
            yield batch


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")
