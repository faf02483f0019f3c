"""Forms with files (RFC 7578): the parts of a body, encoded as they are sent, so that a file need not fit in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from azos_shell.commands.http_body import Body, whole

_ESCAPED = {'"': "%22", "\r": "%0D", "\n": "%0A"}
"""As browsers write them in names (WHATWG HTML, "multipart/form-data encoding algorithm")."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field, or one file if it has a name as such."""

    name: str
    body: Body
    file_name: str | None = None
    content_type: str | None = None


def multipart_body(parts: list[Part], boundary: str) -> Body:
    """The parts between boundaries. Its length is known if that of each is."""
    heads = [_head(part, boundary) for part in parts]
    end = f"--{boundary}--\r\n".encode()
    if all(part.body.content is not None for part in parts):
        pairs = zip(heads, parts, strict=True)
        return whole(b"".join(head + (part.body.content or b"") + b"\r\n" for head, part in pairs) + end)
    lengths = [part.body.length for part in parts]
    known = [length for length in lengths if length is not None]
    total = sum(known) + sum(map(len, heads)) + 2 * len(parts) + len(end)

    async def pieces() -> AsyncGenerator[bytes, None]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            if part.body.pieces is None:
                yield part.body.content or b""
            else:
                async with aclosing(part.body.pieces()) as content:
                    async for piece in content:
                        yield piece
            yield b"\r\n"
        yield end

    return Body(
        None,
        pieces,
        total if len(known) == len(lengths) else None,
        all(part.body.may_repeat for part in parts),
    )


def _head(part: Part, boundary: str) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_escaped(part.name)}"']
    if part.file_name is not None:
        lines[1] += f'; filename="{_escaped(part.file_name)}"'
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(char, char) for char in text)
