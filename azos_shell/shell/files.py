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
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from azos_shell.core.drive import let_others_run, loop_running
from azos_shell.shell.readiness import is_readable, is_writable, readable, when_reader_leaves, writable

if TYPE_CHECKING:
    import asyncio

FIRST_OWN_FD = 10
"""POSIX leaves 0 to 9 to the user of the shell (XCU 2.7)."""

_PIPE_CHUNK = 4096
"""PIPE_BUF on Linux: a pipe that poll calls writable takes this much without blocking."""

_BULK_CHUNK = 1 << 20
_AT_ONCE = getattr(os, "RWF_NOWAIT", 0)
"""Makes one write, and not the open file that other processes share, one that never blocks (Linux 6.4 for pipes)."""

unwritten: set[OpenFile] = set()
"""The files with bytes queued. A task of each writes them as the reader takes them, also when nobody waits for it."""


def move_high(fd: int) -> int:
    """The same open file at a number of 10 or more, close-on-exec; ``fd`` is closed, also where there is no room."""
    if fd >= FIRST_OWN_FD:
        return fd
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_FD)
    except OSError as error:
        if error.errno == errno.EINVAL:  # the limit itself is not above 10
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE)) from error
        raise
    finally:
        os.close(fd)


def new_pipe() -> tuple[int, int]:
    """A pipe's two ends, reader and writer, at numbers of 10 or more."""
    read_end, write_end = os.pipe()
    try:
        reader = move_high(read_end)
    except OSError:
        os.close(write_end)
        raise
    try:
        return reader, move_high(write_end)
    except OSError:
        os.close(reader)
        raise


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

    __slots__ = (
        "_drainers",
        "_fd",
        "_is_pipe",
        "_is_terminal",
        "_owned",
        "_pending",
        "_references",
        "_takes_bulk",
        "_writer",
    )

    def __init__(self, fd: int, *, owned: bool = True) -> None:
        self._fd = fd
        self._owned = owned
        self._references = 0
        self._pending = bytearray()
        self._writer: asyncio.Task[OSError | None] | None = None
        self._drainers = 0
        self._is_pipe: bool | None = None
        self._is_terminal: bool | None = None
        self._takes_bulk = bool(_AT_ONCE)

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
        """Write all of ``data``; on an event loop what a full pipe does not take is queued and written later."""
        if self._is_a_pipe() and loop_running():
            self._pending += data
            if self not in unwritten:
                self._push()
                if self._pending:
                    self._write_later()
        else:
            write_all(self._fd, data)

    def _is_a_pipe(self) -> bool:
        if self._is_pipe is None:
            self._is_pipe = stat.S_IFMT(os.fstat(self._fd).st_mode) in (stat.S_IFIFO, stat.S_IFSOCK)
        return self._is_pipe

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when nobody can read any more what is written here; returns what ends the watch."""
        if self._is_a_pipe():
            return when_reader_leaves(self.fileno(), act)
        return lambda: None

    @property
    def pending(self) -> int:
        """Bytes queued."""
        return len(self._pending)

    async def drain(self) -> None:
        """Wait until nothing is queued. Raises the OSError that ended the writing, where one did.

        If the last one who waits is cancelled the rest is forgotten, as when a process is killed while it writes.
        """
        if self._writer is None:
            return
        import asyncio

        writer = self._writer
        self._drainers += 1
        try:
            await asyncio.wait({writer})
        except asyncio.CancelledError:
            if self._drainers == 1:
                self._pending.clear()
                writer.cancel()
            raise
        finally:
            self._drainers -= 1
        if self._writer is writer:
            self._writer = None
        error = None if writer.cancelled() else writer.result()
        if error is not None:
            raise error

    def _write_later(self) -> None:
        import asyncio

        self._writer = asyncio.get_running_loop().create_task(self._write_rest())
        self._writer.add_done_callback(self._written)
        unwritten.add(self)

    async def _write_rest(self) -> OSError | None:
        try:
            while self._pending:
                await writable(self._fd)
                self._push()
        except OSError as error:
            return error
        return None

    def _written(self, writer: asyncio.Task[OSError | None]) -> None:
        unwritten.discard(self)
        if writer.cancelled():
            self._pending.clear()
        if self._references <= 0:
            self._close()

    def _push(self) -> None:
        """Write what the pipe takes now. A broken pipe forgets the rest: nobody will read it."""
        try:
            while self._pending:
                del self._pending[: self._write_some()]
        except BlockingIOError:
            return
        except OSError:
            self._pending.clear()
            raise

    def _write_some(self) -> int:
        """Write some of what is queued without blocking; returns how much. Raises BlockingIOError if nothing fits."""
        if self._takes_bulk:
            try:
                with memoryview(self._pending) as view:
                    return os.pwritev(self._fd, [view[:_BULK_CHUNK]], -1, _AT_ONCE)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ESPIPE):
                    raise
                self._takes_bulk = False  # an older kernel, or a file of a kind that can't
        if not is_writable(self._fd):
            raise BlockingIOError
        return os.write(self._fd, self._pending[:_PIPE_CHUNK])

    # -- reading ------------------------------------------------------------------------------------------------

    async def read(self, size: int = 65536) -> bytes:
        """Up to ``size`` bytes; empty at the end."""
        if loop_running():
            if is_readable(self._fd):
                await let_others_run()
            else:
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
        """One table lets go; the last closes the file, once what is queued is written."""
        self._references -= 1
        if self._references <= 0 and self not in unwritten:
            self._close()

    def _close(self) -> None:
        if self._owned:
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


_OWN_DEVICES = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


def descriptor_named(path: str) -> int | None:
    """The number that ``/dev/fd/N``, ``/proc/self/fd/N`` or ``/dev/stdout`` names; None for any other path."""
    if not path.startswith(("/dev/", "/proc/self/fd/")):
        return None
    for prefix in ("/dev/fd/", "/proc/self/fd/"):
        digits = path.removeprefix(prefix)
        if digits != path:
            return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
    return _OWN_DEVICES.get(path)


class FileTable:
    """The files of one (sub)shell or command by number."""

    __slots__ = ("_files",)

    def __init__(self, files: dict[int, OpenFile] | None = None) -> None:
        self._files = files if files is not None else {}

    @classmethod
    def standard(cls) -> FileTable:
        """What the process was started with: 0, 1, 2 and whatever else it inherited, where open.

        From now on programs inherit 3 and above only by the table, so that ``exec 3>&-`` closes it for them, too.
        """
        files: dict[int, OpenFile] = {}
        for number in _inherited():
            files[number] = OpenFile(number, owned=False).retain()
            if number > 2:
                os.set_inheritable(number, False)
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

    async def drain(self) -> None:
        """Wait until nothing is queued for any of the files. Raises the first OSError among them."""
        for file in list(self._files.values()):
            await file.drain()

    def spawn_map(self) -> list[tuple[int, int]]:
        """(number, descriptor) of every file that a program must be given by dup2, which also lets exec keep it."""
        return [
            (number, file.fileno())
            for number, file in self._files.items()
            if file.fileno() != number or number > 2
        ]

    def missing(self) -> list[int]:
        """Which of 0, 1, 2 a program must find closed."""
        return [number for number in (0, 1, 2) if number not in self._files]

    def __iter__(self) -> Iterator[int]:
        return iter(self._files)

    def __repr__(self) -> str:
        return f"<FileTable { ({number: file.fileno() for number, file in self._files.items()}) }>"


class Overlay:
    """Changes to a table that can be taken back: what ``exec`` changes at other numbers meanwhile stays."""

    __slots__ = ("_hidden", "_table")

    def __init__(self, table: FileTable) -> None:
        self._table = table
        self._hidden: dict[int, OpenFile] = {}

    def get(self, number: int) -> OpenFile:
        """The file at ``number``; CLOSED when there is none."""
        return self._table.get(number)

    def assign(self, number: int, file: OpenFile) -> None:
        """Put ``file`` at ``number`` for now."""
        self._hide(number)
        self._table.assign(number, file)

    def close(self, number: int) -> None:
        """Close ``number`` for now."""
        self._hide(number)
        self._table.close(number)

    def undo(self) -> None:
        """Put back what was there."""
        hidden, self._hidden = self._hidden, {}
        for number, file in hidden.items():
            if file is CLOSED:
                self._table.close(number)
            else:
                self._table.assign(number, file)
            file.release()

    def _hide(self, number: int) -> None:
        if number not in self._hidden:
            self._hidden[number] = self._table.get(number).retain()

    def __repr__(self) -> str:
        return f"<Overlay of {sorted(self._hidden)} on {self._table!r}>"


async def drain_all() -> None:
    """Wait until nothing is queued for any file, also for those that no table has any more."""
    for file in list(unwritten):
        try:
            await file.drain()
        except OSError:
            pass  # nobody is left who could be told


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
