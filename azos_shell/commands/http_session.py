"""A session: headers, cookies and credentials that are kept from one ``http`` to the next, in one file per host.

The file is JSON with the fields that HTTPie writes, so that one can be handed over.
"""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from azos_shell.commands.http_cookies import Cookies
from azos_shell.commands.http_credentials import KINDS, Credentials
from azos_shell.commands.http_request import Address, Headers, Request, header_of
from azos_shell.plugin import AzosError, UsageError
from azos_shell.storage.whole_file import WholeFile

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_OF_ONE_REQUEST = ("content-", "if-")
_NOT_KEPT = frozenset({b"cookie", b"host", b"range", b"transfer-encoding", b"connection"})


class Session:
    """What a file keeps. ``headers`` go with every request, ``credentials`` where no others are given."""

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        content = _content(path)
        self.headers: Headers = tuple(_headers(content.get("headers"), path))
        self.credentials = _credentials(content.get("auth"))
        kept = content.get("cookies") or []
        self.cookies = Cookies(entry for entry in _named(kept) if isinstance(entry, dict))

    def added_to(self, request: Request) -> Request:
        """The request with the headers that are kept, but for those that it has itself or doesn't want.

        Cookies that it has are from now on the session's.
        """
        for name, value in self.headers:
            request = request.with_default(name, value)
        given = request.header("cookie")
        if given is not None:
            self.cookies.add_given(request.address.url, given.decode("latin-1"))
            request = request.without_header(b"Cookie")
        return request

    def keep(self, headers: Headers, unset: frozenset[str], credentials: Credentials | None) -> None:
        """Write down what was sent, and the cookies as they are now. Raises AzosError."""
        if self._read_only:
            return
        kept = {name.lower(): (name, value) for name, value in (*self.headers, *headers) if _is_kept(name)}
        for name in unset:
            kept.pop(name.encode(), None)
        content = {
            "__meta__": {"about": "azos http session; the fields are those of HTTPie"},
            "auth": _auth(credentials or self.credentials),
            "cookies": self.cookies.entries(),
            "headers": [
                {"name": name.decode("latin-1"), "value": value.decode("utf-8", "replace")}
                for name, value in kept.values()
            ],
        }
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        except OSError as error:
            raise AzosError(f"{self._path}: {error.strerror}") from error
        with WholeFile(self._path, private=True) as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
            file.keep()

    def __repr__(self) -> str:
        return f"<Session {self._path}>"


def session_path(name: str, address: Address, state_dir: str | None) -> str:
    """Where a session of that name for the address's host is kept. Raises UsageError or AzosError."""
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"bad session name {name!r}: letters, digits, '.', '_' and '-'; or a path, with a slash"
        )
    if state_dir is None:
        raise AzosError("there is no home for sessions; give a path: --session ./FILE")
    host = address.origin.partition("://")[2].replace(":", "_").replace("[", "").replace("]", "")
    return os.path.join(state_dir, "http", host, f"{name}.json")


def _content(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = msgspec.json.decode(file.read(2**24))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AzosError(f"{path}: no session ({error}); it is left as it is") from error
    if not isinstance(content, dict):
        raise AzosError(f"{path}: no session (it holds no JSON object); it is left as it is")
    return content


def _named(entries: Any) -> list[Any]:
    """A list of entries with names, also from an object by names, as older files have it."""
    if isinstance(entries, dict):
        return [
            {"name": name, **(value if isinstance(value, dict) else {"value": value})}
            for name, value in entries.items()
        ]
    return entries if isinstance(entries, list) else []


def _headers(entries: Any, path: str) -> list[tuple[bytes, bytes]]:
    try:
        return [header_of(entry["name"], entry["value"]) for entry in _named(entries)]
    except (KeyError, TypeError, UsageError) as error:
        raise AzosError(f"{path}: no session (a header in it is malformed); it is left as it is") from error


def _credentials(auth: Any) -> Credentials | None:
    if not isinstance(auth, dict) or auth.get("type") not in KINDS:
        return None
    raw = auth.get("raw_auth")
    if not isinstance(raw, str):
        return None
    if auth["type"] == "bearer":
        return Credentials("bearer", "", raw)
    user, _, password = raw.partition(":")
    return Credentials(auth["type"], user, password)


def _auth(credentials: Credentials | None) -> dict[str, str | None]:
    if credentials is None:
        return {"type": None, "raw_auth": None}
    raw = (
        credentials.password if credentials.kind == "bearer" else f"{credentials.user}:{credentials.password}"
    )
    return {"type": credentials.kind, "raw_auth": raw}


def _is_kept(name: bytes) -> bool:
    return name.lower() not in _NOT_KEPT and not name.decode("latin-1").lower().startswith(_OF_ONE_REQUEST)
