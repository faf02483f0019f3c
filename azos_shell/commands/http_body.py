"""The body of a request: small ones whole, so that they can be sent again; large ones a piece at a time."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from azos_shell.plugin import AzosError, Call

SMALL_BYTES = 2**20
READ_BYTES = 65_536

Pieces = Callable[[], AsyncGenerator[bytes, None]]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent behind the headers: ``content``, or else what ``pieces`` gives.

    ``length`` is None where it is not known before the end. ``may_repeat`` says whether ``pieces`` may be called again.
    """

    content: bytes | None = None
    pieces: Pieces | None = None
    length: int | None = None
    may_repeat: bool = True

    def open(self) -> bytes | AsyncGenerator[bytes, None]:
        """The body as the connection takes it."""
        if self.pieces is not None:
            return self.pieces()
        return self.content or b""


def whole(content: bytes) -> Body:
    """A body that is in memory."""
    return Body(content, None, len(content))


def file_body(path: str) -> Body:
    """The content of a file; of a large one, or of what is no regular file, as it is read. Raises AzosError."""
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise AzosError(f"{path}: is a directory")
        if stat.S_ISREG(found.st_mode) and found.st_size < SMALL_BYTES:
            with open(path, "rb") as file:
                return whole(file.read())
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    is_regular = stat.S_ISREG(found.st_mode)
    length = found.st_size if is_regular else None
    return Body(None, lambda: file_pieces(path), length, is_regular)


async def file_pieces(path: str) -> AsyncGenerator[bytes, None]:
    """What is in a file, in pieces. Raises AzosError."""
    try:
        with open(path, "rb") as file:
            while piece := file.read(READ_BYTES):
                yield piece
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error


async def input_body(call: Call) -> Body:
    """Standard input: whole as far as it is small."""
    pieces: list[bytes] = []
    size = 0
    while size < SMALL_BYTES:
        piece = await call.stdin.read(READ_BYTES)
        if not piece:
            return whole(b"".join(pieces))
        pieces.append(piece)
        size += len(piece)

    async def all_of_it() -> AsyncGenerator[bytes, None]:
        for piece in pieces:
            yield piece
        pieces.clear()
        async for piece in call.stdin.chunks():
            yield piece

    return Body(None, all_of_it, None, False)


def text_of(path: str) -> str:
    """The content of a file as the value of an item: without the line end at its end. Raises AzosError."""
    try:
        with open(path, "rb") as file:
            content = file.read(SMALL_BYTES + 1)
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    if len(content) > SMALL_BYTES:
        raise AzosError(
            f"{path}: too long for the value of one item (1 MiB); send it with --data @FILE or -f"
        )
    text = content.decode("utf-8", "surrogateescape")
    return text[:-1] if text.endswith("\n") else text
