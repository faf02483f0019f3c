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
import socket
import struct
import threading
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterator

GIGABYTE = 2**30
CUT_BODY = b"".join(b"%03d " % number for number in range(460))  # with the head it makes 2 kB


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Fault:
    """A request and the way to answer it wrongly."""

    received: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: FaultServer

    def option(self, name: str, default: float) -> float:
        """A number of the query."""
        return float(self.received.query.get(name, default))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.server.bytes_sent += len(data)

    def asked_headers(self) -> list[str]:
        """``header.NAME=VALUE`` of the query."""
        return [
            f"{key[7:]}: {value}" for key, value in self.received.query.items() if key.startswith("header.")
        ]

    async def until_gone(self) -> None:
        """Do nothing until the other end hangs up."""
        await self.reader.read()
        raise ConnectionError

    async def answer(self, body: bytes = b"", status: str = "200 OK", *headers: str) -> None:
        """A good answer; the body of HEAD is only spoken of."""
        more = [
            f"{key[7:]}: {value}" for key, value in self.received.query.items() if key.startswith("header.")
        ]
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, *more, "", ""]
        await self.send(
            "\r\n".join(head).encode("latin-1") + (b"" if self.received.method == "HEAD" else body)
        )


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
                await _FAULTS.get(name, _not_found)(Fault(received, reader, writer, self))
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


# -- what it does -------------------------------------------------------------------------------------------------


async def _not_found(fault: Fault) -> None:
    await fault.answer(b"no such fault", "404 Not Found")


async def _ok(fault: Fault) -> None:
    query = fault.received.query
    headers = []
    if "max-age" in query:
        headers.append(f"Cache-Control: max-age={query['max-age']}")
    if "etag" in query:
        headers.append(f'ETag: "{query["etag"]}"')
        if fault.received.headers.get("if-none-match") == f'"{query["etag"]}"':
            await fault.send("\r\n".join(["HTTP/1.1 304 Not Modified", *headers, "", ""]).encode())
            return
    await fault.answer(b"x" * int(fault.option("size", 2)), "200 OK", *headers)


def _whole(*, chunked: bool) -> bytes:
    cacheable = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\n"
    if not chunked:
        return cacheable + b"Content-Length: %d\r\n\r\n" % len(CUT_BODY) + CUT_BODY
    pieces = [CUT_BODY[start : start + 500] for start in range(0, len(CUT_BODY), 500)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    return cacheable + b"Transfer-Encoding: chunked\r\n\r\n" + body


WHOLE = _whole(chunked=False)
WHOLE_CHUNKED = _whole(chunked=True)


async def _cut(fault: Fault) -> None:
    name, _, size = fault.received.path.strip("/").partition("/")
    await fault.send((WHOLE_CHUNKED if name == "cut-chunked" else WHOLE)[: int(size)])
    raise ConnectionError


async def _reset(fault: Fault) -> None:
    await fault.send(WHOLE[: int(fault.received.path.rpartition("/")[2])])
    connection: socket.socket = fault.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    fault.writer.transport.abort()
    raise ConnectionError


async def _refuse(_fault: Fault) -> None:
    raise ConnectionError


async def _silent(fault: Fault) -> None:
    await fault.until_gone()


async def _slow_headers(fault: Fault) -> None:
    await fault.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        await fault.send(b"x")
        await asyncio.sleep(fault.option("every", 0.02))


async def _endless_headers(fault: Fault) -> None:
    await fault.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await fault.send(b"X-More: and more\r\n" * 100)


async def _slow_body(fault: Fault) -> None:
    size = int(fault.option("size", 1_000_000))
    await fault.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(size):
        await fault.send(b"x")
        await asyncio.sleep(fault.option("every", 0.02))


async def _stall_body(fault: Fault) -> None:
    after = int(fault.option("after", 10))
    await fault.send(
        b"HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\nContent-Length: 1000000\r\n\r\n" + b"x" * after
    )
    await fault.until_gone()


async def _bad_chunk(fault: Fault) -> None:
    await fault.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
    raise ConnectionError


async def _length_lies(fault: Fault) -> None:
    await fault.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\nContent-Length: 50\r\n\r\nshort")
    raise ConnectionError


async def _status(fault: Fault) -> None:
    await _answer_status(fault, fault.received.path.rpartition("/")[2])


async def _flaky(fault: Fault) -> None:
    _, times, status = fault.received.path.strip("/").split("/")
    if fault.server.tries[fault.received.path] <= int(times):
        await _answer_status(fault, status)
    else:
        await fault.answer(b"good")


async def _answer_status(fault: Fault, status: str) -> None:
    after = fault.received.query.get("after")
    await fault.answer(
        b"as asked\n", f"{status} As Asked", *([f"Retry-After: {after}"] if after is not None else [])
    )


async def _gigabyte(fault: Fault) -> None:
    size = int(fault.option("size", GIGABYTE))
    status = fault.received.query.get("status", "200 OK")
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {size}",
        "Cache-Control: max-age=1000",
        *fault.asked_headers(),
    ]
    await fault.send("\r\n".join([*head, "", ""]).encode())
    piece = bytes(65_536)
    while size:
        size -= len(sent := piece[:size])
        await fault.send(sent)


@cache
def _bomb(size: int, layers: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(2**20)
    packed = b"".join(
        packer.compress(piece[: min(len(piece), size - start)]) for start in range(0, size, len(piece))
    )
    packed += packer.flush()
    for _ in range(layers - 1):
        again = zlib.compressobj(9, wbits=31)
        packed = again.compress(packed) + again.flush()
    return packed


async def _gzip_bomb(fault: Fault) -> None:
    layers = int(fault.option("layers", 1))
    packed = _bomb(int(fault.option("size", GIGABYTE)), min(layers, 3))
    await fault.answer(packed, "200 OK", "Content-Encoding: " + ", ".join(["gzip"] * layers))


async def _sse_stall(fault: Fault) -> None:
    await fault.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for number in range(int(fault.option("events", 3))):
        await fault.send(b"data: %d\n\n" % number)
    await fault.until_gone()


async def _sse_flood(fault: Fault) -> None:
    events = int(fault.option("events", 1_000_000))
    await fault.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while events:
        events -= (batch := min(events, 5000))
        await fault.send(b"data: x\n\n" * batch)
    raise ConnectionError


async def _redirect(fault: Fault) -> None:
    status = fault.received.query.get("status", "302")
    await fault.answer(b"", f"{status} Elsewhere", f"Location: {fault.received.query['to']}")


async def _loop(fault: Fault) -> None:
    await fault.answer(b"", "302 Elsewhere", "Location: /loop")


_FAULTS: dict[str, Callable[[Fault], Awaitable[None]]] = {
    "ok": _ok,
    "cut": _cut,
    "cut-chunked": _cut,
    "reset": _reset,
    "refuse": _refuse,
    "silent": _silent,
    "slow-headers": _slow_headers,
    "endless-headers": _endless_headers,
    "slow-body": _slow_body,
    "stall-body": _stall_body,
    "bad-chunk": _bad_chunk,
    "length-lies": _length_lies,
    "status": _status,
    "flaky": _flaky,
    "gigabyte": _gigabyte,
    "gzip-bomb": _gzip_bomb,
    "sse-stall": _sse_stall,
    "sse-flood": _sse_flood,
    "redirect": _redirect,
    "loop": _loop,
}
