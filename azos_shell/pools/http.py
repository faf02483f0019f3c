"""The HTTP pool: one client, its connections kept alive, HTTP/2 where it is offered.

Three things may hang in one exchange and each has the whole time limit to itself: the connection, the first
byte of the answer with all headers, and every further chunk of it. A server that sends a header a second for
ever is stopped by the second. Bodies are given as they come over the wire; decoding them, within limits, is
the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azos_shell import __version__
from azos_shell.core.errors import UsageError

if TYPE_CHECKING:
    import httpx

MAX_CONNECTIONS = 100
KEEPALIVE_SECONDS = 30.0

_STEPS = {
    "connect_tcp": False,
    "start_tls": False,
    "send_request_headers": True,
    "send_request_body": False,
    "receive_response_headers": True,
}
"""The steps up to the headers, as httpcore reports them, and which of them the pool itself limits. For connecting,
httpcore's own limit closes the socket, which a cancellation there doesn't. A body takes as long as it goes on."""

Headers = Sequence[tuple[bytes, bytes]]
Body = bytes | AsyncIterable[bytes]

_DEFAULT_HEADERS = {
    "user-agent": f"azos/{__version__}",
    "accept": "*/*",
    "accept-encoding": "gzip, deflate",  # what is undone chunk by chunk within a memory limit
}


@dataclass(frozen=True, slots=True)
class HttpPoolStatistics:
    """What the pool has done."""

    requests: int
    in_flight: int
    failures: int
    clients_made: int


class HttpPool:
    """Requests over kept-alive connections.

    The client is made at the first request, and anew on another event loop.
    """

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._requests = self._in_flight = self._failures = self._clients_made = 0

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Headers = (),
        body: Body | None = None,
        timeout_seconds: float = 30.0,
        follow: bool = False,
    ) -> AsyncIterator[Exchange]:
        """Send a request; the block runs once the headers of the answer are there, and ends the exchange.

        Raises UsageError for a request that can't be sent, DependencyError or TimeLimitError for a server
        that fails.
        """
        import httpx

        client = self._ready_client()
        try:
            request = client.build_request(
                method, url, headers=list(headers), content=body, timeout=timeout_seconds
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise UsageError(f"bad URL {url!r}: {error}") from error
        self._requests += 1
        self._in_flight += 1
        try:
            response = await self._headers_of(client, request, timeout_seconds, follow)
            try:
                yield Exchange(response, timeout_seconds)
            finally:
                await response.aclose()
        finally:
            self._in_flight -= 1

    async def aclose(self) -> None:
        """Close the connections; the pool can be used again."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def statistics(self) -> HttpPoolStatistics:
        """Requests made, running and failed before their headers came."""
        return HttpPoolStatistics(self._requests, self._in_flight, self._failures, self._clients_made)

    async def _headers_of(
        self, client: httpx.AsyncClient, request: httpx.Request, timeout_seconds: float, follow: bool
    ) -> httpx.Response:
        import httpx

        from azos_shell.pools.http_errors import translated

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:

                async def watch(event: str, _details: dict[str, Any]) -> None:
                    step = event.rpartition(".")[0].rpartition(".")[2]
                    if event.endswith(".started") and step in _STEPS and not limit.expired():
                        limit.reschedule(loop.time() + timeout_seconds if _STEPS[step] else None)

                request.extensions = {**request.extensions, "trace": watch}
                return await client.send(request, stream=True, follow_redirects=follow)
        except (httpx.HTTPError, TimeoutError) as error:
            self._failures += 1
            raise translated(error, request.url, timeout_seconds) from error

    def _ready_client(self) -> httpx.AsyncClient:
        """The client of the running loop: connections can't move to another."""
        import httpx

        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client = httpx.AsyncClient(
                http2=True,
                headers=_DEFAULT_HEADERS,
                limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS),
            )
            self._loop = loop
            self._clients_made += 1
        return self._client

    def __repr__(self) -> str:
        return f"<HttpPool {self._requests} requests, {self._in_flight} in flight>"


class Exchange:
    """An answer whose headers are there and whose body is still to come."""

    def __init__(self, response: httpx.Response, timeout_seconds: float) -> None:
        self._response = response
        self._timeout_seconds = timeout_seconds

    @property
    def status(self) -> int:
        """The status code."""
        return self._response.status_code

    @property
    def status_line(self) -> str:
        """``HTTP/1.1 200 OK``."""
        response = self._response
        return f"{response.http_version} {response.status_code} {response.reason_phrase}".rstrip()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """As they came, in their order; bytes that are no ASCII as Latin-1."""
        return [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in self._response.headers.raw
        ]

    @property
    def sent_headers(self) -> list[tuple[str, str]]:
        """What was sent with the request that was answered (the last one, after redirects)."""
        raw = self._response.request.headers.raw
        return [(name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in raw]

    @property
    def request_line(self) -> str:
        """``GET /path?query``, and the server it went to."""
        request = self._response.request
        return f"{request.method} {request.url.raw_path.decode('latin-1')}"

    def header(self, name: str) -> str:
        """The value of one header, several joined by commas; empty if there is none."""
        return str(self._response.headers.get(name, ""))

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes over the wire.

        Raises DependencyError if it ends too soon, TimeLimitError if it stalls.
        """
        import httpx

        from azos_shell.pools.http_errors import translated

        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except httpx.HTTPError as error:
            raise translated(error, self._response.request.url, self._timeout_seconds) from error

    def __repr__(self) -> str:
        return f"<Exchange {self.request_line}: {self.status_line}>"
