"""The job log of ``map``: a line for each item that is done, from which an interrupted run goes on.

The format is GNU parallel's: a header, then tab-separated Seq, Host, Starttime (seconds since 1970), JobRuntime
(seconds), Send, Receive (bytes; Send is always 0), Exitval, Signal, Command. A line is written, in one piece, once the
output of its item has been passed on; so after a crash an item is either in the log, or it is run once more.

An item counts as done if the log has a line of its number *and* its command: where the input has changed meanwhile,
nothing is taken for done that is not.
"""

from __future__ import annotations

import fcntl
import os
import stat
from array import array
from dataclasses import dataclass
from typing import Final

from azos_shell.core.digest import blake2b
from azos_shell.plugin import AzosError

HEADER: Final = b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
_READ_BYTES: Final = 2**20
_FEWEST_FIELDS: Final = 9
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class LogLine:
    """What became of one item."""

    number: int
    started: float
    seconds: float
    received_bytes: int
    status: int
    signal: int
    command: str

    def encode(self) -> bytes:
        """The line as it is written."""
        fields = (
            self.number,
            ":",
            f"{self.started:.3f}",
            f"{self.seconds:.3f}",
            0,
            self.received_bytes,
            self.status,
            self.signal,
            self.command.translate(_ESCAPES),
        )
        return ("\t".join(map(str, fields)) + "\n").encode("utf-8", "surrogateescape")


class Done:
    """Which items a log has as done, eight bytes each."""

    def __init__(self) -> None:
        self._marks: array[int] = array("Q")

    def add(self, number: int, command: bytes) -> None:
        """The item of that number, whose command the log has as ``command`` (escaped), is done."""
        if number >= len(self._marks):
            self._marks.extend([0] * (number + 1 - len(self._marks)))
        self._marks[number] = _mark(command)

    def remove(self, number: int) -> None:
        """It is to be run again after all."""
        if number < len(self._marks):
            self._marks[number] = 0

    def has(self, number: int, command: str) -> bool:
        """Whether this very item is done."""
        if number >= len(self._marks) or not self._marks[number]:
            return False
        return self._marks[number] == _mark(command.translate(_ESCAPES).encode("utf-8", "surrogateescape"))

    def __len__(self) -> int:
        return sum(map(bool, self._marks))


class JobLog:
    """A log that is open for appending. ``done`` is what it says already, where it is to be gone on from."""

    def __init__(self, path: str, *, resume: bool, again_if_failed: bool) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise AzosError(f"{path}: {error.strerror}") from error
        self.done = Done()
        try:
            self._begin(resume, again_if_failed)
        except BaseException as error:
            os.close(self._descriptor)
            if isinstance(error, BlockingIOError):
                raise AzosError(f"{path}: another map writes to this log") from error
            if isinstance(error, OSError):
                raise AzosError(f"{path}: {error.strerror}") from error
            raise

    def write(self, line: LogLine) -> None:
        """Append a line. Raises AzosError."""
        self._append(line.encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _append(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise AzosError(f"{self._path}: {error.strerror}") from error

    def _begin(self, resume: bool, again_if_failed: bool) -> None:
        """Read what is there; a last line that a crash has torn is taken away, and its item is run again.

        Unless that is to be gone on from, the log begins anew. A file that is no log stays as it is.
        """
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device: nothing to be read, and it may never end
            self._append(HEADER)
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not resume:
            head = os.pread(self._descriptor, len(HEADER), 0)
            if not head.startswith(b"Seq\t") and not HEADER.startswith(head):
                raise AzosError(f"{self._path}: this is no job log, and is left as it is")
            os.ftruncate(self._descriptor, 0)
        position, rest, is_first, size = 0, b"", True, os.fstat(self._descriptor).st_size
        while data := os.pread(self._descriptor, _READ_BYTES, position):
            position += len(data)
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if is_first and not line.startswith(b"Seq\t"):
                    raise AzosError(f"{self._path}: this is no job log")
                if not is_first:
                    self._take(line, again_if_failed, highest=size)
                is_first = False
        if is_first and rest and not HEADER.startswith(rest):
            raise AzosError(f"{self._path}: this is no job log")
        if rest:
            os.ftruncate(self._descriptor, position - len(rest))
        if is_first:
            self._append(HEADER)

    def _take(self, line: bytes, again_if_failed: bool, highest: int) -> None:
        """Note one line; one that is damaged, or of a number that so small a log can't have come to, says nothing."""
        fields = line.split(b"\t", _FEWEST_FIELDS - 1)
        if len(fields) < _FEWEST_FIELDS or not fields[0].isdigit():
            return
        number = int(fields[0][:12])
        if number > highest:
            return
        if again_if_failed and (fields[6] != b"0" or fields[7] != b"0"):
            self.done.remove(number)
        else:
            self.done.add(number, fields[8])

    def __repr__(self) -> str:
        return f"<JobLog {self._path}, {len(self.done)} done>"


def _mark(command: bytes) -> int:
    return int.from_bytes(blake2b(command, digest_size=8).digest(), "big") | 1
