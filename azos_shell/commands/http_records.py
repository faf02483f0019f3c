"""The body of an answer, or of all its pages, as records."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from azos_shell.commands.http_digging import Digger
from azos_shell.commands.http_events import events_of, is_event_stream
from azos_shell.commands.http_shown import is_json
from azos_shell.plugin import AzosError, Records, UsageError
from azos_shell.records.reading import Reading, read_records

_FORMATS = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: the type of its body, and the body, unpacked, as it comes."""

    content_type: str
    pieces: AsyncGenerator[bytes, None]


def path_of(text: str | None) -> tuple[str, ...]:
    """``a.b`` as names. Raises UsageError."""
    names = () if text is None else tuple(text.split("."))
    if "" in names:
        raise UsageError(f"--records takes names with dots between them, not {text!r}")
    return names


async def records_of(
    pages: AsyncGenerator[Page, None], path: tuple[str, ...], origin: str
) -> AsyncGenerator[Records, None]:
    """The records of all pages as one stream: JSON below ``path``, CSV, TSV and JSON Lines by their lines, events.

    Raises AzosError for a body that holds none.
    """
    async with aclosing(pages):
        async for page in pages:
            if is_event_stream(page.content_type):
                batches = events_of(page.pieces)
            elif path or is_json(page.content_type):
                lines = _elements(page, pages, path)
                batches = read_records(lines, Reading(format="jsonl"), origin=origin)
            else:
                batches = _rows_of_lines(page, pages, origin)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch


async def _elements(
    first: Page, pages: AsyncIterator[Page], path: tuple[str, ...]
) -> AsyncGenerator[bytes, None]:
    """The elements of the first page and of those that follow, as JSON Lines."""
    page: Page | None = first
    while page is not None:
        digger = Digger(path)
        async with aclosing(page.pieces):
            async for piece in page.pieces:
                if lines := digger.feed(piece):
                    yield lines
        if lines := digger.finish():
            yield lines
        page = await anext(pages, None)


async def _rows_of_lines(
    first: Page, pages: AsyncIterator[Page], origin: str
) -> AsyncGenerator[Records, None]:
    """The rows of pages that have their columns in each of them."""
    page: Page | None = first
    columns: tuple[str, ...] | None = None
    while page is not None:
        kind = _FORMATS.get(page.content_type.partition(";")[0].strip().lower())
        batches = read_records(page.pieces, Reading(format=kind), origin=origin)
        async with aclosing(batches):
            async for batch in batches:
                if columns is not None and batch.columns[: len(columns)] != columns:
                    raise AzosError(f"{origin}: a page has other columns than those before it")
                columns = batch.columns
                yield batch
        page = await anext(pages, None)
