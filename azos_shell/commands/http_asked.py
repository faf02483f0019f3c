"""What one ``http`` was asked for: its options, checked against each other, and the request that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from azos_shell.commands.http_body import Body, file_body, input_body, text_of
from azos_shell.commands.http_credentials import Credentials, credentials_of
from azos_shell.commands.http_items import item_of
from azos_shell.commands.http_payload import Given, body_of, given_of, raw_body
from azos_shell.commands.http_request import (
    FORM,
    JSON,
    Request,
    address_of,
    checked_method,
    content_type_of,
    headers_of,
)
from azos_shell.commands.http_words import WITHOUT_BODY, Words, words_of
from azos_shell.plugin import Call, UsageError

_JSON_WANTED = b"application/json, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of ``http`` as they were given; see there for what they mean."""

    words: Words
    header: list[str]
    json: bool
    form: bool
    multipart: bool
    raw: str | None
    data: str | None
    ignore_stdin: bool
    body_only: bool
    headers_only: bool
    verbose: bool
    print: str | None
    download: bool
    output: str | None
    go_on: bool
    auth_type: str | None
    auth: str | None
    session: str | None
    session_read_only: str | None
    offline: bool
    curl: bool
    records: str | None
    all_pages: bool
    max_pages: int | None
    max_bytes: int | None

    @property
    def encoding(self) -> str:
        """How fields become a body."""
        return "multipart" if self.multipart else "form" if self.form else "json"

    @property
    def shown(self) -> frozenset[str] | None:
        """What was asked to be shown: of H and B (the request), h and b (the answer); None for what fits the output."""
        if self.print is not None:
            return frozenset(self.print)
        if self.headers_only or self.body_only:
            return frozenset(("h" if self.headers_only else "") + ("b" if self.body_only else ""))
        return None

    def check(self) -> None:
        """Raises UsageError for options that contradict each other."""
        one_of = {
            "-j": self.json,
            "-f": self.form,
            "--multipart": self.multipart,
        }
        _at_most_one(one_of)
        _at_most_one({"--raw": self.raw is not None, "--data": self.data is not None})
        _at_most_one({"--offline": self.offline, "--curl": self.curl, "-d": self.download})
        _at_most_one(
            {"--session": self.session is not None, "--session-read-only": bool(self.session_read_only)}
        )
        for name, is_given in {"--all-pages": self.all_pages, "--records": self.records is not None}.items():
            _at_most_one({"-d": self.download, name: is_given})
        _at_most_one({"-o": self.output is not None, "--records": self.records is not None})
        if self.go_on and not (self.download and self.output):
            raise UsageError("-c goes on with a download: it needs -d, and -o FILE to say which")
        if self.print is not None and set(self.print) - set("HBhb"):
            raise UsageError(
                f"-p takes letters of HBhb (request and answer: headers, body), not {self.print!r}"
            )
        if self.max_pages is not None and (self.max_pages < 1 or not self.all_pages):
            raise UsageError("--max-pages takes a number from 1 on, and goes with --all-pages")
        if self.max_bytes is not None and self.max_bytes < 0:
            raise UsageError("--max-bytes must not be negative")

    def credentials(self, request: Request) -> Credentials | None:
        """Those of ``-a``, else those in the address."""
        given = credentials_of(self.auth_type, self.auth)
        address = request.address
        if given is None and address.user is not None:
            return Credentials("basic", address.user, address.password)
        return given


async def request_of(call: Call, asked: Asked) -> Request:
    """The request; files are read, and standard input where it is the body. Raises UsageError or AzosError."""
    words = asked.words
    resolve = call.shell.resolve_path
    given = given_of(item_of(item, lambda path: text_of(resolve(path))) for item in words.items)
    address = address_of(words.url, given.query)
    body, content_type = await _body(call, asked, given, resolve)
    method = checked_method(words.method or ("POST" if body is not None else "GET"))
    headers = (*headers_of(asked.header), *given.headers)
    request = Request(method, address, headers, frozenset(given.unset), body)
    if asked.json or (given.fields and asked.encoding == "json"):
        request = request.with_default(b"Accept", _JSON_WANTED)
        content_type = JSON
    elif asked.form and body is not None and not given.has_data:
        content_type = FORM
    if content_type:
        request = request.with_default(b"Content-Type", content_type)
    return request


def without_credentials_in_address(request: Request) -> Request:
    """The request to the same address, which says nothing of who asks."""
    return replace(request, address=replace(request.address, user=None, password=""))


async def _body(
    call: Call, asked: Asked, given: Given, resolve: Callable[[str], str]
) -> tuple[Body | None, bytes]:
    sources = {
        "request items": given.has_data,
        "--raw": asked.raw is not None,
        "--data": asked.data is not None,
    }
    _at_most_one(sources, "a body comes from")
    if given.has_data:
        return body_of(given, asked.encoding, boundary=_boundary, resolve=resolve)
    if asked.multipart:
        raise UsageError("--multipart needs fields: name=value or name@FILE")
    if asked.raw is not None:
        return raw_body(asked.raw.encode("utf-8", "surrogateescape"))
    if asked.data is not None and asked.data != "@-":
        if not asked.data.startswith("@"):
            return raw_body(asked.data.encode("utf-8", "surrogateescape"))
        return _typed(file_body(resolve(asked.data[1:])))
    if asked.data == "@-":
        if call.stdin.is_terminal():
            raise UsageError("the body is standard input, but nothing is piped in")
        return _typed(await input_body(call))
    if _takes_input(call, asked):
        body = await input_body(call)
        return _typed(body) if body.content != b"" else (None, b"")
    return None, b""


def _boundary() -> str:
    import secrets

    return secrets.token_hex(16)


def _takes_input(call: Call, asked: Asked) -> bool:
    """Whether standard input is the body: where a method that has one is named, or the input is this command's own.

    In a loop that reads a list of addresses it is the rest of the list.
    """
    if asked.ignore_stdin or asked.words.method in WITHOUT_BODY or call.stdin.is_terminal():
        return False
    return asked.words.method is not None or call.input_is_given


def _typed(body: Body) -> tuple[Body, bytes]:
    return body, b"application/octet-stream" if body.content is None else content_type_of(body.content)


def _at_most_one(given: dict[str, Any], what: str = "choose") -> None:
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise UsageError(f"{what} one of {' and '.join(names)}, not both")


def words_asked(operands: tuple[str, ...]) -> Words:
    """The operands told apart, with the address checked. Raises UsageError."""
    words = words_of(operands)
    address_of(words.url)
    return words
