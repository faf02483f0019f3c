"""The exchange: an answer of a server whose headers are there and whose body is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from azos_shell.pools.http_steps import Reached

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable

    import httpx

BROKEN_INSIDE = (ValueError, KeyError, RuntimeError)
"""What httpcore's and anyio's own accounts fail with when a neighbour on an HTTP/2 connection was torn from it."""


class Exchange:
    """An answer whose headers are there and whose body is still to come."""

    def __init__(self, response: httpx.Response, timeout_seconds: float) -> None:
        self._response = response
        self._timeout_seconds = timeout_seconds
        self.hear: Callable[[bytes], None] | None = None
        """Called with each piece of the body before it is given."""
        self.is_read = False
        """Whether the body was read to its end."""
        self.is_whole = False
        """Whether the body was read to an end that can be told from a connection that broke off."""
        self.bytes_in = 0
        self.awaits_reader = False
        """Whether who reads the body has not yet asked for more."""

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

    @property
    def url(self) -> str:
        """The address that was asked."""
        return str(self._response.request.url)

    def header(self, name: str) -> str:
        """The value of one header, several joined by commas; empty if there is none."""
        return str(self._response.headers.get(name, ""))

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes over the wire.

        Raises DependencyError if it ends too soon, TimeLimitError if it stalls.
        """
        import httpx

        from azos_shell.pools.http_errors import translated

        try:
            stream = cast(
                "AsyncIterable[bytes]", self._response.stream
            )  # aiter_raw may be torn while it closes
            async for chunk in stream:
                self.bytes_in += len(chunk)
                if self.hear is not None:
                    self.hear(chunk)
                self.awaits_reader = True
                yield chunk
                self.awaits_reader = False
        except (httpx.HTTPError, *BROKEN_INSIDE) as error:
            raise translated(
                error, self._response.request.url, self._timeout_seconds, reached=Reached.ANSWER
            ) from error
        self.is_read = True
        self.is_whole = self._ends_by_itself()

    def _ends_by_itself(self) -> bool:
        """By RFC 9112 section 8."""
        response = self._response
        if response.request.method == "HEAD" or response.status_code in (204, 304):
            return True
        length = response.headers.get("content-length")
        if length is not None and "transfer-encoding" not in response.headers:
            return bool(length == str(self.bytes_in))
        chunked = "chunked" in response.headers.get("transfer-encoding", "").lower()
        return chunked or response.http_version not in ("HTTP/1.0", "HTTP/1.1")

    def __repr__(self) -> str:
        return f"<Exchange {self.request_line}: {self.status_line}>"
