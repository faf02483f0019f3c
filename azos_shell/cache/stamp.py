"""What a file's content is known by: where it lies, how long it is, when it was changed, and a hash.

Two looks at a path saw the same content if device, inode, size and both times (mtime and ctime) are equal.
There is one gap, known from version control as the racy timestamp: file systems keep time in ticks (4 to 10
ms on Linux's own, 2 s on FAT), so a second change of equal size in the tick of the first leaves no mark. A
look at a file that had been changed within ``RACY_SECONDS`` before is therefore not trusted on its times
alone; its content is compared.

Times that differ prove nothing either: ``touch``, a checkout of the same commit or a restored backup change
them and not the content. A hash taken at the first look settles it; it is taken of regular files up to
``HASHED_UP_TO_BYTES``.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, replace

HASHED_UP_TO_BYTES = 16 * 1024 * 1024  # about 20 ms of reading and hashing
RACY_SECONDS = 2.0  # the coarsest tick in use, that of FAT
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileStamp:
    """One look at a path. Where nothing is, there is a stamp too: ``exists`` is False, the numbers are 0."""

    path: str
    exists: bool
    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    seen_wall_ns: int
    content_hash: bytes | None

    @classmethod
    def take(cls, path: str, *, hashing: bool = True, wall_ns: int | None = None) -> FileStamp:
        """Look at the path now. Take it **before** the file is read: what changes meanwhile is then noticed.

        ``hashing`` False leaves the content unread (unless the times can't be trusted). ``wall_ns`` is the
        time of the look, by the clock that file times come from. Raises OSError for anything but a missing
        file, ValueError for a relative path: what it means changes with the directory a shell is in.
        """
        if not os.path.isabs(path):
            raise ValueError(f"a stamp needs an absolute path: {path!r}")
        seen = time.time_ns() if wall_ns is None else wall_ns
        stamp = _look(path, seen)
        if not (hashing or stamp._is_racy()) or not stamp._is_hashable():
            return stamp
        content_hash = _hash_content(stamp.path)
        unchanged = _look(stamp.path, seen)._same_place_and_times(stamp)
        return replace(stamp, content_hash=content_hash) if unchanged else stamp

    def compare(self, *, wall_ns: int | None = None) -> tuple[str | None, FileStamp]:
        """Whether the path still has the content it had.

        Returns (None, stamp to go on with) if it has; else (the reason in words, this stamp). The stamp to go
        on with knows the file's new times, so that a touched file is read once and not at every comparison.
        """
        try:
            now = _look(self.path, time.time_ns() if wall_ns is None else wall_ns)
        except OSError as error:
            return f"{self.path} can't be looked at: {error.strerror}", self
        if now.exists != self.exists:
            return f"{self.path} {'has appeared' if now.exists else 'is gone'}", self
        if not now.exists:
            return None, self
        if now.size_bytes != self.size_bytes or stat.S_IFMT(now.mode) != stat.S_IFMT(self.mode):
            return f"{self.path} has changed", self
        if not (stat.S_ISREG(now.mode) or stat.S_ISDIR(now.mode)):
            return f"{self.path} is no regular file, what it gives may change at any time", self
        same = now._same_place_and_times(self)
        if same and not self._is_racy():
            return None, self
        return self._compare_content(now, same)

    def _compare_content(self, now: FileStamp, same_times: bool) -> tuple[str | None, FileStamp]:
        if self.content_hash is None:
            why = "was being changed when it was looked at" if same_times else "has changed"
            return f"{self.path} {why}", self
        try:
            unchanged = _hash_content(self.path) == self.content_hash
        except OSError as error:
            return f"{self.path} can't be read: {error.strerror}", self
        if not unchanged:
            return f"{self.path} has changed", self
        return None, replace(now, content_hash=self.content_hash)

    def _same_place_and_times(self, other: FileStamp) -> bool:
        return (
            self.inode == other.inode
            and self.device == other.device
            and self.size_bytes == other.size_bytes
            and self.mtime_ns == other.mtime_ns
            and self.ctime_ns == other.ctime_ns
        )

    def _is_racy(self) -> bool:
        """Whether a later change could bear the very times this look saw."""
        return self.exists and self.seen_wall_ns - max(self.mtime_ns, self.ctime_ns) < RACY_SECONDS * 1e9

    def _is_hashable(self) -> bool:
        return self.exists and stat.S_ISREG(self.mode) and self.size_bytes <= HASHED_UP_TO_BYTES


def _look(path: str, wall_ns: int) -> FileStamp:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return FileStamp(path, False, 0, 0, 0, 0, 0, 0, wall_ns, None)
    return FileStamp(
        path=path,
        exists=True,
        device=found.st_dev,
        inode=found.st_ino,
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
        mode=found.st_mode,
        seen_wall_ns=wall_ns,
        content_hash=None,
    )


def _hash_content(path: str) -> bytes:
    from hashlib import blake2b  # loads OpenSSL: only where a content is really read

    digest = blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as file:
        left = HASHED_UP_TO_BYTES + 1  # a file that grows while it is read must not hold us
        while left > 0 and (block := file.read(min(_READ_BYTES, left))):
            digest.update(block)
            left -= len(block)
    return digest.digest()
