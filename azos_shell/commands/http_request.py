"""What the words of ``http`` ask for.

Method, address, headers, body; pure, and checked before anything is sent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from azos_shell.plugin import UsageError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LOCAL = re.compile(r"(?:localhost|127(?:\.\d+){0,3}|\[::1\])(?::\d*)?(?:[/?#]|\Z)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Address:
    """A checked URL and the origin it belongs to (RFC 9110 section 4.3.1)."""

    url: str
    origin: str


def address_of(text: str) -> Address:
    """The address that was written, with its scheme.

    Http for this machine, https for others, where none is.
    """
    if not text or text != text.strip() or re.search(r"[\x00-\x20\x7f]", text):
        raise UsageError(f"bad URL {text!r}: it is empty or holds blanks or control characters")
    url = text if _SCHEME.match(text) else f"{'http' if _LOCAL.match(text) else 'https'}://{text}"
    # Bytes that are no UTF-8 go into a URL percent-encoded, as any other byte that isn't ASCII.
    url = "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"bad URL {text!r}: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise UsageError(f"bad URL {text!r}: only http and https are spoken")
    if not parts.hostname:
        raise UsageError(f"bad URL {text!r}: no host")
    return Address(url, _origin(parts, port))


def method_of(text: str | None, *, has_body: bool) -> str:
    """The method that was written; without one, POST for a request with a body and GET for one without."""
    if text is None:
        return "POST" if has_body else "GET"
    if _TOKEN.fullmatch(text) is None:
        raise UsageError(f"bad method {text!r}")
    return text.upper()


def headers_of(lines: list[str]) -> list[tuple[bytes, bytes]]:
    """``name: value`` lines as headers."""
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or _TOKEN.fullmatch(name) is None:
            raise UsageError(f"bad header {line!r}: write name:value")
        if re.search(r"[\r\n\0]", value):
            raise UsageError(f"bad header {name}: its value holds a line end")
        headers.append((name.encode(), value.strip().encode("utf-8", "surrogateescape")))
    return headers


def content_type_of(body: bytes) -> bytes:
    """What a body given on the command line is: JSON if it is an object or array, else a form."""
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return FORM
        return JSON
    return FORM


def _origin(parts: SplitResult, port: int | None) -> str:
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS[parts.scheme]}"
