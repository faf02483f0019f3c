"""Flights of HTTP: the same request at the same time is sent once, where its answer can be kept.

Who comes while it is under way waits, and then looks into the store. Nobody waits twice, nor for a leader whose reader
takes nothing (the reader may be the very one who waits).
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azos_shell.pools.http_exchange import Exchange
    from azos_shell.pools.http_request import HttpRequest

PATIENCE_SECONDS = 0.1
"""After this long in which the leader's reader took nothing, those who wait go on by themselves: just not yet felt."""


class HttpFlight:
    """One request under way. ``live`` is its answer once that has begun."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.live: Exchange | None = None

    def end(self) -> None:
        """There is nothing to wait for any more."""
        if not self._ended.done():
            self._ended.set_result(None)

    async def wait(self) -> None:
        """Return when it has ended, or when its reader keeps it from going on."""
        while not self._ended.done():
            came = self.live.bytes_in if self.live is not None else 0
            await asyncio.wait({self._ended}, timeout=PATIENCE_SECONDS)
            if self.live is not None and self.live.awaits_reader and self.live.bytes_in == came:
                return

    def __repr__(self) -> str:
        return f"<HttpFlight {'ended' if self._ended.done() else 'under way'}>"


class HttpFlights:
    """The requests under way, by all that is sent."""

    def __init__(self) -> None:
        self._flights: dict[object, HttpFlight] = {}

    async def wait(self, request: HttpRequest) -> bool:
        """Wait for the same request, if it is under way; whether it was."""
        flight = self._flights.get(_key(request))
        if flight is None:
            return False
        await flight.wait()
        return True

    @contextmanager
    def lead(self, request: HttpRequest) -> Iterator[HttpFlight]:
        """Let others wait for what the block does."""
        key = _key(request)
        flight = HttpFlight()
        self._flights.setdefault(key, flight)
        try:
            yield flight
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.end()

    def __len__(self) -> int:
        return len(self._flights)

    def __repr__(self) -> str:
        return f"<HttpFlights {len(self)} under way>"


def _key(request: HttpRequest) -> object:
    return request.method, request.url, request.headers
