"""An output on its way into the cache: written as it comes, hashed meanwhile, a blob only once it is whole.

What is small stays in memory. What is given up, or left behind by a death, was never there: it lies under a name that
no entry has (``BlobStore.sweep`` takes it away).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.cache.blobs import HASH_BYTES, PART
from azos_shell.core.digest import blake2b
from azos_shell.storage.opening import make_private_directories

if TYPE_CHECKING:
    from azos_shell.cache.blobs import BlobStore

_GATHERED_BYTES = 32 * 1024


class BlobWriter:
    """Frames of one stream, at most ``room_bytes`` of them. Errors make it give up and say so in ``problem``."""

    def __init__(self, blobs: BlobStore, stream: int, *, inline_bytes: int, room_bytes: int) -> None:
        self._blobs = blobs
        self._stream = stream
        self._inline_bytes = inline_bytes
        self._room_bytes = room_bytes
        self._digest = blake2b(digest_size=HASH_BYTES)
        self._gathered = bytearray()
        self._part = ""
        self._descriptor = -1
        self._name = ""
        self.size_bytes = 0
        self.body_bytes = 0
        self.problem = ""

    @property
    def inline(self) -> bytes | None:
        """All of it, while it is small enough to need no file."""
        return bytes(self._gathered) if self._descriptor < 0 else None

    def write(self, data: bytes) -> None:
        """Take what came next. Never raises."""
        if self.problem or not data:
            return
        self.body_bytes += len(data)
        if self.body_bytes > self._room_bytes:
            self._give_up(f"it is longer than the {self._room_bytes} bytes that one answer may take")
            return
        self._gathered += data
        try:
            if self._descriptor < 0 and len(self._gathered) > self._inline_bytes:
                self._begin()
            if self._descriptor >= 0 and len(self._gathered) >= _GATHERED_BYTES:
                self._flush()
        except OSError as error:
            self._give_up(f"it can't be kept: {error.strerror}")

    def finish(self) -> None:
        """All of it came. Never raises."""
        if self._descriptor >= 0 and not self.problem:
            try:
                self._flush()
            except OSError as error:
                self._give_up(f"it can't be kept: {error.strerror}")

    def keep(self) -> str:
        """After ``finish``: give it the name of its content and return that. Raises OSError."""
        if not self._name:
            name = self._digest.hexdigest()
            path = self._blobs.path(name)
            make_private_directories(os.path.dirname(path))
            os.rename(self._part, path)
            self._name, self._part = name, ""
        return self._name

    def close(self) -> None:
        """Give back the file; what was not kept is taken away."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._part:
            try:
                os.unlink(self._part)
            except OSError:
                pass
            self._part = ""

    def _begin(self) -> None:
        directory = os.path.join(self._blobs.directory, "00")
        make_private_directories(directory)
        part = os.path.join(directory, f"stream{PART}{os.getpid()}-{os.urandom(4).hex()}")
        self._descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._part = part
        os.fchmod(self._descriptor, 0o600)  # a umask may have taken even that away

    def _flush(self) -> None:
        if not self._gathered:
            return
        frame = bytes((self._stream,)) + len(self._gathered).to_bytes(4, "big") + self._gathered
        self._gathered.clear()
        self._digest.update(frame)
        self.size_bytes += len(frame)
        view = memoryview(frame)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        self._gathered.clear()
        self.close()

    def __repr__(self) -> str:
        return f"<BlobWriter {self.body_bytes} bytes{', ' + self.problem if self.problem else ''}>"
