"""A web server with faults, on the loopback: what it does wrong is said in the path.

It writes raw bytes, so it can do what no honest server would. What it received is counted, so that attempts, probes and
what was never sent are counted where it matters. In the test's event loop (``async with FaultServer() as server``) or
in a thread of its own beside a blocking test (``with FaultServer.in_thread() as server``).

==========================  =====================================================================================
``/ok[?size=N&max-age=S]``  a good answer of N bytes (``etag=X`` and any ``header.NAME=VALUE`` are sent as headers)
``/cut/N``                  a good answer of 2 kB, hung up on after N bytes of it (``/cut-chunked/N``: chunked)
``/reset/N``                the same, with a reset in the place of an end
``/refuse``                 hangs up without a word
``/slow-headers``           a byte of a header every ``every`` seconds (0.02)
``/slow-body?size=N``       a byte of the body every ``every`` seconds
``/stall-body?after=N``     N bytes of the body, then nothing
``/endless-headers``        one header after the other, as fast as they are taken
``/silent``                 never answers
``/bad-chunk``              a chunk whose size is no number; ``/length-lies``: fewer bytes than it says
``/status/N``               that status (``after=S`` sends ``Retry-After``); ``/flaky/N/M``: N times status M, then good
``/gigabyte``               ``size`` bytes (1 GB) of zeros, counted as they are taken
``/gzip-bomb``              ``size`` bytes (1 GB) of zeros, packed; ``/gzip-bomb?layers=N`` that often
``/sse-stall?events=K``     K server-sent events, then nothing; ``/sse-flood?events=K``: K tiny ones and the end
``/redirect?to=URL``        302 (``status=N`` for another); ``/loop``: to itself
==========================  =====================================================================================
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from harness.fault_answers import FAULTS, GIGABYTE, WHOLE, WHOLE_CHUNKED, Fault, Received, not_found

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

__all__ = ["GIGABYTE", "WHOLE", "WHOLE_CHUNKED", "FaultServer"]


class FaultServer:
    """The server, and what it received."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, stalls_handshakes: bool = False) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.open_connections = 0
        self.bytes_sent = 0
        self.tries: Counter[str] = Counter()
        """How often each path was asked for."""
        self.came = asyncio.Event()
        """Set at each request, for ``wait_for_requests``."""
        self.down = False
        """Hangs up on everybody meanwhile."""
        self._tls = tls
        self._stalls_handshakes = stalls_handshakes
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The address up to the path."""
        scheme, host = (
            ("https", "localhost") if self._tls or self._stalls_handshakes else ("http", "127.0.0.1")
        )
        return f"{scheme}://{host}:{self.port}"

    async def wait_for_requests(self, count: int) -> None:
        """Return once so many have come."""
        while len(self.received) < count:
            self.came.clear()
            await self.came.wait()

    async def __aenter__(self) -> FaultServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, backlog=512)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[FaultServer]:
        """Serve from a thread while the block runs."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="fault-server")
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result()
            try:
                yield self
            finally:
                asyncio.run_coroutine_threadsafe(self.__aexit__(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._stalls_handshakes:
                await reader.read()
            while not self.down:
                received = await _read(reader)
                self.received.append(received)
                self.tries[received.path] += 1
                self.came.set()
                if self.down:
                    break
                name = received.path.strip("/").partition("/")[0]
                await FAULTS.get(name, not_found)(Fault(received, reader, writer, self))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open_connections -= 1
            self._tasks.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Received(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
