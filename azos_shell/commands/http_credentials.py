"""Who asks: ``-a``, the address, the session or netrc; and the headers that prove it (RFC 7617, 7616, 6750)."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from azos_shell.commands.http_request import Request, header_of
from azos_shell.plugin import AzosError, UsageError

KINDS = ("basic", "digest", "bearer")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and password, or a bearer's token, which is the password of nobody. Never shown whole."""

    kind: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"<Credentials {self.kind} {self.user!r}>"


def credentials_of(kind: str | None, text: str | None) -> Credentials | None:
    """What ``-A`` and ``-a`` say. Raises UsageError."""
    if text is None:
        if kind is not None:
            raise UsageError(f"-A {kind} needs -a {'TOKEN' if kind == 'bearer' else 'USER:PASSWORD'}")
        return None
    if kind == "bearer":
        return Credentials(kind, "", text)
    user, colon, password = text.partition(":")
    if not colon:
        raise UsageError("-a takes USER:PASSWORD (`USER:` for an empty one), or a token with -A bearer")
    return Credentials(kind or "basic", user, password)


def netrc_credentials(environment: Mapping[str, str], host: str) -> Credentials | None:
    """What ``$NETRC`` or ``~/.netrc`` has for the host. Raises AzosError for a file that can't be understood."""
    import netrc

    path = environment.get("NETRC") or os.path.join(environment.get("HOME", ""), ".netrc")
    if not os.path.isabs(path) or not os.path.exists(path):
        return None
    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "msg", None) or "it is not UTF-8"
        raise AzosError(f"{path}: {reason}; --ignore-netrc does without it") from error
    return None if found is None else Credentials("basic", found[0] or found[1] or "", found[2] or "")


def proof(credentials: Credentials) -> bytes | None:
    """The value of ``Authorization`` that needs no challenge; None for digest."""
    if credentials.kind == "digest":
        return None
    if credentials.kind == "bearer":
        return header_of("Authorization", f"Bearer {credentials.password}")[1]
    pair = f"{credentials.user}:{credentials.password}".encode("utf-8", "surrogateescape")
    return b"Basic " + b64encode(pair)


def digest_proof(credentials: Credentials, request: Request, challenges: Iterable[str]) -> bytes | None:
    """The value of ``Authorization`` that answers a digest challenge; None if there is none that can be answered."""
    import httpx

    asked = httpx.Request(request.method, request.address.url)
    flow = httpx.DigestAuth(credentials.user, credentials.password).sync_auth_flow(asked)
    next(flow)
    headers = [("www-authenticate", challenge) for challenge in challenges]
    try:
        answering = flow.send(httpx.Response(401, headers=headers, request=asked))
        return answering.headers["authorization"].encode("latin-1")
    except (StopIteration, httpx.ProtocolError, NotImplementedError, KeyError):
        return None
