"""The cookies of one ``http`` (RFC 6265): kept from redirect to redirect, and in a session from call to call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from email.message import Message
    from http.cookiejar import Cookie, CookieJar


class Cookies:
    """A jar of cookies, told of answers and asked for what goes with a request.

    The jar is made for the first cookie: its module takes longer to import than an answer from the cache to give.
    """

    def __init__(self, kept: Iterable[dict[str, Any]] = ()) -> None:
        self._made: CookieJar | None = None
        for entry in kept:
            self.add(entry)

    def add(self, entry: dict[str, Any]) -> None:
        """Add a cookie as a session's file has it; one without a name is passed over."""
        name, domain, path = entry.get("name"), entry.get("domain") or "", entry.get("path") or "/"
        if isinstance(name, str) and isinstance(domain, str) and isinstance(path, str):
            expires = entry.get("expires")
            self._jar.set_cookie(
                _cookie(
                    name,
                    str(entry.get("value") or ""),
                    domain,
                    path,
                    secure=bool(entry.get("secure")),
                    expires=int(expires) if isinstance(expires, int | float) else None,
                )
            )

    def add_given(self, url: str, header: str) -> None:
        """Add the cookies of a ``Cookie`` header, for the host of ``url``."""
        host = (urlsplit(url).hostname or "").lower()
        domain = host if "." in host or ":" in host else f"{host}.local"  # as http.cookiejar names it
        for pair in header.split(";"):
            name, equals, value = pair.strip().partition("=")
            if equals and name:
                self.add({"name": name, "value": value, "domain": domain})

    def take(self, url: str, headers: list[tuple[str, str]]) -> None:
        """Heed the ``Set-Cookie`` headers of an answer from ``url``."""
        values = [value for name, value in headers if name.lower() == "set-cookie"]
        if values:
            from email.message import Message
            from urllib.request import Request as UrllibRequest

            message = Message()
            for value in values:
                message.add_header("Set-Cookie", value)
            self._jar.extract_cookies(_Told(message), UrllibRequest(url))  # type: ignore[arg-type]

    def header(self, url: str) -> bytes | None:
        """The value of ``Cookie`` for a request to ``url``; None if there is no cookie for it."""
        if self._made is None:
            return None
        from urllib.request import Request as UrllibRequest

        asked = UrllibRequest(url)
        self._jar.add_cookie_header(asked)
        value = asked.get_header("Cookie")
        return None if value is None else value.encode("latin-1", "replace")

    def entries(self) -> list[dict[str, Any]]:
        """The cookies as a session's file has them."""
        if self._made is None:
            return []
        self._jar.clear_expired_cookies()
        return [
            {
                "name": cookie.name,
                "value": cookie.value,
                "domain": cookie.domain,
                "path": cookie.path,
                "secure": cookie.secure,
                "expires": cookie.expires,
            }
            for cookie in self._jar
        ]

    @property
    def _jar(self) -> CookieJar:
        if self._made is None:
            from http.cookiejar import CookieJar

            self._made = CookieJar()
        return self._made

    def __repr__(self) -> str:
        return f"<Cookies {len(self._made or ())}>"


class _Told:
    """What the jar takes for an answer."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def info(self) -> Message:
        return self._message


def _cookie(name: str, value: str, domain: str, path: str, *, secure: bool, expires: int | None) -> Cookie:
    from http.cookiejar import Cookie

    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=bool(domain),
        domain_initial_dot=domain.startswith("."),
        path=path,
        path_specified=True,
        secure=secure,
        expires=expires,
        discard=expires is None,
        comment=None,
        comment_url=None,
        rest={},
    )
