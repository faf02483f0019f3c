"""The request: what is to be sent, and the address it goes to; pure, and checked before anything is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from azos_shell.commands.http_body import Body
from azos_shell.language.credentials import without_credentials
from azos_shell.plugin import AzosError, UsageError
from azos_shell.pools.http_request import HttpRequest

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PORT_ONLY = re.compile(r":(\d{1,5})?(?=[/?#]|\Z)")
_LOCAL = re.compile(r"(?:localhost|127(?:\.\d+){0,3}|\[::1\])(?::\d*)?(?:[/?#]|\Z)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A checked URL without credentials, the origin it belongs to (RFC 9110 section 4.3.1), and who asks there."""

    url: str
    origin: str
    user: str | None = None
    password: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``unset`` are the default headers, in lower case, that shall not be sent."""

    method: str
    address: Address
    headers: Headers = ()
    unset: frozenset[str] = frozenset()
    body: Body | None = None

    def header(self, name: str) -> bytes | None:
        """The value of one header, the last that was given."""
        wanted = name.lower().encode()
        return next((value for key, value in reversed(self.headers) if key.lower() == wanted), None)

    def to_send(self) -> HttpRequest:
        """The same as the layers below take it; the body is begun anew."""
        body = None if self.body is None else self.body.open()
        headers = self.headers
        if self.body is not None and self.body.length is not None and self.body.content is None:
            headers = (*headers, (b"Content-Length", str(self.body.length).encode()))
        return HttpRequest(self.method, self.address.url.partition("#")[0], headers, body, self.unset)

    def without_header(self, name: bytes) -> Request:
        """The same without any header of this name."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))

    def with_header(self, name: bytes, value: bytes) -> Request:
        """The same with this header, in place of one of that name."""
        return replace(self, headers=(*self.without_header(name).headers, (name, value)))

    def with_default(self, name: bytes, value: bytes) -> Request:
        """The same with this header, unless there is one of that name or it is not wanted."""
        if self.header(name.decode()) is not None or name.decode().lower() in self.unset:
            return self
        return replace(self, headers=(*self.headers, (name, value)))


def address_of(text: str, query: Sequence[tuple[str, str]] = ()) -> Address:
    """The address that was written, with its scheme: http for this machine, https for others, where none is.

    ``:3000/x`` is that port of this machine. ``query`` is added to what the address asks.
    """
    shown = without_credentials(f"http {text}")[5:]
    if not text or text != text.strip() or re.search(r"[\x00-\x20\x7f]", text):
        raise UsageError(f"bad URL {shown!r}: it is empty or holds blanks or control characters")
    url = _with_scheme(text)
    # Bytes that are no UTF-8 go into a URL percent-encoded, as any other byte that isn't ASCII.
    url = "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"bad URL {shown!r}: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise UsageError(f"bad URL {shown!r}: only http and https are spoken")
    if not parts.hostname:
        raise UsageError(f"bad URL {shown!r}: no host")
    host = parts.netloc.rpartition("@")[2]
    user = None if parts.username is None else unquote(parts.username)
    url = f"{parts.scheme}://{host}{_target(parts, query)}"
    return Address(url, _origin(parts, port), user, unquote(parts.password or ""))


def linked_address(base: str, link: str) -> Address:
    """Where an answer from ``base`` points to, without anybody's credentials. Raises AzosError."""
    link = "".join(char if char.isascii() and char.isprintable() else _quoted(char) for char in link.strip())
    try:
        address = address_of(urljoin(base, link.replace(" ", "%20")))
    except ValueError as error:
        raise AzosError(f"the answer points to {link!r}, which is no address ({error})") from error
    except UsageError as error:
        raise AzosError(f"the answer points to {link!r}: {error.message}") from error
    return Address(address.url, address.origin)


def checked_method(text: str) -> str:
    """The method that was written, in capitals. Raises UsageError."""
    if TOKEN.fullmatch(text) is None:
        raise UsageError(f"bad method {text!r}")
    return text.upper()


def header_of(name: str, value: str) -> tuple[bytes, bytes]:
    """One header, checked. Raises UsageError."""
    if TOKEN.fullmatch(name) is None:
        raise UsageError(f"bad header name {name!r}")
    if re.search(r"[\r\n\0]", value):
        raise UsageError(f"bad header {name}: its value holds a line end")
    return name.encode(), value.strip().encode("utf-8", "surrogateescape")


def headers_of(lines: list[str]) -> Headers:
    """``name: value`` lines as headers."""
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or TOKEN.fullmatch(name) is None:
            raise UsageError(f"bad header {line!r}: write name:value")
        headers.append(header_of(name, value))
    return tuple(headers)


def content_type_of(body: bytes) -> bytes:
    """What a body given on the command line is: JSON if it is an object or array, else a form."""
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return FORM
        return JSON
    return FORM


def _with_scheme(text: str) -> str:
    if text.startswith("://"):
        text = text[3:]
    elif found := _PORT_ONLY.match(text):
        text = f"localhost{text if found[1] else text[1:]}"
    if _SCHEME.match(text):
        return text
    host = text.partition("/")[0].rpartition("@")[2] + "/"
    return f"{'http' if _LOCAL.match(host) else 'https'}://{text}"


def _target(parts: SplitResult, query: Sequence[tuple[str, str]]) -> str:
    added = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    asked = "&".join(part for part in (parts.query, added) if part)
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.path}{f'?{asked}' if asked else ''}{fragment}"


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def _origin(parts: SplitResult, port: int | None) -> str:
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS[parts.scheme]}"
