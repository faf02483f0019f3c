"""Where an answer sends us, and with what: redirects by RFC 9110 section 15.4, and never to something less safe.

Credentials go to the origin they were meant for and to no other. From https to http no redirect is followed.
"""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import replace
from azos_shell.language.visible import visible
from azos_shell.pools.http_request import HttpRequest, origin_of, shown_url

MOST_REDIRECTS = 20  # as browsers and httpx have it

_METHOD_KEPT = frozenset({307, 308})
_FOLLOWED = frozenset({301, 302, 303}) | _METHOD_KEPT
_CREDENTIAL = re.compile(
    rb"auth|cookie|token|secret|api-?key|password|credential|session|signature", re.IGNORECASE
)
"""In the name of a header: what it holds is meant for one origin. A harmless one lost is the smaller evil."""


def redirected(request: HttpRequest, status: int, location: str) -> HttpRequest | None:
    """The request to send next, or None: this is the answer. Raises AzosError for where we don't go."""
    if status not in _FOLLOWED or not location:
        return None
    url = _target(request.url, location)
    method = _method(request.method, status)
    changed = replace(request, method=method, url=url)
    if method != request.method:
        changed = replace(
            changed, body=None, headers=_without(request.headers, rb"content-.*|transfer-encoding")
        )
    elif not request.may_be_sent_again:
        raise AzosError(
            f"redirected to {visible(url)}, but what was sent can't be sent again: it came from standard input"
        )
    if origin_of(url) != origin_of(request.url):
        changed = replace(changed, headers=without_credentials(changed.headers))
    return changed


def without_credentials(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that may be shown to anybody."""
    return tuple((name, value) for name, value in headers if not _CREDENTIAL.search(name))


def _target(base: str, location: str) -> str:
    try:
        url = urljoin(
            base, re.sub(r"[\x00-\x20\x7f]", lambda found: f"%{ord(found[0]):02X}", location.strip())
        )
        was, becomes = urlsplit(base), urlsplit(url)
        _ = becomes.port  # raises for what is none
    except ValueError as error:
        raise AzosError(f"redirected to {visible(location)!r}, which is no address ({error})") from error
    if becomes.scheme not in ("http", "https") or not becomes.hostname:
        raise AzosError(f"redirected to {visible(location)}: only http and https are spoken")
    if was.scheme == "https" and becomes.scheme == "http":
        raise AzosError(
            f"redirected from https to {visible(shown_url(url))}, where anybody could read along; "
            "ask there yourself if that is meant"
        )
    if not becomes.fragment and was.fragment:
        url = f"{urldefrag(url).url}#{was.fragment}"
    # A server must not choose the credentials that we send; ours stay with their origin.
    ours, at, _ = was.netloc.rpartition("@") if origin_of(url) == origin_of(base) else ("", "", "")
    return urlsplit(url)._replace(netloc=ours + at + becomes.netloc.rpartition("@")[2]).geturl()


def _method(method: str, status: int) -> str:
    if status in _METHOD_KEPT or method in ("GET", "HEAD"):
        return method
    if status == 303 or method == "POST":
        return "GET"
    return method


def _without(headers: tuple[tuple[bytes, bytes], ...], names: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, value in headers if not re.fullmatch(names, name, re.IGNORECASE))
