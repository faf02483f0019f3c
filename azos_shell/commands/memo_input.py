"""Standard input under ``memo``: what of it is part of the question, and how the program gets it all the same.

A file is known by what is left to read of it. A pipe that is this very command's in a pipeline is read to its end
first. Any other pipe, and the terminal, may be somebody else's: they are handed over as they are, and only a program
that is seen not to have read from them has an answer that can be kept. (Of such a pipe whose writers are gone all that
is left can be looked at without taking it: tee(2).)
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from azos_shell.cache.dependencies import FileContent
from azos_shell.cache.stamp import HASHED_UP_TO_BYTES, FileStamp
from azos_shell.core.digest import blake2b
from azos_shell.shell.files import CLOSED, OpenFile, new_pipe
from azos_shell.shell.readiness import writable

if TYPE_CHECKING:
    import asyncio

    from azos_shell.cache.dependencies import Dependency
    from azos_shell.shell.input_watch import InputWatch
    from azos_shell.shell.interpreter import Interpreter

SPOOLED_BYTES = 64 * 1024 * 1024
"""Of a longer piped input the rest goes to the program as it comes, and the answer is not kept."""

_PIPE_BYTES = 1024 * 1024


class MemoInput:
    """The standard input of one command."""

    def __init__(self, shell: Interpreter) -> None:
        self._shell = shell
        self._file = shell.state.files.get(0)
        self._watch: InputWatch | None = None
        self._others: list[tuple[int, InputWatch]] = []
        self._data: bytes | None = None
        self._is_spooled = False
        self._at_end = True
        self._start = 0
        self.content_key = ""
        """What names the input in the key of a program that reads it; "" where that is not known (yet)."""
        self.dependencies: tuple[Dependency, ...] = ()
        self._kind = self._kind_of()

    @property
    def keys(self) -> tuple[str, ...]:
        """What may name it in the key of an answer that holds for it: that nothing was read of it, and its content."""
        if self._kind in ("pipe", "own pipe", "other"):
            return (self.unread_key, self.content_key) if self.content_key else (self.unread_key,)
        return (self.content_key,) if self.content_key else ()

    @property
    def unread_key(self) -> str:
        """What names an input that was not read: what it is can be asked without reading, as test -t does."""
        kind = "pipe" if "pipe" in self._kind else "terminal" if self._file.is_terminal() else "other"
        return f"unread {kind}"

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal."""
        return self._kind == "other" and self._file.is_terminal()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to read."""
        return self._kind == "nothing"

    def _kind_of(self) -> str:
        if self._file is CLOSED:
            return "closed"
        try:
            mode = os.fstat(self._file.fileno()).st_mode
        except OSError:
            return "closed"
        if stat.S_ISREG(mode):
            return "file"
        if stat.S_ISFIFO(mode):
            shell = self._shell
            return "own pipe" if shell.whole is shell.node and shell.whole is not None else "pipe"
        if stat.S_ISCHR(mode) and os.path.samestat(os.fstat(self._file.fileno()), os.stat(os.devnull)):
            return "nothing"
        return "other"

    # -- before the answer is looked up ----------------------------------------------------------------------

    async def look(self) -> None:
        """Learn what can be known of the content without taking anything from anybody."""
        if self._kind in ("closed", "nothing"):
            self.content_key = self._kind
        elif self._kind == "file":
            self._look_at_file()
        elif self._kind == "own pipe":
            await self._spool()
        elif self._kind == "pipe":
            self._peek()

    def _look_at_file(self) -> None:
        fd = self._file.fileno()
        self._start = os.lseek(fd, 0, os.SEEK_CUR)
        size = os.fstat(fd).st_size
        if size - self._start <= HASHED_UP_TO_BYTES:
            digest = blake2b(digest_size=20)
            position = self._start
            while block := os.pread(fd, 1 << 20, position):
                digest.update(block)
                position += len(block)
            self.content_key = f"file of {digest.hexdigest()}"
            return
        try:
            path = os.readlink(f"/proc/self/fd/{fd}")
            if os.path.samestat(os.stat(path), os.fstat(fd)):
                self.dependencies = (FileContent(FileStamp.take(path)),)
                self.content_key = f"file {path} from {self._start}"
        except OSError:
            pass  # it has no name any more

    async def _spool(self) -> None:
        parts: list[bytes] = []
        size = 0
        self._at_end = False
        while size <= SPOOLED_BYTES:
            block = await self._file.read()
            if not block:
                self._at_end = True
                break
            parts.append(block)
            size += len(block)
        self._data = b"".join(parts)
        self._is_spooled = True
        if self._at_end:
            self.content_key = f"data of {blake2b(self._data, digest_size=20).hexdigest()}"

    def _peek(self) -> None:
        import select

        fd = self._file.fileno()
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        events = dict(poll.poll(0)).get(fd, 0)
        if not events & select.POLLHUP:
            return  # somebody may write more
        data = _copy_of_pipe(fd) if events & select.POLLIN else b""
        if data is not None:
            self._data = data
            self.content_key = f"data of {blake2b(data, digest_size=20).hexdigest()}"

    # -- a hit -----------------------------------------------------------------------------------------------

    def consume(self, consumed: int | None) -> None:
        """Take from the input what the program took when it gave the answer."""
        if self._kind == "file" and consumed is not None:
            os.lseek(self._file.fileno(), self._start + consumed, os.SEEK_SET)
        elif self._kind == "pipe" and self._data:
            left = len(self._data)
            while left > 0 and (block := os.read(self._file.fileno(), min(left, 65536))):
                left -= len(block)

    # -- a run -----------------------------------------------------------------------------------------------

    def file_for_program(self) -> tuple[OpenFile | None, asyncio.Task[None] | None]:
        """What to give the program in the place of standard input, if not that; and who writes it, if anybody."""
        self._watch_others()
        if not self._is_spooled:
            if self._kind in ("pipe", "other"):
                from azos_shell.shell.input_watch import InputWatch

                self._watch = InputWatch(self._file.fileno())
            return None, None
        reader, writer = new_pipe()
        import asyncio

        return OpenFile(reader), asyncio.get_running_loop().create_task(self._feed(writer))

    def _watch_others(self) -> None:
        """Files at other numbers are no part of the question: they must not be used."""
        for number in self._shell.state.files:
            if number > 2:
                from azos_shell.shell.input_watch import InputWatch

                self._others.append(
                    (number, InputWatch(self._shell.state.files.get(number).fileno(), writes=True))
                )

    async def _feed(self, writer: int) -> None:
        try:
            os.set_blocking(writer, False)
            view = memoryview(self._data or b"")
            while view:
                await writable(writer)
                view = view[_write_some(writer, view) :]
            while not self._at_end:
                block = await self._file.read()
                if not block:
                    break
                rest = memoryview(block)
                while rest:
                    await writable(writer)
                    rest = rest[_write_some(writer, rest) :]
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EBADF):
                raise
        finally:
            os.close(writer)

    def consumed(self) -> int | None:
        """How many bytes of a file the program took."""
        if self._kind != "file":
            return None
        return os.lseek(self._file.fileno(), 0, os.SEEK_CUR) - self._start

    def was_read(self) -> bool | None:
        """Whether the program read it; None where that can't be known."""
        return None if self._watch is None else self._watch.was_read()

    def key_after(self, *, terminal_allowed: bool) -> tuple[str, str | None]:
        """The input's part of the key to keep the answer under; or "", and why it can't be kept."""
        for number, watch in self._others:
            if watch.was_read() is not False:
                return "", f"it may have used the file that is open as {number}"
        if self._kind in ("closed", "nothing", "file", "own pipe"):
            return (
                self.content_key,
                None if self.content_key else "its standard input is too long to be part of a key",
            )
        was_read = self.was_read()
        if was_read is False and self._kind == "pipe" and self._is_at_end():
            if self._data == b"":
                return self.content_key, None
            return "", "its standard input, a pipe, ended meanwhile, and whether it noticed can't be seen"
        if was_read is False or (terminal_allowed and self._file.is_terminal()):
            return self.unread_key, None
        what = "the terminal" if self._file.is_terminal() else "a pipe that others read from, too"
        if was_read is None:
            return (
                "",
                f"its standard input is {what}, and whether it was read can't be seen here (give it </dev/null)",
            )
        if self._kind == "pipe" and self.content_key and not self._left_over():
            return self.content_key, None
        return "", f"it read its standard input, which is {what}"

    def _left_over(self) -> bool:
        """Whether the program has left something in the pipe."""
        import select

        poll = select.poll()
        poll.register(self._file.fileno(), select.POLLIN)
        return bool(dict(poll.poll(0)).get(self._file.fileno(), 0) & select.POLLIN)

    def _is_at_end(self) -> bool:
        """Whether who reads from the pipe finds its end: that is no reading that a watch could tell of."""
        import select

        poll = select.poll()
        poll.register(self._file.fileno(), select.POLLIN)
        events = dict(poll.poll(0)).get(self._file.fileno(), 0)
        return bool(events & select.POLLHUP) and not events & select.POLLIN

    def close(self) -> None:
        """Look no more."""
        for watch in (self._watch, *(other for _, other in self._others)):
            if watch is not None:
                watch.close()

    def __repr__(self) -> str:
        return f"<MemoInput {self._kind} {self.content_key}>"


def _write_some(fd: int, view: memoryview) -> int:
    try:
        return os.write(fd, view[:65536])
    except BlockingIOError:
        return 0


def _copy_of_pipe(fd: int) -> bytes | None:
    """What is in a pipe, left in it; None where that can't be done."""
    import ctypes

    tee = getattr(ctypes.CDLL(None, use_errno=True), "tee", None)
    if tee is None:
        return None
    reader, writer = new_pipe()
    try:
        copied = tee(fd, writer, ctypes.c_size_t(_PIPE_BYTES), 2)  # SPLICE_F_NONBLOCK
        if copied < 0 or copied >= 65536:
            return None  # more may be left than one pipe holds
        return os.read(reader, copied) if copied else b""
    finally:
        os.close(reader)
        os.close(writer)
