"""Sending a request, and what follows from the answer: a challenge to prove who asks, a redirect, a cookie to keep."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from azos_shell.commands.http_cookies import Cookies
from azos_shell.commands.http_credentials import Credentials, digest_proof, netrc_credentials, proof
from azos_shell.commands.http_request import Request, linked_address
from azos_shell.plugin import AzosError, Call
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_attempts import read_away
from azos_shell.pools.http_redirects import redirected
from azos_shell.pools.http_request import HttpRequest

if TYPE_CHECKING:
    from azos_shell.pools.http_request import Answer


@dataclass(frozen=True, slots=True)
class Way:
    """How requests are sent. ``asking`` is for each of them; redirects are followed here."""

    asking: Asking
    follow: bool = False
    most_redirects: int = 20
    use_netrc: bool = True


class Sender:
    """Sends the requests of one ``http``; ``credentials`` are for ``origin`` only.

    ``on_request`` and ``on_answer`` are told of every step. ``hidden`` are the header values that prove who asks: they
    are not shown.
    """

    def __init__(
        self,
        call: Call,
        way: Way,
        cookies: Cookies,
        credentials: Credentials | None,
        origin: str,
        *,
        on_request: Callable[[Request], None],
        on_answer: Callable[[Answer], None],
    ) -> None:
        self._call = call
        self._way = way
        self._cookies = cookies
        self._credentials = credentials
        self._origin = origin
        self._on_request = on_request
        self._on_answer = on_answer
        self.hidden: set[str] = set()

    @asynccontextmanager
    async def answered(self, request: Request) -> AsyncIterator[Answer]:
        """The answer that is none of the steps to it; the block runs once its headers are there."""
        authorization: bytes | None = None
        redirects = 0
        while True:
            prepared = self.prepared(request, authorization)
            self._on_request(prepared)
            async with self._call.services.web.ask(prepared.to_send(), self._way.asking) as answer:
                self._cookies.take(request.address.url, answer.headers)
                self._on_answer(answer)
                was_proven, authorization = authorization is not None, None
                if not was_proven:
                    authorization = self._answer_to_challenge(request, answer)
                following = request if authorization is not None else self._redirected(request, answer)
                if following is None:
                    yield answer
                    return
                if authorization is None:
                    redirects += 1
                    if redirects > self._way.most_redirects:
                        raise AzosError(
                            f"{request.address.origin}: redirected more than {redirects - 1} times"
                        )
                await read_away(answer)
            request = following

    def prepared(self, request: Request, authorization: bytes | None = None) -> Request:
        """The request with the cookies for its address, and with what proves who asks there."""
        cookies = self._cookies.header(request.address.url)
        given = request.header("cookie")
        if cookies is not None:
            request = request.with_header(b"Cookie", cookies if given is None else given + b"; " + cookies)
        credentials = self._credentials_for(request)
        if authorization is None and credentials is not None:
            authorization = proof(credentials)
        if authorization is not None:
            self.hidden.add(authorization.decode("latin-1"))
            request = request.with_header(b"Authorization", authorization)
        return request

    def _credentials_for(self, request: Request) -> Credentials | None:
        """Those that were given are for the origin that was named; netrc has its own for every host."""
        if self._credentials is not None and request.address.origin == self._origin:
            return self._credentials
        if not self._way.use_netrc or request.header("authorization") is not None:
            return None
        host = request.address.origin.partition("://")[2].rpartition(":")[0].strip("[]")
        return netrc_credentials(self._call.shell.environment(), host)

    def _answer_to_challenge(self, request: Request, answer: Answer) -> bytes | None:
        credentials = self._credentials_for(request)
        if answer.status != 401 or credentials is None or credentials.kind != "digest":
            return None
        if request.body is not None and not request.body.may_repeat:
            raise AzosError(
                "digest needs the request to be sent twice, which a body from standard input can't be"
            )
        challenges = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
        return digest_proof(credentials, request, challenges)

    def _redirected(self, request: Request, answer: Answer) -> Request | None:
        if not self._way.follow:
            return None
        # What may be sent again is for our body to say; the layers below know only what is in memory.
        body: Any = b"" if request.body is None or request.body.may_repeat else request.body.pieces
        asked = HttpRequest(request.method, request.address.url, request.headers, body)
        following = redirected(asked, answer.status, answer.header("location"))
        if following is None:
            return None
        kept = request.body if following.body is not None else None
        address = linked_address(request.address.url, following.url)
        return replace(
            request, method=following.method, address=address, headers=following.headers, body=kept
        )
