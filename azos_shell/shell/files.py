"""The open files of a shell: numbers as commands see them, each standing for a descriptor of the process.

The shell never moves its own descriptors 0, 1 and 2. A redirection opens a file at a number of 10 or more,
close-on-exec, and the table says which number a command will see it under; a program gets it there by dup2 when it is
spawned.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import AsyncIterator, Iterator

from azos_shell.core.drive import loop_running
from azos_shell.shell.readiness import is_writable, readable, writable

FIRST_OWN_FD = 10
"""POSIX leaves 0 to 9 to the user of the shell (XCU 2.7)."""

_PIPE_CHUNK = 4096
"""PIPE_BUF on Linux: a pipe that poll calls writable takes this much without blocking."""


def move_high(fd: int) -> int:
    """The same open file at a number of 10 or more, close-on-exec; ``fd`` is closed."""
    if fd >= FIRST_OWN_FD:
        return fd
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_FD)
    os.close(fd)
    return high


def write_all(fd: int, data: bytes) -> None:
    """Write everything, blocking; also where someone has made the file non-blocking."""
    view = data
    while view:
        try:
            written = os.write(fd, view)
        except BlockingIOError:
            import select

            poll = select.poll()
            poll.register(fd, select.POLLOUT)
            poll.poll()
            continue
        if written == len(view):
            return
        view = view[written:]


class OpenFile:
    """One open file; shared by every table that has it, closed when the last lets go."""

    __slots__ = ("_fd", "_is_pipe", "_is_terminal", "_owned", "_pending", "_references")

    def __init__(self, fd: int, *, owned: bool = True) -> None:
        self._fd = fd
        self._owned = owned
        self._references = 0
        self._pending = bytearray()
        self._is_pipe: bool | None = None
        self._is_terminal: bool | None = None

    def fileno(self) -> int:
        """The descriptor of this process."""
        return self._fd

    def is_terminal(self) -> bool:
        """Whether it is a terminal."""
        if self._is_terminal is None:
            self._is_terminal = os.isatty(self._fd)
        return self._is_terminal

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write all of ``data``; on an event loop what a full pipe does not take is queued for ``drain``."""
        if self._is_pipe is None:
            self._is_pipe = stat.S_IFMT(os.fstat(self._fd).st_mode) in (stat.S_IFIFO, stat.S_IFSOCK)
        if self._is_pipe and loop_running():
            self._pending += data
            self._push()
        else:
            write_all(self._fd, data)

    @property
    def pending(self) -> int:
        """Bytes queued."""
        return len(self._pending)

    async def drain(self) -> None:
        """Wait until nothing is queued."""
        while self._pending:
            await writable(self._fd)
            self._push()

    def _push(self) -> None:
        """Write what the pipe takes now. A broken pipe forgets the rest: nobody will read it."""
        try:
            while self._pending and is_writable(self._fd):
                written = os.write(self._fd, self._pending[:_PIPE_CHUNK])
                del self._pending[:written]
        except BlockingIOError:
            return
        except OSError:
            self._pending.clear()
            raise

    # -- reading ------------------------------------------------------------------------------------------------

    async def read(self, size: int = 65536) -> bytes:
        """Up to ``size`` bytes; empty at the end."""
        if loop_running():
            await readable(self._fd)
        while True:
            try:
                return os.read(self._fd, size)
            except BlockingIOError:
                await readable(self._fd)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All that is left, as it comes."""
        while chunk := await self.read():
            yield chunk

    # -- sharing ------------------------------------------------------------------------------------------------

    def retain(self) -> OpenFile:
        """One more table has it."""
        self._references += 1
        return self

    def release(self) -> None:
        """One table lets go."""
        self._references -= 1
        if self._references <= 0 and self._owned:
            self._owned = False
            os.close(self._fd)

    def __repr__(self) -> str:
        return f"<OpenFile {self._fd} {self._references} references>"


class ClosedFile(OpenFile):
    """What a number that is closed stands for: every use is EBADF."""

    def __init__(self) -> None:
        super().__init__(-1, owned=False)

    def fileno(self) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def is_terminal(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    async def read(self, size: int = 65536) -> bytes:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


CLOSED = ClosedFile()


class FileTable:
    """The files of one (sub)shell or command by number."""

    __slots__ = ("_files",)

    def __init__(self, files: dict[int, OpenFile] | None = None) -> None:
        self._files = files if files is not None else {}

    @classmethod
    def standard(cls) -> FileTable:
        """What the process was started with: 0, 1, 2 and whatever else it inherited, where open."""
        files: dict[int, OpenFile] = {}
        for number in _inherited():
            files[number] = OpenFile(number, owned=False).retain()
        return cls(files)

    def get(self, number: int) -> OpenFile:
        """The file at ``number``; CLOSED when there is none."""
        return self._files.get(number, CLOSED)

    def fork(self) -> FileTable:
        """A table of the same files, for a subshell or for one command's redirections."""
        for file in self._files.values():
            file._references += 1
        return FileTable(self._files.copy())

    def assign(self, number: int, file: OpenFile) -> None:
        """Put ``file`` at ``number``; what was there is let go."""
        file.retain()
        present = self._files.get(number)
        self._files[number] = file
        if present is not None:
            present.release()

    def close(self, number: int) -> None:
        """Close ``number``."""
        present = self._files.pop(number, None)
        if present is not None:
            present.release()

    def release(self) -> None:
        """Let go of all files."""
        files, self._files = self._files, {}
        for file in files.values():
            file.release()

    def spawn_map(self) -> list[tuple[int, int]]:
        """(number, descriptor) of every file that a program must be given by dup2, which also lets exec keep it."""
        return [
            (number, file.fileno())
            for number, file in self._files.items()
            if file.fileno() != number or number >= FIRST_OWN_FD
        ]

    def missing(self) -> list[int]:
        """Which of 0, 1, 2 a program must find closed."""
        return [number for number in (0, 1, 2) if number not in self._files]

    def __iter__(self) -> Iterator[int]:
        return iter(self._files)

    def __repr__(self) -> str:
        return f"<FileTable { ({number: file.fileno() for number, file in self._files.items()}) }>"


def _inherited() -> list[int]:
    """The numbers below 10 that are open and that programs started by this process would inherit."""
    numbers = []
    for number in range(FIRST_OWN_FD):
        try:
            if number <= 2 or not fcntl.fcntl(number, fcntl.F_GETFD) & fcntl.FD_CLOEXEC:
                os.fstat(number)
                numbers.append(number)
        except OSError:
            continue
    return numbers
