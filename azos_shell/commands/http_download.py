"""A download: the body in a file that appears once it is whole, gone on with where it was cut off."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from azos_shell.commands.http_decoding import BodyDecoder
from azos_shell.commands.http_file_name import file_name_of, free_name
from azos_shell.commands.http_part_file import PartFile, whole_size
from azos_shell.commands.http_records import Page
from azos_shell.commands.http_request import Request
from azos_shell.commands.http_sending import Sender
from azos_shell.language.visible import visible
from azos_shell.plugin import AzosError, Call
from azos_shell.rendering.progress import ProgressBar, ProgressLine
from azos_shell.rendering.text import size as size_text
from azos_shell.storage.whole_file import WholeFile

if TYPE_CHECKING:
    from azos_shell.pools.http_request import Answer

Heard = Callable[["Answer"], None]
"""Called with the answer that counts, before its body is read."""

Shown = Callable[[Page], AsyncGenerator[bytes, None]]
"""Gives the body of an answer that is no file: what the server says of what went wrong."""


class Download:
    """One download. ``output`` is the path that was asked for, None for a name that the server or the address has."""

    def __init__(
        self,
        call: Call,
        sender: Sender,
        output: str | None,
        *,
        go_on: bool,
        max_bytes: int | None,
        heard: Heard,
    ) -> None:
        self._call = call
        self._sender = sender
        self._output = output
        self._go_on = go_on
        self._max_bytes = max_bytes
        self._heard = heard

    async def run(self, request: Request, shown: Shown) -> AsyncGenerator[bytes, None]:
        """Save the body of a good answer; give that of any other. Raises AzosError."""
        request = request.with_header(b"Accept-Encoding", b"identity")  # parts are parts of what is packed
        if self._output is not None and _is_special(self._output):
            async with aclosing(self._into_special(request, self._output, shown)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        if not self._go_on or self._output is None:
            async with (
                self._sender.answered(request) as answer,
                aclosing(self._saved_or_shown(answer, None, shown)) as pieces,
            ):
                async for piece in pieces:
                    yield piece
            return
        if os.path.exists(self._output) and not os.path.exists(f"{self._output}.part"):
            self._call.error(f"{self._output} is whole; without -c it is fetched anew")
            return
        with PartFile(self._output, go_on=True) as part:
            for attempt in (_going_on(request, part), request):
                async with self._sender.answered(attempt) as answer:
                    if answer.status == 416 and attempt is not request:
                        if whole_size(answer.header("content-range")) == part.size:
                            self._heard(answer)
                            self._call.status = 0  # nothing is missing: no error of the server's
                            self._finish(part, self._output)
                            return
                        continue  # it has changed: the whole of it, then
                    async with aclosing(self._saved_or_shown(answer, part, shown)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return

    async def _saved_or_shown(
        self, answer: Answer, part: PartFile | None, shown: Shown
    ) -> AsyncGenerator[bytes, None]:
        self._heard(answer)
        if answer.status not in (200, 203, 206):
            async with aclosing(shown(_page(answer))) as pieces:
                async for piece in pieces:
                    yield piece
            return
        if part is not None and self._output is not None:
            await self._save(answer, part, self._output)
            return
        path = self._output or self._free_path(answer)
        with PartFile(path, go_on=False) as new:
            await self._save(answer, new, path)

    async def _save(self, answer: Answer, part: PartFile, path: str) -> None:
        headers = {name.lower(): value for name, value in answer.headers}
        is_packed = headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
        if answer.status == 206:
            if is_packed or not part.size:
                raise AzosError("the server gave a part that was not asked for")
            part.go_on(headers.get("content-range", ""))
        else:
            part.restart(answer.url, {} if is_packed else headers)
        length = headers.get("content-length", "")
        total = part.size + int(length) if length.isdigit() and not is_packed else None
        bar = self._bar(total, part.size)
        decoder = BodyDecoder(headers.get("content-encoding", "") if is_packed else "")
        try:
            async with aclosing(answer.body()) as chunks:
                async for chunk in chunks:
                    for piece in decoder.feed(chunk):
                        part.write(piece)
                        if self._max_bytes is not None and part.size > self._max_bytes:
                            raise AzosError(f"the file is longer than {self._max_bytes} bytes (--max-bytes)")
                        bar.update(part.size)
            decoder.finish()
        except BaseException:
            bar.clear()
            if part.size and part.validator:
                self._tell(f"{part.size} bytes are kept in {path}.part; -d -c -o {path} goes on")
            raise
        bar.clear()
        self._finish(part, path)

    def _finish(self, part: PartFile, path: str) -> None:
        part.keep()
        if self._output is None or self._call.stderr.is_terminal():
            shown = os.path.relpath(path, self._call.shell.cwd)
            self._tell(f"saved {path if shown.startswith('..') else shown} ({size_text(part.size)})")

    def _free_path(self, answer: Answer) -> str:
        name = file_name_of(answer.header("content-disposition"), answer.url, answer.header("content-type"))
        here = self._call.shell.cwd

        def is_taken(candidate: str) -> bool:
            path = os.path.join(here, candidate)
            return os.path.lexists(path) or os.path.lexists(f"{path}.part")

        return os.path.join(here, free_name(name, is_taken))

    async def _into_special(self, request: Request, path: str, shown: Shown) -> AsyncGenerator[bytes, None]:
        """Into a device or a named pipe, as it comes."""
        async with self._sender.answered(request) as answer:
            self._heard(answer)
            if answer.status not in (200, 203):
                async with aclosing(shown(_page(answer))) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            length = answer.header("content-length")
            bar = self._bar(int(length) if length.isdigit() else None, 0)
            size = 0
            try:
                with WholeFile(path) as file:
                    async with aclosing(answer.body()) as chunks:
                        async for chunk in chunks:
                            file.write(chunk)
                            size += len(chunk)
                            bar.update(size)
            finally:
                bar.clear()

    def _bar(self, total: int | None, done: int) -> ProgressBar:
        clock = self._call.services.clock
        line = ProgressLine(total, "bytes", clock.monotonic())
        if done:
            line.begin_at(done)
        return ProgressBar(self._call.stderr, line, clock, terminal_name=self._call.shell.get("TERM"))

    def _tell(self, text: str) -> None:
        self._call.stderr.write(f"{visible(text)}\n".encode())

    def __repr__(self) -> str:
        return f"<Download into {self._output or 'a new file'}>"


def _going_on(request: Request, part: PartFile) -> Request:
    """The request for what is missing, if nothing has changed meanwhile (RFC 9110 section 13.1.5)."""
    if not part.size:
        return request
    ranged = request.with_header(b"Range", f"bytes={part.size}-".encode())
    return ranged.with_header(b"If-Range", part.validator.encode("latin-1"))


def _page(answer: Answer) -> Page:
    return Page(answer.header("content-type"), answer.body())


def _is_special(path: str) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False
