"""A file that appears whole or not at all.

Written under another name beside it, renamed when it is complete.
"""

from __future__ import annotations

import os
import stat

from azos_shell.core.errors import AzosError


class WholeFile:
    """Write to it, then ``keep`` it; leaving the block without that leaves what was there before.

    What is there and is no regular file (a device, a named pipe) is written to as it is. Nobody else may read a
    ``private`` one.
    """

    def __init__(self, path: str, *, private: bool = False) -> None:
        self._given_path = path
        self._path = os.path.realpath(path)
        self._is_private = private
        self._temporary: str | None = None
        self._descriptor = -1

    def __enter__(self) -> WholeFile:
        try:
            if os.path.exists(self._given_path) and not stat.S_ISREG(os.stat(self._given_path).st_mode):
                self._descriptor = os.open(self._given_path, os.O_WRONLY | os.O_CLOEXEC)
            else:
                self._descriptor = self._create()
        except OSError as error:
            raise self._failed(error) from error
        return self

    def write(self, data: bytes) -> None:
        """Write all of it. Raises AzosError."""
        write_whole(self._descriptor, data, self._path)

    def keep(self) -> None:
        """It is complete: give it its name. Raises AzosError."""
        if self._temporary is None:
            return
        try:
            if os.path.exists(self._path) and not self._is_private:
                os.fchmod(self._descriptor, stat.S_IMODE(os.stat(self._path).st_mode))
            os.rename(self._temporary, self._path)
        except OSError as error:
            raise self._failed(error) from error
        self._temporary = None

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        if self._temporary is not None:
            try:
                os.unlink(self._temporary)
            except OSError:
                pass

    def _create(self) -> int:
        directory, name = os.path.split(self._path)
        mode = 0o600 if self._is_private else 0o666
        for attempt in range(100):
            temporary = os.path.join(directory, f".{name}.{os.getpid()}-{attempt}.part")
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            except FileExistsError:
                continue
            self._temporary = temporary
            return descriptor
        raise FileExistsError(17, "too many unfinished files", directory)

    def _failed(self, error: OSError) -> AzosError:
        return AzosError(f"{self._path}: {error.strerror}")

    def __repr__(self) -> str:
        return f"<WholeFile {self._path}>"


def write_whole(descriptor: int, data: bytes, path: str) -> None:
    """Write all of the data, which a full disk or a signal may cut into pieces. Raises AzosError with the path."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
