"""The HTTP pool: one client, its connections kept alive, HTTP/2 where it is offered.

An exchange is one request and its answer; what is above it (answers that are kept, repeating, circuits, redirects) is
the business of ``cache.web``. An origin answers so many exchanges at once, the others wait in the order they came.

Three things may hang in one exchange and each has the whole time limit to itself: the connection, the first
byte of the answer with all headers, and every further chunk of it. A server that sends a header a second for
ever is stopped by the second; 100 KiB of headers are more than is read. Bodies are given as they come over the wire;
decoding them, within limits, is the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azos_shell import __version__
from azos_shell.core.errors import UsageError
from azos_shell.pools.http_clients import HttpClients
from azos_shell.pools.http_exchange import BROKEN_INSIDE, Exchange
from azos_shell.pools.http_request import origin_of, shown_url, with_defaults
from azos_shell.pools.http_steps import Way
from azos_shell.pools.http_surroundings import NOWHERE
from azos_shell.pools.permits import Permits
from azos_shell.pools.undisturbed import undisturbed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import httpx

    from azos_shell.pools.http_request import Body
    from azos_shell.pools.http_request import Headers as HttpHeaders
    from azos_shell.pools.http_surroundings import Surroundings

PER_ORIGIN = 8
"""Exchanges with one origin at once: browsers take 6 connections, and a server's limits are seldom below 10."""


DEFAULT_HEADERS = (
    (b"user-agent", f"azos/{__version__}".encode()),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),  # what is undone chunk by chunk within a memory limit
)

_REMEMBERED_ORIGINS = 256


@dataclass(frozen=True, slots=True)
class OriginStatistics:
    """What one origin was asked."""

    requests: int
    in_flight: int
    waiting: int
    failures: int


@dataclass(frozen=True, slots=True)
class HttpPoolStatistics:
    """What the pool has done, and by origin."""

    requests: int
    in_flight: int
    waiting: int
    failures: int
    clients_made: int
    origins: Mapping[str, OriginStatistics]


class _Origin:
    """Who may ask one origin now, and what was asked."""

    __slots__ = ("failures", "in_flight", "permits", "requests")

    def __init__(self, width: int) -> None:
        self.permits = Permits(width)
        self.requests = self.in_flight = self.failures = 0

    @property
    def is_idle(self) -> bool:
        """Whether nobody asks it or waits for that."""
        return not self.permits.held and not self.permits.waiting

    def statistics(self) -> OriginStatistics:
        """A frozen picture of now."""
        return OriginStatistics(self.requests, self.in_flight, self.permits.waiting, self.failures)


class HttpPool:
    """Exchanges over kept-alive connections.

    Clients are made when first needed, and anew on another event loop. Cookies that servers set are not kept.
    """

    def __init__(self, *, per_origin: int = PER_ORIGIN) -> None:
        self._per_origin = per_origin
        self._clients = HttpClients()
        self._requests = self._in_flight = self._failures = 0
        self._origins: dict[str, _Origin] = {}

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[bytes, bytes]] = (),
        body: Body | None = None,
        timeout_seconds: float = 30.0,
        surroundings: Surroundings = NOWHERE,
        unset: Collection[str] = (),
    ) -> AsyncIterator[Exchange]:
        """Send a request; the block runs once the headers of the answer are there, and ends the exchange.

        The headers ``unset`` are not sent, whatever is by default.
        Raises UsageError for a request that can't be sent, DependencyError or TimeLimitError for a server that fails
        (``pools.http_errors`` has kinds of them that say whether the request may have arrived).
        """
        held = await self._clients.take(url, surroundings)
        way = Way()
        try:
            request = _built(held.client, method, url, tuple(headers), body, timeout_seconds)
            for name in unset:
                request.headers.pop(name, None)
            async with self._place(origin_of(url)) as origin:
                response = await self._headers_of(held.client, request, timeout_seconds, origin, way)
                live = Exchange(response, timeout_seconds)
                try:
                    yield live
                finally:
                    way.is_at_its_end = live.is_read or method == "HEAD"
                    await undisturbed(response.aclose())
        finally:
            await self._clients.give_back(held, is_spoilt=way.is_spoilt)

    @asynccontextmanager
    async def _place(self, name: str) -> AsyncIterator[_Origin]:
        """One of the places at an origin."""
        origin = self._origin(name)
        await origin.permits.acquire()
        self._count(origin, 1)
        try:
            yield origin
        finally:
            self._count(origin, -1)
            origin.permits.release()

    def would_wait(self, url: str) -> bool:
        """Whether an exchange with this origin would have to wait for another to end."""
        origin = self._origins.get(origin_of(url))
        return origin is not None and origin.permits.held >= self._per_origin

    async def aclose(self) -> None:
        """Close the connections; the pool can be used again."""
        await self._clients.aclose()

    def statistics(self) -> HttpPoolStatistics:
        """Requests made, running, waiting, and failed before their headers came."""
        origins = {name: origin.statistics() for name, origin in self._origins.items()}
        waiting = sum(origin.waiting for origin in origins.values())
        return HttpPoolStatistics(
            self._requests, self._in_flight, waiting, self._failures, self._clients.made, origins
        )

    def _origin(self, name: str) -> _Origin:
        found = self._origins.get(name)
        if found is None:
            if len(self._origins) >= _REMEMBERED_ORIGINS:
                for idle in [key for key, origin in self._origins.items() if origin.is_idle]:
                    del self._origins[idle]
            found = self._origins[name] = _Origin(self._per_origin)
        return found

    def _count(self, origin: _Origin, change: int) -> None:
        begun = max(change, 0)
        self._requests += begun
        origin.requests += begun
        self._in_flight += change
        origin.in_flight += change

    async def _headers_of(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        timeout_seconds: float,
        origin: _Origin,
        way: Way,
    ) -> httpx.Response:
        import httpx

        from azos_shell.pools.http_errors import translated

        limit = asyncio.timeout(None)
        request.extensions = {**request.extensions, "trace": way.watcher(limit, timeout_seconds)}

        async def send() -> httpx.Response:
            way.may_be_shared = request.url.scheme == "https"
            async with limit:
                return await client.send(request, stream=True, follow_redirects=False)

        def stop(task: asyncio.Task[httpx.Response]) -> None:
            if not limit.expired():  # else it is being cancelled already, and tidies up
                task.cancel()

        try:
            return await undisturbed(send(), stop=stop, discard=lambda response: response.aclose())
        except (httpx.HTTPError, TimeoutError, *BROKEN_INSIDE) as error:
            self._failures += 1
            origin.failures += 1
            raise translated(
                error, request.url, timeout_seconds, reached=way.reached, reused=not way.is_new
            ) from error

    def __repr__(self) -> str:
        return f"<HttpPool {self._requests} requests, {self._in_flight} in flight>"


def _built(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: HttpHeaders,
    body: Body | None,
    timeout_seconds: float,
) -> httpx.Request:
    import httpx

    try:
        return client.build_request(
            method,
            url,
            headers=list(with_defaults(headers, DEFAULT_HEADERS)),
            content=body,
            timeout=httpx.Timeout(timeout_seconds, pool=None),
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"bad URL {shown_url(url)!r}: {error}") from error
