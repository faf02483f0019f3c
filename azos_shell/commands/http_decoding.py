"""Undoing content encodings (RFC 9110 section 8.4) in bounded pieces: no answer, however packed, fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from azos_shell.plugin import DependencyError

PIECE_BYTES = 65_536
"""The most that one step of one decoder gives."""

LAYERS = 4
"""More encodings on top of each other than this are no honest answer."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class UnknownEncodingError(Exception):
    """The body is encoded in a way that is not undone here; the argument is its name."""


class BodyDecoder:
    """Undoes the encodings of one body. Feed it chunks; it gives pieces of bounded size."""

    def __init__(self, content_encoding: str) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if len(names) > LAYERS:
            raise DependencyError(f"the answer is encoded {len(names)} times over")
        for name in names:
            if name not in ("gzip", "x-gzip", "deflate"):
                raise UnknownEncodingError(name)
        self._layers = [_Inflater() for _ in names]

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What these bytes decode to. Raises DependencyError for bytes that are not what the header says."""
        return self._through(0, chunk)

    def finish(self) -> None:
        """Raises DependencyError if the encoded data has no end."""
        if any(layer.is_unfinished for layer in self._layers):
            raise DependencyError("the compressed answer was cut short")

    def _through(self, depth: int, data: bytes) -> Iterator[bytes]:
        if depth == len(self._layers):
            if data:
                yield data
            return
        for piece in self._layers[depth].pieces(data):
            yield from self._through(depth + 1, piece)

    def __repr__(self) -> str:
        return f"<BodyDecoder of {len(self._layers)} layers>"


class _Inflater:
    """One layer of gzip or deflate. The latter comes as zlib, as it should, or bare, as some servers send it."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._head = b""
        self._began = False

    @property
    def is_unfinished(self) -> bool:
        """Whether more must come."""
        return bool(self._head) or (self._began and not self._decoder.eof)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the data inflates to, a bounded piece at a time."""
        if not self._began:
            data, self._head = self._head + data, b""
            if len(data) < 2:  # the header that tells the formats apart
                self._head = data
                return
            self._begin(data)
        more = bool(data)
        while more:
            if self._decoder.eof:  # gzip may consist of members that follow each other, and end in padding
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._decoder.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise DependencyError(f"the compressed answer is damaged ({error})") from error
            if piece:
                yield piece
            data = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail
            more = bool(data) or len(piece) == PIECE_BYTES

    def _begin(self, data: bytes) -> None:
        self._began = True
        is_gzip = data[:2] == b"\x1f\x8b"
        is_zlib = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0  # RFC 1950 section 2.2
        if not is_gzip and not is_zlib:
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
