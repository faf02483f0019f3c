"""The stored answer: what is known of an answer of a server that is kept, beside its body.

It is an entry of the disk tier like any other: ``asked`` holds it as JSON, the output is the body as it came. Its key
begins with a hash of the address, so that all variants of one address stand together: GET and HEAD, those that
``Vary`` tells apart, and those of different credentials, which are never given to each other.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from azos_shell.core.digest import blake2b
from azos_shell.core.frozen import frozen
from azos_shell.pools.http_request import origin_of, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azos_shell.cache.disk import Kept
    from azos_shell.cache.moment import Moment
    from azos_shell.pools.http_request import HttpRequest

COMMAND = "http"
"""The name that answers are counted under."""

ADDRESS_BYTES = 12
_VARIANT_BYTES = 8

_CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
_SECRET = re.compile(
    r"key|token|secret|password|passwd|signature|\bsig\b|auth|credential|session|code", re.IGNORECASE
)


@frozen
class StoredAnswer:
    """An answer as it came, but for its body.

    ``age_then`` is how old it was when it came (RFC 9111 section 4.2.3), ``lifetime_seconds`` how old it may become
    before its server must be asked. ``vary`` are the headers that chose it, each with a hash of what it said.
    """

    method: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    vary: tuple[tuple[str, str], ...]
    age_then: float
    lifetime_seconds: float
    no_cache: bool
    must_revalidate: bool
    credentials: str
    body_bytes: int
    kept: Kept | None = None

    def header(self, name: str) -> str:
        """The value of one header; empty if there is none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    @property
    def can_be_checked(self) -> bool:
        """Whether its server can say that it is still the answer."""
        return bool(self.header("etag") or self.header("last-modified"))

    def age_seconds(self, now: Moment) -> float:
        """How old it is; infinity where that can't be known."""
        if self.kept is None:
            return self.age_then
        return self.age_then + self.kept.result.age_seconds(now)

    def answers(self, request: HttpRequest) -> bool:
        """Whether it is an answer to this request, as far as that shows in what is sent."""
        return (
            self.method == request.method
            and self.credentials == credentials_of(request)
            and all(_hash(request.header(name)) == value for name, value in self.vary)
        )

    def written(self) -> str:
        """As text, for ``stored_answer``."""
        names = [name for name in self.__match_args__ if name != "kept"]
        values = {name: getattr(self, name) for name in names}
        values["lifetime_seconds"] = min(self.lifetime_seconds, 1e12)
        return json.dumps(values)


def stored_answer(kept: Kept) -> StoredAnswer | None:
    """The answer that an entry is, or None if it is none that this azos understands."""
    try:
        values: dict[str, Any] = json.loads(kept.result.asked)
        for name in ("headers", "vary"):
            values[name] = tuple((str(key), str(value)) for key, value in values[name])
        return StoredAnswer(**values, kept=kept)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def address_key(url: str) -> bytes:
    """What the keys of all answers of this address begin with, however it is written (RFC 3986 section 6.2.2)."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    address = origin_of(url) + target
    return blake2b(address.encode("utf-8", "surrogatepass"), digest_size=ADDRESS_BYTES).digest()


def variant_key(answer: StoredAnswer) -> bytes:
    """What follows it: the method, what ``Vary`` names, and the credentials."""
    told = repr((answer.method, answer.vary, answer.credentials)).encode()
    return blake2b(told, digest_size=_VARIANT_BYTES).digest()


def varied(request: HttpRequest, vary: str) -> tuple[tuple[str, str], ...]:
    """The headers that ``Vary`` names, each with a hash of what the request says: it may be a secret."""
    names = sorted({name.strip().lower() for name in vary.split(",")} - {""})
    return tuple((name, _hash(request.header(name))) for name in names)


def credentials_of(request: HttpRequest) -> str:
    """A hash of who asks, empty for nobody in particular."""
    said = [request.header(name) for name in _CREDENTIALS]
    who = urlsplit(request.url).netloc.rpartition("@")[0]
    return _hash(repr((said, who))) if who or any(said) else ""


def label_of(request: HttpRequest) -> str:
    """How a person knows it: method and address, without what may be secret."""
    url = urldefrag(shown_url(request.url)).url
    base, mark, query = url.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    told = "&".join(
        f"{name}=…" if value and _SECRET.search(name) else name + sign + value for name, sign, value in pairs
    )
    return f"{request.method} {base}{mark}{told}"


def best(answers: Iterable[StoredAnswer], now: Moment) -> StoredAnswer | None:
    """The youngest of several (RFC 9111 section 4)."""
    return min(answers, key=lambda answer: (answer.age_seconds(now), answer.age_then), default=None)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
