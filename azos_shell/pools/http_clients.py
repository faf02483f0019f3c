"""The HTTP clients: one for all plain requests, one for each origin by TLS; more by proxy and by who is trusted."""

from __future__ import annotations

import asyncio
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from azos_shell.core.errors import UsageError
from azos_shell.core.frozen import frozen, replace
from azos_shell.pools.http_request import origin_of

if TYPE_CHECKING:
    import ssl

    import httpx

    from azos_shell.pools.http_surroundings import Surroundings

MAX_CONNECTIONS = 100
KEEPALIVE_SECONDS = 30.0
_MOST_CLIENTS = 32


@frozen
class _Way:
    origin: str
    is_secure: bool
    proxy: str
    authorities_file: str
    authorities_directory: str
    certificate_file: str
    certificate_key_file: str
    is_verified: bool


class HeldClient:
    """A client and how many exchanges use it."""

    __slots__ = ("client", "is_retired", "users")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.users = 0
        self.is_retired = False


class HttpClients:
    """The clients of one event loop at a time: connections can't move to another."""

    def __init__(self) -> None:
        self._held: dict[_Way, HeldClient] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.made = 0

    async def take(self, url: str, surroundings: Surroundings) -> HeldClient:
        """The client for an address, to be given back. Raises UsageError for surroundings that can't be."""
        load_httpx()
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._held, self._loop = {}, loop
        way = _way(url, surroundings)
        held = self._held.get(way)
        if held is None:
            held = self._held[way] = HeldClient(_client(way))
            self.made += 1
        held.users += 1
        if len(self._held) > _MOST_CLIENTS:
            await self._close_unused()
        return held

    async def give_back(self, held: HeldClient, *, is_spoilt: bool) -> None:
        """Its exchange is over. One that has spoilt a connection retires the client: others end what they do with it.

        An HTTP/2 connection is spoilt by a stream that was left before its end: httpcore does not reset it, so it
        counts against the server's limit of streams, and what it still brings against the connection's window.
        """
        held.users -= 1
        if is_spoilt and not held.is_retired:
            held.is_retired = True
            self._held = {way: one for way, one in self._held.items() if one is not held}
        if held.is_retired and not held.users:
            await held.client.aclose()

    async def aclose(self) -> None:
        """Close all connections; what is asked for afterwards opens new ones."""
        held, self._held = self._held, {}
        if self._loop is asyncio.get_running_loop():
            for one in held.values():
                await one.client.aclose()

    async def _close_unused(self) -> None:
        for way, held in list(self._held.items()):
            if len(self._held) <= _MOST_CLIENTS:
                return
            if not held.users:
                del self._held[way]
                await held.client.aclose()

    def __repr__(self) -> str:
        return f"<HttpClients {len(self._held)} open, {self.made} made>"


def load_httpx() -> None:
    """Import httpx, without its command line, whose imports (click, rich) take as long as all the rest."""
    if "httpx" in sys.modules:
        return
    sys.modules["httpx._main"] = None  # type: ignore[assignment] # what the import system takes for "not there"
    try:
        import httpx
    finally:
        del sys.modules["httpx._main"]
    assert httpx


def _way(url: str, surroundings: Surroundings) -> _Way:
    proxy = surroundings.proxy_for(url)
    if not url.lower().startswith("https:") and not proxy.startswith("https:"):
        return _Way("", False, proxy, "", "", "", "", True)
    return _Way(
        origin_of(url),
        True,
        proxy,
        surroundings.authorities_file,
        surroundings.authorities_directory,
        surroundings.certificate_file,
        surroundings.certificate_key_file,
        surroundings.is_verified,
    )


def _client(way: _Way) -> httpx.AsyncClient:
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    trust = _trusting(replace(way, origin="", proxy=""))
    to_proxy = trust if way.proxy.startswith("https:") else None
    return httpx.AsyncClient(
        http2=way.is_secure,
        verify=trust,
        proxy=httpx.Proxy(way.proxy, ssl_context=to_proxy) if way.proxy else None,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS),
    )


@lru_cache(maxsize=8)
def _trusting(way: _Way) -> ssl.SSLContext:
    """The context of a way: whose certificates are believed, and which is shown."""
    context = _trust(way)
    _present(way, context)
    return context


def _trust(way: _Way) -> ssl.SSLContext:
    """Whose certificates are believed. A client for plain HTTP believes nobody: reading them all takes 20 ms."""
    import ssl

    if not way.is_secure:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not way.is_verified:
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        return blind
    if way.authorities_file or way.authorities_directory:
        try:
            return ssl.create_default_context(
                cafile=way.authorities_file or None, capath=way.authorities_directory or None
            )
        except (OSError, ssl.SSLError) as error:
            place = way.authorities_file or way.authorities_directory
            raise UsageError(
                f"{place}: no certificates can be read from it (see SSL_CERT_FILE): {error}"
            ) from error
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _present(way: _Way, context: ssl.SSLContext) -> None:
    """Let the context prove who asks, by the certificate that was given."""
    import ssl

    if not way.certificate_file:
        return
    try:
        context.load_cert_chain(way.certificate_file, way.certificate_key_file or None, lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{way.certificate_file}: no certificate with its key ({error})") from error
