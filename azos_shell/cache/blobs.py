"""Blobs: large outputs as files beside the database, each named by the hash of its content.

A blob is written under another name and renamed, so that under its own name there is all of it or nothing. What is
read is compared with its name: a damaged blob is moved aside and is not there any more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.digest import blake2b
from azos_shell.storage.opening import make_private_directories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HASH_BYTES = 20
_HASHED_BYTES = 2**20
PART = ".part-"
"""In the name of what is being written; a dot is in no blob's name."""
_ABANDONED_SECONDS = 3600.0  # nobody writes one blob for an hour


def blob_name(data: bytes) -> str:
    """The hash that content is kept under, 40 hexadecimal digits."""
    return blake2b(data, digest_size=HASH_BYTES).hexdigest()


class BlobStore:
    """The blobs in one directory, which is made at the first writing."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._doomed: set[str] = set()

    def path(self, name: str) -> str:
        """Where the blob of that name lies, or would."""
        return os.path.join(self.directory, name[:2], name)

    def write(self, data: bytes) -> str:
        """Keep the content and return its name. Raises OSError; what was begun is taken away then."""
        name = blob_name(data)
        path = self.path(name)
        if self.is_whole(name):
            return name
        make_private_directories(os.path.dirname(path))
        part = f"{path}{PART}{os.getpid()}-{os.urandom(4).hex()}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)  # a umask may have taken even that away
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.rename(part, path)
        except BaseException:
            os.unlink(part)
            raise
        finally:
            os.close(descriptor)
        return name

    def read(self, name: str) -> bytes | None:
        """The content, or None where there is no such blob, or no whole one (it is moved aside then)."""
        try:
            with open(self.path(name), "rb", buffering=0) as file:
                data = file.read()
        except OSError:
            return None
        if blob_name(data) == name:
            return data
        self.set_aside(name)
        return None

    def is_whole(self, name: str) -> bool:
        """Whether it is there and is what its name says. Changes nothing."""
        file = self._opened(name)
        if file is None:
            return False
        with file:
            return _hash_of(file) == name

    def open_whole(self, name: str) -> BinaryIO | None:
        """The content as a file at its beginning, compared with its name; None as for ``read``.

        What is opened stays readable though it be removed meanwhile.
        """
        file = self._opened(name)
        if file is None:
            return None
        if _hash_of(file) == name:
            file.seek(0)
            return file
        file.close()
        self.set_aside(name)
        return None

    def _opened(self, name: str) -> BinaryIO | None:
        try:
            return open(self.path(name), "rb", buffering=0)
        except OSError:
            return None

    def set_aside(self, name: str) -> None:
        """Keep a damaged blob for inspection under another name."""
        path = self.path(name)
        try:
            os.rename(path, f"{path}.corrupt")
        except OSError:
            pass

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        try:
            os.unlink(self.path(name))
        except OSError:
            pass

    def doom(self, name: str) -> None:
        """Remember that an entry has parted with it; it is taken away once that is committed (``take_doomed``)."""
        self._doomed.add(name)

    def take_doomed(self) -> list[str]:
        """What was doomed since, each told once."""
        taken: list[str] = []
        while self._doomed:
            taken.append(self._doomed.pop())
        return taken

    def names(self) -> Iterator[str]:
        """Every blob that is there."""
        for path in self._files():
            name = os.path.basename(path)
            if "." not in name:
                yield name

    def sweep(self, wall_seconds: float) -> int:
        """Take away what writers that died left behind, and damaged blobs as old; returns how many."""
        swept = 0
        for path in self._files():
            if "." in os.path.basename(path):
                try:
                    if wall_seconds - os.stat(path).st_mtime > _ABANDONED_SECONDS:
                        os.unlink(path)
                        swept += 1
                except OSError:
                    continue
        return swept

    def _files(self) -> Iterator[str]:
        try:
            folders = sorted(os.listdir(self.directory))
        except OSError:
            return
        for folder in folders:
            try:
                names = sorted(os.listdir(os.path.join(self.directory, folder)))
            except OSError:
                continue
            for name in names:
                yield os.path.join(self.directory, folder, name)

    def __repr__(self) -> str:
        return f"<BlobStore {self.directory}>"


def _hash_of(file: BinaryIO) -> str:
    """The name that the content should have; "" where it can't be read."""
    digest = blake2b(digest_size=HASH_BYTES)
    try:
        while piece := file.read(_HASHED_BYTES):
            digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
