"""The request and the answer of HTTP as every layer above the connections passes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

    Body = bytes | AsyncIterable[bytes]

Headers = tuple[tuple[bytes, bytes], ...]

_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class HttpRequest:
    """What is to be sent. ``headers`` are all of them but those that the connection needs (host, framing).

    ``unset`` are the names, in small letters, of headers that are not to be sent, whatever is sent by default.
    """

    method: str
    url: str
    headers: Headers = ()
    body: Body | None = None
    unset: frozenset[str] = frozenset()

    @property
    def may_be_sent_again(self) -> bool:
        """Whether the body, if there is one, is still there after it was sent."""
        return self.body is None or isinstance(self.body, bytes)

    def header(self, name: str) -> str:
        """The values of a header, joined by commas; empty if there is none."""
        return header_of(self.headers, name)


class Answer(Protocol):
    """An answer whose headers are there and whose body is still to come."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def status_line(self) -> str:
        """``HTTP/1.1 200 OK``."""
        ...

    @property
    def headers(self) -> list[tuple[str, str]]:
        """As they came, in their order; bytes that are no ASCII as Latin-1."""
        ...

    @property
    def sent_headers(self) -> list[tuple[str, str]]:
        """What was sent with the request that was answered (the last one, after redirects)."""
        ...

    @property
    def request_line(self) -> str:
        """``GET /path?query``."""
        ...

    @property
    def url(self) -> str:
        """The address that was asked (the last one, after redirects)."""
        ...

    def header(self, name: str) -> str:
        """The value of one header, several joined by commas; empty if there is none."""
        ...

    def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes over the wire. Raises AzosError if it does not come whole."""
        ...


def header_of(headers: Headers, name: str) -> str:
    """The values of a header, joined by commas (RFC 9110 section 5.3); empty if there is none."""
    wanted = name.lower().encode()
    return ", ".join(value.decode("latin-1") for key, value in headers if key.lower() == wanted)


def with_defaults(headers: Headers, defaults: Headers) -> Headers:
    """The headers, and in front of them the defaults that they do not name."""
    named = {name.lower() for name, _ in headers}
    return (*((name, value) for name, value in defaults if name.lower() not in named), *headers)


def origin_of(url: str) -> str:
    """``https://example.org:443``: what fails or heals together (RFC 9110 section 4.3.1)."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{shown}:{parts.port or _DEFAULT_PORTS.get(parts.scheme.lower(), 0)}"


def shown_url(url: str) -> str:
    """The address without who asks: what may be told and kept."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
