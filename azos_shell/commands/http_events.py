"""Server-sent events (WHATWG HTML section 9.2) as records, each as soon as it is whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncGenerator, AsyncIterable

from azos_shell.plugin import DependencyError, Records

LONGEST_EVENT_BYTES = 8 * 2**20
"""The data of one event; a line without an end would fill the memory."""

EVENT_COLUMNS = ("event", "data", "id", "retry")

_LINE_END = re.compile(r"\r\n|\n|\r")


def is_event_stream(content_type: str) -> bool:
    """Whether the body is a stream of events, by its type."""
    return content_type.partition(";")[0].strip().lower() == "text/event-stream"


async def events_of(pieces: AsyncIterable[bytes]) -> AsyncGenerator[Records, None]:
    """The events, those that came together in one batch. Raises DependencyError for one that is too long.

    An event that has not ended when the stream does is none, as the standard says.
    """
    from httpx_sse._decoders import SSEDecoder

    decoder = SSEDecoder()
    lines = _Lines()
    size = 0
    async for piece in pieces:
        rows = []
        for line in lines.feed(piece):
            size += len(line)
            if size > LONGEST_EVENT_BYTES:
                raise _too_long()
            event = decoder.decode(line)
            if not line:
                size = 0
            if event is not None:
                rows.append((event.event, event.data, event.id or None, event.retry))
        if rows:
            yield Records(EVENT_COLUMNS, rows)


class _Lines:
    """Cuts a stream of UTF-8 into lines, which end as the standard says: CR LF, LF or CR."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest: list[str] = []
        self._rest_size = 0
        self._is_first = True
        self._after_return = False

    def feed(self, piece: bytes) -> list[str]:
        text = self._decoder.decode(piece)
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if self._after_return and text:
            text = text.removeprefix("\n")
            self._after_return = False
        if text.endswith("\r"):  # it ends the line now; a line feed that follows belongs to it
            self._after_return = True
        *lines, rest = _LINE_END.split(text)
        if lines:
            lines[0] = "".join([*self._rest, lines[0]])
            self._rest, self._rest_size = [], 0
        self._rest.append(rest)
        self._rest_size += len(rest)
        if self._rest_size > LONGEST_EVENT_BYTES:
            raise _too_long()
        return lines


def _too_long() -> DependencyError:
    return DependencyError(f"an event is longer than {LONGEST_EVENT_BYTES >> 20} MiB")
