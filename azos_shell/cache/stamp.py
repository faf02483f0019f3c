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
from typing import TYPE_CHECKING, Any

from azos_shell.core.frozen import frozen, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

HASHED_UP_TO_BYTES = 16 * 1024 * 1024  # about 20 ms of reading and hashing
RACY_SECONDS = 2.0  # the coarsest tick in use, that of FAT
_READ_BYTES = 1024 * 1024
_SQLITE = b"SQLite format 3\0"
_KEPT_OPEN = (
    256  # of a shell's 1024 descriptors; the locks of one database of so many are hardly held just then
)
_open: dict[tuple[int, int], int] = {}


@frozen
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
    def take(
        cls,
        path: str,
        *,
        hashing: bool = True,
        wall_ns: int | None = None,
        hashed_up_to_bytes: int = HASHED_UP_TO_BYTES,
    ) -> FileStamp:
        """Look at the path now. Take it **before** the file is read: what changes meanwhile is then noticed.

        ``hashing`` False leaves the content unread (unless the times can't be trusted). ``wall_ns`` is the
        time of the look, by the clock that file times come from. ``hashed_up_to_bytes`` is what reading is worth:
        a larger file is known by its times alone. Raises OSError for anything but a missing
        file, ValueError for a relative path: what it means changes with the directory a shell is in.
        """
        if not os.path.isabs(path):
            raise ValueError(f"a stamp needs an absolute path: {path!r}")
        seen = time.time_ns() if wall_ns is None else wall_ns
        stamp = _look(path, seen)
        if not (hashing or stamp._is_racy()) or not stamp._is_hashable(hashed_up_to_bytes):
            return stamp
        content_hash = _hash_content(stamp.path, stamp.size_bytes)
        unchanged = _look(stamp.path, seen)._same_place_and_times(stamp)
        return replace(stamp, content_hash=content_hash) if unchanged else stamp

    def compare(self, *, wall_ns: int | None = None) -> tuple[str | None, FileStamp]:
        """Whether the path still has the content it had.

        Returns (None, stamp to go on with) if it has; else (the reason in words, this stamp). The stamp to go
        on with knows the file's new times, so that a touched file is read once and not at every comparison.
        """
        try:
            found = os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return (f"{self.path} is gone" if self.exists else None), self
        except OSError as error:
            return f"{self.path} can't be looked at: {error.strerror}", self
        if not self.exists:
            return f"{self.path} has appeared", self
        if found.st_size != self.size_bytes or stat.S_IFMT(found.st_mode) != stat.S_IFMT(self.mode):
            return f"{self.path} has changed", self
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            return f"{self.path} is no regular file, what it gives may change at any time", self
        same = (
            found.st_ino == self.inode
            and found.st_dev == self.device
            and found.st_mtime_ns == self.mtime_ns
            and found.st_ctime_ns == self.ctime_ns
        )
        if same and not self._is_racy():
            return None, self
        now = _stamp_of(self.path, found, time.time_ns() if wall_ns is None else wall_ns)
        return self._compare_content(now, same)

    def _compare_content(self, now: FileStamp, same_times: bool) -> tuple[str | None, FileStamp]:
        if self.content_hash is None:
            why = "was being changed when it was looked at" if same_times else "has changed"
            return f"{self.path} {why}", self
        try:
            unchanged = _hash_content(self.path, self.size_bytes) == self.content_hash
        except OSError as error:
            return f"{self.path} can't be read: {error.strerror}", self
        if not unchanged:
            return f"{self.path} has changed", self
        return None, replace(now, content_hash=self.content_hash)

    def row(self) -> list[object]:
        """All of it as plain values, for ``from_row``."""
        content = None if self.content_hash is None else self.content_hash.hex()
        return [
            self.path,
            self.exists,
            self.device,
            self.inode,
            self.size_bytes,
            self.mtime_ns,
            self.ctime_ns,
            self.mode,
            self.seen_wall_ns,
            content,
        ]

    @classmethod
    def from_row(cls, row: list[Any]) -> FileStamp:
        """The stamp that ``row`` was made of."""
        *fields, content = row
        return cls(*[*fields, None if content is None else bytes.fromhex(content)])

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

    def _is_hashable(self, up_to_bytes: int) -> bool:
        return self.exists and stat.S_ISREG(self.mode) and self.size_bytes <= up_to_bytes


def _look(path: str, wall_ns: int) -> FileStamp:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return FileStamp(path, False, 0, 0, 0, 0, 0, 0, wall_ns, None)
    return _stamp_of(path, found, wall_ns)


def _stamp_of(path: str, found: os.stat_result, wall_ns: int) -> FileStamp:
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


def _hash_content(path: str, size_bytes: int) -> bytes:
    from azos_shell.core.digest import blake2b

    digest = blake2b(digest_size=16)
    for block in read_blocks(path, size_bytes + 1):  # a file that grows while it is read must not hold us
        digest.update(block)
    return digest.digest()


def read_blocks(path: str, size_bytes: int) -> Iterator[bytes]:
    """What is in a file, up to so many bytes, without harm to a database that this process has open. Raises OSError.

    A process that closes any descriptor of a file loses all its locks on it, those of SQLite's connections, too
    (https://sqlite.org/howtocorrupt.html, 2.2). So a descriptor of a database, or of the index of its log, stays open
    and is used again.
    """
    if _open:
        found = os.stat(path)
        kept = _open.get((found.st_dev, found.st_ino))
        if kept is not None:
            yield from _blocks(kept, size_bytes)
            return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    stays_open = path.endswith("-shm")
    try:
        for block in _blocks(descriptor, size_bytes):
            stays_open = stays_open or block.startswith(_SQLITE)
            yield block
    finally:
        if stays_open:
            _keep_open(descriptor)
        else:
            os.close(descriptor)


def _blocks(descriptor: int, size_bytes: int) -> Iterator[bytes]:
    position = 0
    while position < size_bytes and (
        block := os.pread(descriptor, min(_READ_BYTES, size_bytes - position), position)
    ):
        position += len(block)
        yield block


def _keep_open(descriptor: int) -> None:
    """Close others for it: those of deleted files, which no other process can open any more, and of too many."""
    for identity, kept in list(_open.items()):
        if len(_open) >= _KEPT_OPEN or os.fstat(kept).st_nlink == 0:
            os.close(_open.pop(identity))
    found = os.fstat(descriptor)
    _open.setdefault((found.st_dev, found.st_ino), descriptor)
