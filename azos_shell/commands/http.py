"""``http``: one request, its body streamed to standard output."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing
from typing import TYPE_CHECKING, Annotated

from azos_shell.commands.http_decoding import BodyDecoder, UnknownEncodingError
from azos_shell.commands.http_request import Address, address_of, content_type_of, headers_of, method_of
from azos_shell.commands.http_telling import CallTelling
from azos_shell.language.visible import visible
from azos_shell.plugin import (
    Argument,
    AzosError,
    Call,
    Chunk,
    LaneName,
    Option,
    Plan,
    UsageError,
    command,
)
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_request import HttpRequest
from azos_shell.pools.http_surroundings import Surroundings
from azos_shell.storage.whole_file import WholeFile

if TYPE_CHECKING:
    from azos_shell.pools.http_request import Answer

MAX_BYTES = 2**30
_SMALL_BODY_BYTES = 2**20
_READ_BYTES = 65_536


def plan_http(call: Call, first: str, second: str | None = None, **_options: object) -> Plan:
    """Circuits and the cache are those of the web (``cache.web``): a redirect may lead to other origins."""
    _address(first, second)
    return Plan(lane=LaneName.HTTP, by_itself=True)


@command("http", lane=LaneName.HTTP, planner=plan_http, usage="http [OPTIONS] [METHOD] URL", category="Data")
async def http(
    call: Call,
    first: Annotated[str, Argument(metavar="URL", help="the address; or, before it, the METHOD")],
    second: Annotated[str | None, Argument(metavar="URL", help="the address, if METHOD was given")] = None,
    *,
    header: Annotated[
        list[str], Option("-H", metavar="NAME:VALUE", help="a header to send; may be repeated")
    ],
    data: Annotated[
        str | None, Option("-d", metavar="DATA|@FILE", help="a body to send; @- for standard input")
    ] = None,
    verbose: Annotated[bool, Option("-v", help="show what is sent and the headers of the answer")] = False,
    follow: Annotated[bool, Option("-f", help="follow redirects")] = False,
    timeout: Annotated[
        float, Option(help="for connecting, for the headers, and for each further chunk")
    ] = 30.0,
    output: Annotated[
        str | None, Option("-o", metavar="FILE", help="write the body there, once it is whole")
    ] = None,
    max_bytes: Annotated[int, Option(metavar="N", help="refuse a longer body, unpacked (1 GiB)")] = MAX_BYTES,
    retries: Annotated[
        int, Option(metavar="N", help="try so often again where that is safe (3 at most)")
    ] = 3,
) -> AsyncIterator[Chunk]:
    """Ask a web server, and stream the body of its answer to standard output.

    METHOD is GET, or POST when there is data. Without a scheme the address is https, and http for this
    machine. The exit status is 3, 4 or 5 for answers of 3xx, 4xx and 5xx, whose body is printed, too; 124
    when the server takes too long; 1 when there is no answer, or not all of it. A body that is a JSON object
    or array is sent as such, any other as a form, unless a `content-type` header says what it is.
    """
    address = _address(first, second)
    if timeout <= 0 or max_bytes < 0 or retries < 0:
        raise UsageError("--timeout must be positive, --max-bytes and --retries not negative")
    headers = headers_of(header)
    method = method_of(None if second is None else first, has_body=data is not None)
    with ExitStack() as stack:
        file = None
        if output is not None and output != "-":
            file = stack.enter_context(WholeFile(call.shell.resolve_path(output)))
        body = None if data is None else await _body(call, data, headers)
        request = HttpRequest(method, address.url, tuple(headers), body)
        surroundings = Surroundings.of(call.shell.environment())
        asking = Asking(timeout, follow, call.fresh, retries, CallTelling(call), surroundings)
        async with call.services.web.ask(request, asking) as answer:
            if verbose:
                call.stderr.write(_shown(answer))
            call.status = _status(answer.status)
            chunks = _decoded(call, answer, max_bytes)
            async with aclosing(chunks):
                async for chunk in chunks:
                    if file is None:
                        yield chunk
                    else:
                        file.write(chunk)
        if file is not None:
            file.keep()


def _address(first: str, second: str | None) -> Address:
    return address_of(first if second is None else second)


async def _body(
    call: Call, data: str, headers: list[tuple[bytes, bytes]]
) -> bytes | AsyncGenerator[bytes, None]:
    """The body to send; adds what headers say of it. A large one is streamed."""
    typed = any(name.lower() == b"content-type" for name, _ in headers)
    if not data.startswith("@"):
        content = data.encode("utf-8", "surrogateescape")
    elif data == "@-":
        if call.stdin.is_terminal():
            raise UsageError("the body is standard input, but nothing is piped in")
        head, more = await _beginning(call)
        if more:
            return _streamed(call, head, headers, typed=typed)
        content = head
    else:
        return _file_body(call.shell.resolve_path(data[1:]), headers, typed=typed)
    if not typed:
        headers.append((b"content-type", content_type_of(content)))
    return content


async def _beginning(call: Call) -> tuple[bytes, bool]:
    """Standard input as far as it is small, and whether there may be more."""
    pieces: list[bytes] = []
    size = 0
    while size < _SMALL_BODY_BYTES:
        piece = await call.stdin.read(_READ_BYTES)
        if not piece:
            return b"".join(pieces), False
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces), True


def _streamed(
    call: Call, head: bytes, headers: list[tuple[bytes, bytes]], *, typed: bool
) -> AsyncGenerator[bytes, None]:
    if not typed:
        headers.append((b"content-type", b"application/octet-stream"))

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield head
        async for piece in call.stdin.chunks():
            yield piece

    return pieces()


def _file_body(
    path: str, headers: list[tuple[bytes, bytes]], *, typed: bool
) -> bytes | AsyncGenerator[bytes, None]:
    try:
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode) and found.st_size < _SMALL_BODY_BYTES:
            with open(path, "rb") as file:
                content = file.read()
            if not typed:
                headers.append((b"content-type", content_type_of(content)))
            return content
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    if stat.S_ISREG(found.st_mode):
        headers.append((b"content-length", str(found.st_size).encode()))
    if not typed:
        headers.append((b"content-type", b"application/octet-stream"))
    return _file_pieces(path)


async def _file_pieces(path: str) -> AsyncGenerator[bytes, None]:
    try:
        with open(path, "rb") as file:
            while piece := file.read(_READ_BYTES):
                yield piece
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error


async def _decoded(call: Call, answer: Answer, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body, unpacked, as it comes; refused where it grows beyond the limit."""
    try:
        decoder = BodyDecoder(answer.header("content-encoding"))
    except UnknownEncodingError as error:
        call.error(f"the body is left in its encoding, {visible(str(error))}")
        decoder = BodyDecoder("")
    size = 0
    chunks = answer.body()
    async for chunk in chunks:
        for piece in decoder.feed(chunk):
            size += len(piece)
            if size > max_bytes:
                raise AzosError(f"the body is longer than {max_bytes} bytes; --max-bytes N allows more")
            yield piece
    decoder.finish()


def _shown(answer: Answer) -> bytes:
    """What was sent and the head of the answer, with nothing in it that a terminal would obey."""
    sent = [answer.request_line, *(f"{name}: {value}" for name, value in answer.sent_headers), ""]
    came = [answer.status_line, *(f"{name}: {value}" for name, value in answer.headers), ""]
    lines = [*("> " + visible(line) for line in sent), *("< " + visible(line) for line in came)]
    return "".join(line.rstrip() + "\n" for line in lines).encode("utf-8", "surrogateescape")


def _status(code: int) -> int:
    return code // 100 if code >= 300 else 0


COMMANDS = (http,)
