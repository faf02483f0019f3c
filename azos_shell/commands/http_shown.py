"""Requests and answers as they are shown: their heads, and a body laid out for a terminal."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterable

from azos_shell.commands.http_json_text import JsonText
from azos_shell.language.credentials import HIDDEN
from azos_shell.language.visible import visible
from azos_shell.rendering.harmless import HarmlessText, harmless

_BOLD, _NAME, _RESET = "\x1b[1m", "\x1b[36m", "\x1b[0m"
_STATUS_COLOURS = {"2": "\x1b[32;1m", "3": "\x1b[33;1m", "4": "\x1b[31;1m", "5": "\x1b[31;1m"}
_NO_TEXT = ("image/", "audio/", "video/", "font/", "application/zip", "application/gzip", "application/pdf")

Header = tuple[str, str]


class Head:
    """The first line and the headers of a request or an answer, as text."""

    def __init__(self, first: str, headers: Iterable[Header], hidden: Collection[str] = ()) -> None:
        self._first = first
        self._headers = [(name, _without(value, hidden)) for name, value in headers]

    def text(self, *, colour: bool = False, mark: str = "") -> str:
        """Its lines and an empty one; ``mark`` begins each."""
        first = visible(self._first)
        lines = [self._painted(first) if colour else first]
        for name, value in self._headers:
            shown = visible(name)
            lines.append(f"{f'{_NAME}{shown}{_RESET}' if colour else shown}: {visible(value)}".rstrip())
        return "".join(f"{mark}{line}".rstrip() + "\n" for line in [*lines, ""])

    def _painted(self, first: str) -> str:
        if not first.startswith("HTTP/"):
            return f"{_BOLD}{first}{_RESET}"
        status = first.partition(" ")[2]
        return f"{first[: len(first) - len(status)]}{_STATUS_COLOURS.get(status[:1], _BOLD)}{status}{_RESET}"

    def __repr__(self) -> str:
        return f"<Head {self._first!r}>"


def is_json(content_type: str) -> bool:
    """Whether the body is one JSON value, by its type."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


_MARKS = {"utf-16": (b"\xff\xfe", b"\xfe\xff"), "utf-32": (b"\xff\xfe\0\0", b"\0\0\xfe\xff")}
"""What tells the byte order of these; without it they are little endian, as browsers have it."""
_DAMAGED = b"a\xff\x9b+\\"


def charset_of(content_type: str, beginning: bytes = b"") -> str:
    """The name of the encoding of a text of this type that Python knows; UTF-8 without one."""
    from email.message import Message

    message = Message()
    message["content-type"] = content_type
    name = message.get_content_charset() or "utf-8"
    try:
        found = codecs.lookup(name).name
        if found in _MARKS:
            return found if beginning.startswith(_MARKS[found]) else f"{found}-le"
        _DAMAGED.decode(name, "replace")  # Python also has codecs that make no text, or bear no damage
    except (LookupError, ValueError):
        return "utf-8"
    return found


def _damage_of(charset: str) -> str:
    """How damaged text is decoded: the bytes themselves can be shown of UTF-8 only."""
    return "surrogateescape" if charset.startswith("utf-8") else "replace"


async def for_terminal(
    pieces: AsyncIterable[bytes], content_type: str, *, colour: bool
) -> AsyncGenerator[bytes, None]:
    """The body laid out, piece by piece as it comes, with nothing in it that a terminal would obey.

    What is no text is told of instead of shown.
    """
    decoder: codecs.IncrementalDecoder | None = None
    plain = HarmlessText()
    layout: JsonText | None = None
    line_is_open = False
    async for piece in pieces:
        if decoder is None:
            charset = charset_of(content_type, piece)
            decoder = codecs.getincrementaldecoder(charset)(_damage_of(charset))
            if is_binary(content_type, piece):
                yield b"(this is no text, and not shown on a terminal; -o FILE or -d saves it)\n"
                return
            layout = JsonText(colour=colour) if _looks_like_json(content_type, piece) else None
        text = decoder.decode(piece)
        shown = layout.feed(text) if layout is not None else plain.feed(text)
        if shown:
            line_is_open = not shown.endswith("\n")
            yield shown.encode("utf-8", "surrogateescape")
    rest = decoder.decode(b"", final=True) if decoder is not None else ""
    if layout is not None:
        yield (layout.feed(rest) + layout.finish()).encode("utf-8", "surrogateescape")
        return
    shown = plain.feed(rest) + plain.finish()
    if shown or line_is_open:
        yield f"{shown}\n".encode()


def is_binary(content_type: str, beginning: bytes) -> bool:
    """Whether it is no text: by its type, else by a byte that no text has."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_NO_TEXT) and kind != "image/svg+xml":
        return True
    return (
        b"\0" in beginning
        and "utf-16" not in charset_of(content_type)
        and "utf-32" not in charset_of(content_type)
    )


def _looks_like_json(content_type: str, beginning: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if is_json(kind) or kind in ("application/x-ndjson", "application/jsonl"):
        return True
    return kind in ("", "text/plain", "text/javascript") and beginning.lstrip()[:1] in (b"{", b"[")


def _without(value: str, hidden: Collection[str]) -> str:
    """The value; of one that proves who asks, its scheme only."""
    if value not in hidden:
        return value
    return f"{value.partition(' ')[0]} {HIDDEN}"


def for_terminal_text(body: bytes | None, content_type: bytes | None, *, colour: bool) -> bytes:
    """A body that is in memory, laid out, with an empty line behind it; one that is not is told of."""
    kind = (content_type or b"").decode("latin-1")
    if body is None or is_binary(kind, body[:65_536]):
        return b"(this body is streamed, or no text, and not shown)\n\n"
    charset = charset_of(kind, body)
    text = body.decode(charset, _damage_of(charset))
    if not _looks_like_json(kind, body):
        return f"{harmless(text)}\n\n".encode("utf-8", "surrogateescape")
    layout = JsonText(colour=colour)
    return (layout.feed(text) + layout.finish() + "\n").encode("utf-8", "surrogateescape")
