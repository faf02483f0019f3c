"""Bytes packed by gzip (RFC 1952), unpacked piece by piece: a small file may hold a large one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from azos_shell.core.errors import AzosError

MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 65_536


class Unpacking:
    """Give it packed bytes, take plain ones. Several members that follow each other are one stream."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unpack to, at most 64 KiB at once. Raises AzosError for damaged data."""
        while data:
            if self._member.eof:
                if not data.strip(b"\0"):
                    return  # padding
                self._member = zlib.decompressobj(wbits=31)
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise AzosError(f"{self._origin}: the gzip data is damaged ({error})") from error
            self._begun = True
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """The data has ended. Raises AzosError if it ended too early."""
        if self._begun and not self._member.eof:
            raise AzosError(f"{self._origin}: the gzip data is cut short")

    def __repr__(self) -> str:
        return f"<Unpacking {self._origin}>"
