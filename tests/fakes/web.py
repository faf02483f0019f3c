"""A web server on the loopback that answers with exactly the bytes a test gives it, faults included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from fakes.clock import FakeClock
from fakes.told import Told

from azos_shell.bus.services import CacheLimits
from azos_shell.cache.http_store import HttpStore
from azos_shell.cache.web import Web
from azos_shell.plugin import Services
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_attempts import Attempts
from azos_shell.pools.http_request import HttpRequest
from azos_shell.pools.http_surroundings import NOWHERE

Answer = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One request as it came, and the way to answer it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self._reader = reader
        self._writer = writer
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        self.body = b""

    async def read_body(self) -> None:
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(await self._reader.readline(), 16):
                self.body += (await self._reader.readexactly(size + 2))[:-2]
            await self._reader.readline()
        else:
            self.body = await self._reader.readexactly(int(self.headers.get("content-length", 0)))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, body: bytes = b"", status: str = "200 OK", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        await self.send("\r\n".join(lines).encode("latin-1") + body)


class FakeWeb:
    """Listens on a port of its own; ``answers`` says by path what to do. A visit whose answer returns may be followed
    by another on the same connection; one that raises ConnectionError is hung up on."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.visits: list[Visit] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    @property
    def origin(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def on(self, path: str, answer: Answer | bytes) -> str:
        """Answer a path with a function, or with raw bytes and a hang-up; returns the address."""
        if isinstance(answer, bytes):
            raw = answer

            async def send_raw(visit: Visit) -> None:
                await visit.send(raw)
                raise ConnectionError

            answer = send_raw
        self.answers[path] = answer
        return f"{self.origin}{path}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                visit = Visit(reader, writer, (await reader.readuntil(b"\r\n\r\n"))[:-4])
                self.visits.append(visit)
                await visit.read_body()
                await self.answers[visit.target.partition("?")[0]](visit)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


class WebUnderTest:
    """A web with a clock that the test owns, real connections, and a store in a directory of the test's.

    It waits on that clock, not on the machine's: ``waited`` are the pauses between attempts. ``next_chance`` gives the
    random numbers of their lengths.
    """

    def __init__(self, home: str | None = None, **limits: int) -> None:
        environment = {} if home is None else {"HOME": home}
        self.clock = FakeClock()
        self.services = Services(environment, clock=self.clock)
        if limits:
            self.services.cache_limits = CacheLimits(**limits)
        self.surroundings = NOWHERE
        self.next_chance: Callable[[], float] = partial(float, 0.5)
        self.waited = quick_web(self.services, chance=lambda: self.next_chance())  # noqa: PLW0108 - a test may set another

    async def ask(
        self,
        url: str,
        method: str = "GET",
        *,
        body: Any = None,
        told: Any = None,
        headers: Any = (),
        **asking: Any,
    ) -> Got:
        """The answer, read to its end."""
        listener = told or Told()
        pairs = tuple((name.encode(), value.encode()) for name, value in dict(headers).items())
        request = HttpRequest(method, url, pairs, body)
        async with self.services.web.ask(
            request, Asking(telling=listener, surroundings=self.surroundings, **asking)
        ) as answer:
            data = b"".join([chunk async for chunk in answer.body()])
            return Got(answer.status, dict(answer.headers), data, listener)

    async def close(self) -> None:
        await self.services.aclose()
        self.services.close()


@dataclass
class Got:
    """An answer and what was told of it."""

    status: int
    headers: dict[str, str]
    body: bytes
    told: Told

    @property
    def from_store(self) -> bool:
        """Whether the body came out of the store."""
        return self.told.of("cache")[-1].startswith(("hit", "revalidated", "stale"))


def quick_web(services: Services, *, chance: Callable[[], float] = lambda: 0.5) -> list[float]:
    """Let the web of these services wait on their clock, not on the machine's; returns what it waited for, as that
    grows."""
    waited: list[float] = []
    clock = cast("FakeClock", services.clock)

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    attempts = Attempts(services.http, clock, services.breaker, pause=pause, chance=chance)
    disk = services.disk if services.places.cache_dir else None
    store = HttpStore(disk, services.results, clock) if disk is not None else None
    services.web = Web(attempts, clock, store)
    return waited
