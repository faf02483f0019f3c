"""What of a request and its answer is shown, where, and in what dress."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azos_shell.bus.delivery import colour_wanted
from azos_shell.commands.http_asked import Asked
from azos_shell.commands.http_request import Request
from azos_shell.commands.http_shown import Head, for_terminal_text
from azos_shell.plugin import Call
from azos_shell.pools.http import DEFAULT_HEADERS
from azos_shell.pools.http_request import with_defaults

if TYPE_CHECKING:
    from azos_shell.pools.http_request import Answer


class Showing:
    """Shows heads as they pass: on standard output where a person looks or they were asked for, else on the error.

    A body that goes into a pipe, a file, or records stays by itself, so that what reads it gets nothing else.
    """

    def __init__(self, call: Call, asked: Asked) -> None:
        self._call = call
        is_data = asked.output is not None or asked.download or call.format is not None or asked.records
        self.on_terminal = call.stdout.is_terminal() and not is_data
        parts = asked.shown
        if parts is None and asked.words.method == "HEAD":
            parts = frozenset("h")  # there is nothing else
        self._beside = not self.on_terminal and (parts is None or bool(is_data))
        if parts is None:
            parts = frozenset("HBhb" if asked.verbose else "hb" if self.on_terminal else "b")
        elif asked.verbose:
            parts |= frozenset("HB")
        self._parts = parts
        self._every_step = asked.verbose
        self.colour = self.on_terminal and colour_wanted(call.stdout, call.shell)
        self._last: bytes | None = None

    @property
    def wants_body(self) -> bool:
        """Whether the body is part of the output."""
        return "b" in self._parts

    def request(self, request: Request, hidden: Collection[str]) -> None:
        """A request is about to be sent."""
        self._last = None
        text = b""
        if "H" in self._parts:
            text = self._told(sent_head(request, hidden), "> ")
        if "B" in self._parts and request.body is not None and not self._beside:
            text += for_terminal_text(
                request.body.content, request.header("content-type"), colour=self.colour
            )
        self._write(text)

    def unsent(self, request: Request, hidden: Collection[str], parts: frozenset[str]) -> None:
        """A request that is only to be looked at, on a terminal."""
        self._parts, self._beside = parts, False
        self.request(request, hidden)

    def answer(self, answer: Answer) -> None:
        """An answer has begun, which may be a step to the one that counts."""
        if "h" in self._parts:
            self._last = self._told(Head(answer.status_line, answer.headers), "< ")
            if self._every_step:
                self.last()

    def last(self) -> None:
        """The answer that has begun is the one that counts."""
        if self._last is not None:
            self._write(self._last)
            self._last = None

    def _told(self, head: Head, mark: str) -> bytes:
        text = head.text(colour=self.colour, mark=mark if self._beside else "")
        return text.encode("utf-8", "surrogateescape")

    def _write(self, text: bytes) -> None:
        if text:
            (self._call.stderr if self._beside else self._call.stdout).write(text)

    def __repr__(self) -> str:
        return f"<Showing {''.join(sorted(self._parts))}>"


def sent_head(request: Request, hidden: Collection[str]) -> Head:
    """The head of a request as it is sent, with HTTP/1.1's first line."""
    parts = urlsplit(request.address.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
        for name, value in with_defaults(request.headers, DEFAULT_HEADERS)
        if name.decode("latin-1").lower() not in request.unset
    ]
    if request.header("host") is None:
        headers.insert(0, ("host", parts.netloc))
    if request.body is not None:
        length = request.body.length
        headers.append(
            ("transfer-encoding", "chunked") if length is None else ("content-length", str(length))
        )
    return Head(f"{request.method} {target} HTTP/1.1", headers, hidden)
