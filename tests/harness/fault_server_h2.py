"""The server with faults, over HTTP/2: streams that are reset, connections that say goodbye, lengths that lie.

==================  ============================================================================
``/ok``             a good answer that may be kept
``/reset``          five bytes of a longer body, then the stream is reset
``/lies``           ``content-length: 50`` and five bytes, ended in good order
``/cut``            five bytes, then the connection is gone
``/stall``          five bytes, then nothing
``/goodbye``        GOAWAY before any answer; ``/goodbye-once``: the first time
``/push-back``      the window is never opened for the body that is sent
``/flood``          headers of 1 MB
==================  ============================================================================
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events

if TYPE_CHECKING:
    import ssl

_GOOD = [(":status", "200"), ("cache-control", "max-age=1000")]


class FaultServerH2:
    """The server; ``received`` are method and path of what came, over all connections."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        tls.set_alpn_protocols(["h2"])
        self.received: list[tuple[str, str]] = []
        self.open_connections = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address up to the path."""
        assert self._server is not None
        return f"https://localhost:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> FaultServerH2:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open_connections += 1
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        try:
            writer.write(connection.data_to_send())
            while data := await reader.read(65_536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        headers = {bytes(name): bytes(value) for name, value in event.headers}
                        path = headers[b":path"].decode()
                        self.received.append((headers[b":method"].decode(), path))
                        self._answer(connection, event.stream_id, path.strip("/").partition("?")[0])
                writer.write(connection.data_to_send())
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open_connections -= 1
            self._tasks.discard(task)
            writer.write(connection.data_to_send())
            writer.close()

    def _answer(self, connection: h2.connection.H2Connection, stream: int, fault: str) -> None:
        if fault == "goodbye" or (fault == "goodbye-once" and len(self.received) == 1):
            connection.close_connection(last_stream_id=0)
            raise ConnectionError
        if fault == "flood":
            connection.send_headers(stream, [*_GOOD, *[(f"x-{n}", "x" * 1000) for n in range(1000)]])
            return
        if fault in ("push-back", "stall-headers"):
            return
        length = {"ok": "2", "lies": "50", "goodbye-once": "2"}.get(fault, "1000")
        connection.send_headers(stream, [*_GOOD, ("content-length", length)])
        if fault in ("ok", "goodbye-once"):
            connection.send_data(stream, b"xx", end_stream=True)
            return
        connection.send_data(stream, b"12345", end_stream=False)
        if fault == "lies":
            connection.send_data(stream, b"", end_stream=True)
        elif fault == "reset":
            connection.reset_stream(stream)
        elif fault == "cut":
            raise ConnectionError
