"""What the server with faults does wrong, by the first part of the path (see ``harness.fault_server``)."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.fault_server import FaultServer

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


async def not_found(fault: Fault) -> None:
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


FAULTS: dict[str, Callable[[Fault], Awaitable[None]]] = {
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
