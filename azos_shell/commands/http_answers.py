"""One ``http`` from its request to its output: what is sent, in what order what is shown, and what follows."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from typing import TYPE_CHECKING

from azos_shell.commands.http_asked import Asked, request_of, without_credentials_in_address
from azos_shell.commands.http_cookies import Cookies
from azos_shell.commands.http_decoding import BodyDecoder, UnknownEncodingError
from azos_shell.commands.http_events import is_event_stream
from azos_shell.commands.http_output import Showing, sent_head
from azos_shell.commands.http_pages import next_link
from azos_shell.commands.http_records import Page, path_of, records_of
from azos_shell.commands.http_request import Request, linked_address
from azos_shell.commands.http_sending import Sender, Way
from azos_shell.commands.http_shown import for_terminal, is_json
from azos_shell.language.visible import visible
from azos_shell.plugin import AzosError, Call, Chunk, DependencyError, TimeLimitError, UsageError
from azos_shell.pools.http_redirects import without_credentials
from azos_shell.pools.http_request import origin_of
from azos_shell.storage.whole_file import WholeFile

if TYPE_CHECKING:
    from azos_shell.commands.http_session import Session
    from azos_shell.pools.http_request import Answer

MAX_BYTES = 2**30


async def answers(call: Call, asked: Asked, way: Way) -> AsyncGenerator[Chunk, None]:
    """What the options and words ask for, as bytes or records."""
    if call.format is not None and asked.output is not None:
        raise UsageError("-o takes the body as it came; records go into a file by `>FILE`")
    given = await request_of(call, asked)
    credentials = asked.credentials(given)
    request = without_credentials_in_address(given)
    session = _session(call, asked, given)
    if session is not None:
        credentials = credentials or (None if given.header("authorization") else session.credentials)
        request = session.added_to(request)
    showing = Showing(call, asked)
    sender = Sender(
        call,
        way,
        Cookies() if session is None else session.cookies,
        credentials,
        request.address.origin,
        on_request=lambda sent: showing.request(sent, sender.hidden),
        on_answer=showing.answer,
    )

    def heard(answer: Answer) -> None:
        call.status = exit_status(answer.status)
        showing.last()
        if session is not None:
            session.keep(given.headers, given.unset, credentials)

    one = _Exchange(call, asked, sender, showing, heard)
    output: AsyncGenerator[Chunk, None]
    if asked.curl:
        from azos_shell.commands.http_curl import curl_of

        output = _as_curl(call, curl_of(request, asked, way, credentials), is_secret=credentials is not None)
    elif asked.offline:
        output = _unsent(showing, sender.prepared(request), sender.hidden, asked.shown or frozenset("HB"))
    elif asked.download:
        from azos_shell.commands.http_download import Download

        where = None if asked.output is None else call.shell.resolve_path(asked.output)
        if where is not None and os.path.islink(where):
            where = os.path.realpath(where)  # a link stays a link
        saving = Download(call, sender, where, go_on=asked.go_on, max_bytes=asked.max_bytes, heard=heard)
        output = saving.run(request, one.piped)
    else:
        output = one.output(request)
    async with aclosing(output):
        async for chunk in output:
            yield chunk


class _Exchange:
    """The answers of one ``http``, unpacked and, where it follows their links, page by page."""

    def __init__(
        self, call: Call, asked: Asked, sender: Sender, showing: Showing, heard: Callable[[Answer], None]
    ) -> None:
        self._call = call
        self._asked = asked
        self._sender = sender
        self._showing = showing
        self._heard = heard
        self._path = path_of(asked.records)
        self._told = ""

    async def pages(self, request: Request) -> AsyncGenerator[Page, None]:
        """The answer, and those it links to as next if that is asked for."""
        seen = {request.address.url}
        pages_left = (self._asked.max_pages or 0) if self._asked.all_pages else 1
        while True:
            async with self._sender.answered(request) as answer:
                self._heard(answer)
                self._told = visible(f"{answer.status_line} of {origin_of(answer.url)}")
                body = unpacked(self._call, answer, self._asked.max_bytes)
                async with aclosing(body):
                    yield Page(answer.header("content-type"), body)
                pages_left -= 1
                following = self._next(request, answer) if pages_left else None
            if following is None:
                return
            if following.address.url in seen:
                raise AzosError(f"{following.address.url} is linked to as the next page of itself")
            seen.add(following.address.url)
            request = following

    async def output(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """All of it as records where they are wanted, else the bodies; nothing, if they go into a file."""
        async with aclosing(self.pages(request)) as pages:
            if self._asked.output is not None:
                await self._save(pages, self._call.shell.resolve_path(self._asked.output))
                return
            first = await anext(pages)
            chunks: AsyncGenerator[Chunk, None] = self._bodies(_with_first(first, pages))
            if self._wants_records(first):
                chunks = records_of(_with_first(first, pages), self._path, request.address.origin)
            async with aclosing(chunks):
                try:
                    async for chunk in chunks:
                        yield chunk
                except (DependencyError, TimeLimitError):
                    raise
                except AzosError as error:
                    if not self._call.status:
                        raise
                    raise AzosError(f"{self._told}: {error.message}", status=self._call.status) from error

    def _wants_records(self, page: Page) -> bool:
        """Whether records were asked for, or who reads on takes them and can't make them of the bytes."""
        if self._call.format is not None or self._path:
            return True
        if not hasattr(self._call.stdout, "put_records") or not self._showing.wants_body:
            return False
        is_in_pages = self._asked.all_pages and is_json(page.content_type)
        return is_in_pages or is_event_stream(page.content_type)

    async def _bodies(self, pages: AsyncGenerator[Page, None]) -> AsyncGenerator[bytes, None]:
        """The bodies as they are given: laid out on a terminal, else as they came."""
        async for page in pages:
            if self._showing.wants_body:
                async with aclosing(self.piped(page)) as pieces:
                    async for piece in pieces:
                        yield piece

    async def _save(self, pages: AsyncGenerator[Page, None], path: str) -> None:
        with WholeFile(path) as file:
            async for page in pages:
                async for piece in page.pieces:
                    file.write(piece)
            file.keep()

    async def piped(self, page: Page) -> AsyncGenerator[bytes, None]:
        """The body of one page as standard output gets it."""
        pieces = page.pieces
        if self._showing.on_terminal:
            pieces = for_terminal(page.pieces, page.content_type, colour=self._showing.colour)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    def _next(self, request: Request, answer: Answer) -> Request | None:
        """The request for the next page; to another origin without anything that tells who asks."""
        link = next_link(answer.header("link"))
        if link is None:
            return None
        address = linked_address(answer.url, link)
        if answer.url.startswith("https:") and not address.url.startswith("https:"):
            raise AzosError(
                f"the next page, {address.url}, is not secure; ask there yourself if that is meant"
            )
        headers = request.headers
        if address.origin != request.address.origin:
            headers = without_credentials(headers)
        return Request("GET", address, headers, request.unset)


async def _with_first(first: Page, others: AsyncGenerator[Page, None]) -> AsyncGenerator[Page, None]:
    yield first
    async for page in others:
        yield page


async def unpacked(call: Call, answer: Answer, max_bytes: int | None) -> AsyncGenerator[bytes, None]:
    """The body, unpacked, as it comes; refused where it grows beyond the limit."""
    limit = MAX_BYTES if max_bytes is None else max_bytes
    try:
        decoder = BodyDecoder(answer.header("content-encoding"))
    except UnknownEncodingError as error:
        call.error(f"the body is left in its encoding, {visible(str(error))}")
        decoder = BodyDecoder("")
    size = 0
    async with aclosing(answer.body()) as chunks:
        async for chunk in chunks:
            for piece in decoder.feed(chunk):
                size += len(piece)
                if size > limit:
                    raise AzosError(f"the body is longer than {limit} bytes; --max-bytes N allows more")
                yield piece
    decoder.finish()


def exit_status(code: int) -> int:
    """What the exit status is for an answer: 0, or the class of a redirect or an error."""
    return code // 100 if code >= 300 else 0


async def _as_curl(call: Call, line: str, *, is_secret: bool) -> AsyncGenerator[bytes, None]:
    if is_secret:
        call.error("the curl command holds what proves who asks: it is for your eyes only")
    yield f"{line}\n".encode("utf-8", "surrogateescape")


async def _unsent(
    showing: Showing, request: Request, hidden: Collection[str], parts: frozenset[str]
) -> AsyncGenerator[bytes, None]:
    """The request as it would be sent: laid out on a terminal, else byte by byte."""
    if showing.on_terminal:
        showing.unsent(request, hidden, parts)
        return
    if "H" in parts:
        yield sent_head(request, hidden).text().encode("utf-8", "surrogateescape")
    if "B" in parts and request.body is not None:
        body = request.body.open()
        if isinstance(body, bytes):
            yield body
        else:
            async with aclosing(body):
                async for piece in body:
                    yield piece
        yield b"\n"


def _session(call: Call, asked: Asked, request: Request) -> Session | None:
    name = asked.session or asked.session_read_only
    if name is None:
        return None
    from azos_shell.commands.http_session import Session, session_path

    if "/" in name:
        path = call.shell.resolve_path(os.path.expanduser(name))
    else:
        path = session_path(name, request.address, call.services.places.state_dir)
    return Session(path, read_only=asked.session is None)
