"""The answer from the store: given as if it came now."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from azos_shell.cache.http_answer import StoredAnswer
    from azos_shell.cache.http_store import StoredBody
    from azos_shell.pools.http_request import HttpRequest


class AnswerFromStore:
    """A stored answer as if it came now, with its ``Age`` (RFC 9111 section 5.1)."""

    def __init__(
        self, request: HttpRequest, stored: StoredAnswer, body: StoredBody, age_seconds: float
    ) -> None:
        self._request = request
        self._stored = stored
        self._body = body
        self._age_seconds = age_seconds

    @property
    def status(self) -> int:
        """The status code."""
        return self._stored.status

    @property
    def status_line(self) -> str:
        """As it came."""
        return self._stored.reason

    @property
    def headers(self) -> list[tuple[str, str]]:
        """As they came, and ``Age``."""
        kept = [pair for pair in self._stored.headers if pair[0].lower() != "age"]
        return [*kept, ("Age", f"{min(self._age_seconds, 2**31):.0f}")]

    @property
    def sent_headers(self) -> list[tuple[str, str]]:
        """What would have been sent."""
        return [
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in self._request.headers
        ]

    @property
    def request_line(self) -> str:
        """``GET /path?query``."""
        parts = urlsplit(self._request.url)
        return f"{self._request.method} {parts.path or '/'}{'?' + parts.query if parts.query else ''}"

    @property
    def url(self) -> str:
        """The address that was asked."""
        return self._request.url

    def header(self, name: str) -> str:
        """The value of one header; empty if there is none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it came over the wire."""
        async for chunk in self._body.chunks():
            yield chunk

    def __repr__(self) -> str:
        return f"<AnswerFromStore {self.request_line}: {self.status}>"
