"""One ``http`` from its request to its output: what is sent, in what order what is shown, and what follows."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from azos_shell.commands.http_asked import Asked, request_of, without_credentials_in_address
from azos_shell.commands.http_cookies import Cookies
from azos_shell.commands.http_curl import curl_of
from azos_shell.commands.http_decoding import BodyDecoder, UnknownEncodingError
from azos_shell.commands.http_download import Download
from azos_shell.commands.http_output import Showing, sent_head
from azos_shell.commands.http_pages import next_link
from azos_shell.commands.http_records import Page, path_of, records_of
from azos_shell.commands.http_request import Request, address_of
from azos_shell.commands.http_sending import Sender, Way
from azos_shell.commands.http_session import Session, session_path
from azos_shell.commands.http_shown import for_terminal
from azos_shell.language.visible import visible
from azos_shell.plugin import AzosError, Call, Chunk
from azos_shell.pools.http_redirects import without_credentials
from azos_shell.storage.whole_file import WholeFile

if TYPE_CHECKING:
    from azos_shell.pools.http_request import Answer

MAX_BYTES = 2**30


async def answers(call: Call, asked: Asked, way: Way) -> AsyncGenerator[Chunk, None]:
    """What the options and words ask for, as bytes or records."""
    path = path_of(asked.records)
    given = await request_of(call, asked)
    credentials = asked.credentials(given)
    session = _session(call, asked, given)
    request = without_credentials_in_address(given)
    if session is not None:
        credentials = credentials or (None if given.header("authorization") else session.credentials)
        for name, value in session.headers:
            request = request.with_default(name, value)
    if asked.curl:
        if credentials is not None:
            call.error("the curl command holds what proves who asks: it is for your eyes only")
        yield (curl_of(request, asked, way, credentials) + "\n").encode("utf-8", "surrogateescape")
        return
    showing = Showing(call, asked)
    cookies = Cookies() if session is None else session.cookies
    sender = Sender(
        call,
        way,
        cookies,
        credentials,
        request.address.origin,
        on_request=lambda sent: showing.request(sent, sender.hidden),
        on_answer=showing.answer,
    )
    if asked.offline:
        parts = asked.shown or frozenset("HB")
        prepared = sender.prepared(request)
        if call.stdout.is_terminal():
            showing.unsent(prepared, sender.hidden, parts)
            return
        async with aclosing(_unsent(prepared, sender.hidden, parts)) as pieces:
            async for piece in pieces:
                yield piece
        return

    def heard(answer: Answer) -> None:
        call.status = exit_status(answer.status)
        showing.last()
        if session is not None:
            session.keep(given.headers, given.unset, credentials)

    one = _Exchange(call, asked, sender, showing, heard)
    output: AsyncGenerator[Chunk, None]
    if asked.download:
        where = None if asked.output is None else call.shell.resolve_path(asked.output)
        saving = Download(call, sender, where, go_on=asked.go_on, max_bytes=asked.max_bytes, heard=heard)
        output = saving.run(request, one.piped)
    elif call.format is not None or path:
        output = records_of(one.pages(request), path, request.address.origin)
    else:
        output = one.bodies(request)
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

    async def pages(self, request: Request) -> AsyncGenerator[Page, None]:
        """The answer, and those it links to as next if that is asked for."""
        seen = {request.address.url}
        pages_left = (self._asked.max_pages or 0) if self._asked.all_pages else 1
        while True:
            async with self._sender.answered(request) as answer:
                self._heard(answer)
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

    async def bodies(self, request: Request) -> AsyncGenerator[bytes, None]:
        """The bodies as they are given: laid out on a terminal, else as they came, or into the file."""
        with ExitStack() as stack:
            file = None
            if self._asked.output is not None:
                file = stack.enter_context(WholeFile(self._call.shell.resolve_path(self._asked.output)))
            async with aclosing(self.pages(request)) as pages:
                async for page in pages:
                    if not self._showing.wants_body:
                        continue
                    if file is not None:
                        async for piece in page.pieces:
                            file.write(piece)
                        continue
                    async with aclosing(self.piped(page)) as pieces:
                        async for piece in pieces:
                            yield piece
            if file is not None:
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
        from urllib.parse import urljoin

        link = next_link(answer.header("link"))
        if link is None:
            return None
        address = replace(address_of(urljoin(answer.url, link)), user=None, password="")
        if answer.url.startswith("https:") and not address.url.startswith("https:"):
            raise AzosError(
                f"the next page, {address.url}, is not secure; ask there yourself if that is meant"
            )
        headers = request.headers
        if address.origin != request.address.origin:
            headers = without_credentials(headers)
        return Request("GET", address, headers, request.unset)


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


async def _unsent(request: Request, hidden: set[str], parts: frozenset[str]) -> AsyncGenerator[bytes, None]:
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
    if "/" in name:
        path = call.shell.resolve_path(os.path.expanduser(name))
    else:
        path = session_path(name, request.address, call.services.places.state_dir)
    return Session(path, read_only=asked.session is None)
