"""What an answer rests on, one kind a class: each says in words why it is no longer what it was, or None.

All can be written down (``row``) and read back by another process (``from_row``), and each looks at the thing itself
when asked. Two notions of a file are told apart, since programs use both: what is *in* it (``FileContent``: a touched
file is the same) and what ``stat`` says *of* it (``FileMetadata``: a touched file is another).
"""

from __future__ import annotations

import os
import stat
from typing import Any, Protocol

from azos_shell.cache.stamp import FileStamp, read_blocks
from azos_shell.core.frozen import frozen

Row = list[Any]
_PSEUDO_BYTES = 1024 * 1024  # what of a file in /proc or /sys is compared; those that matter are a page
_INDEX_HEADER_BYTES = 96  # both copies of the wal-index header (https://sqlite.org/walformat.html, 2.1)


class Dependency(Protocol):
    """One thing that an answer rests on."""

    def compare(self) -> tuple[str | None, Dependency]:
        """(None, what to go on with) while it is what it was; else (why it isn't, as a clause, itself)."""
        ...

    def row(self) -> Row:
        """It as plain values, its kind first."""
        ...


@frozen
class FileContent:
    """A file has the content that it had, or there still is none."""

    stamp: FileStamp

    def compare(self) -> tuple[str | None, Dependency]:
        """One ``stat``; the content is read where the times can't decide."""
        reason, stamp = self.stamp.compare()
        return reason, (self if stamp is self.stamp else FileContent(stamp))

    def row(self) -> Row:
        """``["file", …]``."""
        return ["file", *self.stamp.row()]


@frozen
class FileMetadata:
    """What ``stat`` (or, for ``follow`` False, ``lstat``) says of a path is what it said."""

    path: str
    follow: bool
    said: tuple[int, ...]

    @classmethod
    def of(cls, path: str, *, follow: bool = True) -> FileMetadata:
        """Look now. Raises OSError."""
        return cls(path, follow, _said(path, follow))

    @property
    def ctime_ns(self) -> int:
        """When anything of it was changed last."""
        return self.said[9]

    @property
    def is_directory(self) -> bool:
        """Whether it is one."""
        return stat.S_ISDIR(self.said[0])

    def compare(self) -> tuple[str | None, Dependency]:
        """One ``stat``."""
        try:
            said = _said(self.path, self.follow)
        except OSError as error:
            return f"{self.path} is gone ({error.strerror})", self
        if said == self.said:
            return None, self
        changed = [name for name, new, old in zip(_SAID, said, self.said, strict=True) if new != old]
        return f"{self.path} has another {changed[0]}, and the program looked at that", self

    def row(self) -> Row:
        """``["stat", …]``."""
        return ["stat", self.path, self.follow, *self.said]


_SAID = (
    "mode", "inode", "device", "number of links", "owner", "group", "size", "time of access", "time of change",
    "time of status change",
)  # fmt: skip


def _said(path: str, follow: bool) -> tuple[int, ...]:
    found = os.stat(path, follow_symlinks=follow)
    return (
        found.st_mode,
        found.st_ino,
        found.st_dev,
        found.st_nlink,
        found.st_uid,
        found.st_gid,
        found.st_size,
        found.st_atime_ns,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


@frozen
class Permission:
    """A path leads to the same thing with the same owner and permissions; its times don't count."""

    path: str
    said: tuple[int, ...]

    @classmethod
    def of(cls, path: str) -> Permission:
        """Look now. Raises OSError."""
        return cls(path, _standing(path))

    def compare(self) -> tuple[str | None, Dependency]:
        """One ``stat``."""
        try:
            same = _standing(self.path) == self.said
        except OSError as error:
            return f"{self.path} is gone ({error.strerror})", self
        return (None if same else f"{self.path} was replaced, or its permissions changed"), self

    def row(self) -> Row:
        """``["may", …]``."""
        return ["may", self.path, *self.said]


def _standing(path: str) -> tuple[int, ...]:
    found = os.stat(path)
    place = (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else (0, 0)
    return (found.st_mode, found.st_uid, found.st_gid, *place)


@frozen
class Absence:
    """There is nothing at a path."""

    path: str

    def compare(self) -> tuple[str | None, Dependency]:
        """One ``lstat``; a dangling link is nothing, too."""
        return (f"{self.path} has appeared" if os.path.exists(self.path) else None), self

    def row(self) -> Row:
        """``["absent", …]``."""
        return ["absent", self.path]


@frozen
class Refusal:
    """A path can't be looked at, for the same reason as then."""

    path: str
    number: int

    @classmethod
    def of(cls, path: str) -> Refusal | None:
        """Look now; None if nothing is refused."""
        number = _refused(path)
        return cls(path, number) if number else None

    def compare(self) -> tuple[str | None, Dependency]:
        """One attempt to open it."""
        same = _refused(self.path) == self.number
        return (None if same else f"{self.path} can be looked at now, or not for another reason"), self

    def row(self) -> Row:
        """``["refused", …]``."""
        return ["refused", self.path, self.number]


def _refused(path: str) -> int:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError as error:
        return error.errno or 0
    return 0


@frozen
class Listing:
    """A directory holds the names that it held."""

    path: str
    names_hash: str

    @classmethod
    def of(cls, path: str) -> Listing:
        """Look now. Raises OSError."""
        return cls(path, names_hash(os.listdir(path)))

    def compare(self) -> tuple[str | None, Dependency]:
        """One reading of the directory."""
        try:
            same = names_hash(os.listdir(self.path)) == self.names_hash
        except OSError as error:
            return f"{self.path} can't be listed: {error.strerror}", self
        return (None if same else f"other files are in {self.path}"), self

    def row(self) -> Row:
        """``["list", …]``."""
        return ["list", self.path, self.names_hash]


@frozen
class LinkTarget:
    """A symbolic link says what it said."""

    path: str
    target: str

    @classmethod
    def of(cls, path: str) -> LinkTarget:
        """Look now. Raises OSError."""
        return cls(path, os.readlink(path))

    def compare(self) -> tuple[str | None, Dependency]:
        """One ``readlink``."""
        try:
            same = os.readlink(self.path) == self.target
        except OSError:
            same = False
        return (None if same else f"{self.path} does not point to {self.target} any more"), self

    def row(self) -> Row:
        """``["link", …]``."""
        return ["link", self.path, self.target]


@frozen
class PseudoFile:
    """A file of /proc or /sys, which has no times worth the name, reads as it did."""

    path: str
    content_hash: str

    @classmethod
    def of(cls, path: str) -> PseudoFile:
        """Read it now. Raises OSError."""
        return cls(path, _hashed(_head(path, _PSEUDO_BYTES)))

    def compare(self) -> tuple[str | None, Dependency]:
        """Read it."""
        try:
            same = _hashed(_head(self.path, _PSEUDO_BYTES)) == self.content_hash
        except OSError:
            same = False
        return (None if same else f"{self.path} says something else"), self

    def row(self) -> Row:
        """``["pseudo", …]``."""
        return ["pseudo", self.path, self.content_hash]


@frozen
class Matches:
    """A pattern matches the files that it matched, in the directory it is meant in."""

    pattern: str
    names_hash: str

    @classmethod
    def of(cls, pattern: str) -> Matches:
        """Look now; ``pattern`` is absolute."""
        return cls(pattern, names_hash(matching(pattern)))

    def compare(self) -> tuple[str | None, Dependency]:
        """Match it."""
        same = names_hash(matching(self.pattern)) == self.names_hash
        return (None if same else f"{self.pattern} matches other files"), self

    def row(self) -> Row:
        """``["glob", …]``."""
        return ["glob", self.pattern, self.names_hash]


@frozen
class DatabaseFiles:
    """A SQLite database is in the state it was in, as its files show to any process.

    The file and its write-ahead log hold all that was committed. Beside their content the header of the log's index
    counts: where a writer dies between the last frame of a commit and the index, that commit becomes visible with the
    next recovery, which changes the index alone.
    """

    database: FileStamp
    log: FileStamp
    index_header: str

    @classmethod
    def of(cls, path: str) -> DatabaseFiles:
        """Look now, before the query. Raises OSError."""
        log = FileStamp.take(f"{path}-wal", hashing=False)
        return cls(FileStamp.take(path, hashing=False), log, _index_header(path, log))

    def compare(self) -> tuple[str | None, Dependency]:
        """Two ``stat``, and the beginning of the index where the log holds anything."""
        reason, database = self.database.compare()
        if reason is not None:
            return reason, self
        log = self.log
        if log.size_bytes:  # an empty log is as good as none: a reader makes one
            reason, log = log.compare()
        elif _size(self.log.path):
            reason = f"{self.log.path} has changed"
        if reason is None and _index_header(self.database.path, log) != self.index_header:
            reason = f"{self.database.path} has changed (its write-ahead log was recovered)"
        return reason, (self if reason else DatabaseFiles(database, log, self.index_header))

    def row(self) -> Row:
        """``["sqlite", …]``."""
        return ["sqlite", self.database.row(), self.log.row(), self.index_header]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _index_header(path: str, log: FileStamp) -> str:
    if not log.size_bytes:
        return ""
    try:
        return b"".join(read_blocks(f"{path}-shm", _INDEX_HEADER_BYTES)).hex()
    except OSError:
        return ""


def from_row(row: Row) -> Dependency:
    """The dependency that ``row`` was made of. Raises ValueError for one of a kind not known here."""
    kind, *rest = row
    match kind:
        case "file":
            return FileContent(FileStamp.from_row(rest))
        case "stat":
            return FileMetadata(rest[0], rest[1], tuple(rest[2:]))
        case "may":
            return Permission(rest[0], tuple(rest[1:]))
        case "sqlite":
            return DatabaseFiles(FileStamp.from_row(rest[0]), FileStamp.from_row(rest[1]), rest[2])
    made = _PLAIN.get(kind)
    if made is None:
        raise ValueError(f"a dependency of unknown kind: {kind}")
    plain: Dependency = made(*rest)
    return plain


_PLAIN: dict[str, Any] = {
    "absent": Absence,
    "refused": Refusal,
    "list": Listing,
    "link": LinkTarget,
    "pseudo": PseudoFile,
    "glob": Matches,
}


def matching(pattern: str) -> list[str]:
    """The paths that an absolute pattern matches, ``**`` for any depth, hidden files only where the pattern says so."""
    from glob import iglob

    return sorted(iglob(pattern, recursive=True))


def names_hash(names: list[str]) -> str:
    """One hash for a set of names. Python's own caches of compiled modules don't count: they follow their sources."""
    kept = sorted(name for name in names if name != "__pycache__")
    return _hashed("\0".join(kept).encode("utf-8", "surrogateescape"))


def _head(path: str, size_bytes: int) -> bytes:
    with open(path, "rb", buffering=0) as file:
        data = b""
        while len(data) < size_bytes and (block := file.read(size_bytes - len(data))):
            data += block
        return data


def _hashed(data: bytes) -> str:
    from azos_shell.core.digest import blake2b

    return blake2b(data, digest_size=16).hexdigest()
