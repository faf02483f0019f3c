"""Cutting a stream of bytes into blocks of whole lines, and telling which line is at fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from azos_shell.core.errors import AzosError

LINE_LIMIT_BYTES = 64 * 2**20
"""A line that is longer is an error; without a limit one missing line end would fill the memory."""


class LineBlocks:
    """Give it bytes as they come, take whole lines; what is left of the last line is held."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._held: list[bytes] = []
        self._held_bytes = 0

    def push(self, data: bytes) -> bytes:
        """The whole lines that there are now, perhaps none. Raises AzosError for a line beyond the limit."""
        end = data.rfind(b"\n") + 1
        if not end:  # joining what is held at every piece of a long line would be quadratic
            self._held.append(data)
            self._held_bytes += len(data)
            if self._held_bytes > LINE_LIMIT_BYTES:
                raise AzosError(f"{self._origin}: a line is longer than {LINE_LIMIT_BYTES >> 20} MiB")
            return b""
        block = b"".join([*self._held, data[:end]])
        self._held, self._held_bytes = [data[end:]], len(data) - end
        return block

    def rest(self) -> bytes:
        """What is left: a last line without its end."""
        rest = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        return rest

    def __repr__(self) -> str:
        return f"<LineBlocks {self._held_bytes} bytes held>"


class Refuser(Protocol):
    """Whoever is told of input that is malformed."""

    def refuse(self, where: str, why: str) -> bool | None:
        """Leave out what is at ``where``, or raise AzosError; True if nothing after it is to be read."""


class Refusals:
    """What becomes of input that is malformed: the first ends the reading, or all are left out and counted.

    With ``keep_error`` the first is not raised but kept as ``error``, so that what came before it can be given first;
    whoever reads stops then.
    """

    def __init__(
        self,
        origin: str,
        *,
        skip: bool = False,
        keep_error: bool = False,
        tell: Callable[[str], object] | None = None,
    ) -> None:
        self.origin = origin
        self.count = 0
        self.error: AzosError | None = None
        self._skip = skip
        self._keep_error = keep_error
        self._tell = tell
        self._first = ""

    def refuse(self, where: str, why: str) -> bool:
        """Leave out what is at ``where``. Raises AzosError, or keeps it, unless that is what was asked for.

        True if it was kept: nothing after it is to be read.
        """
        message = f"{where}: {why}"
        if not self._skip:
            self.error = self.error or AzosError(f"{self.origin}, {message}")
            if not self._keep_error:
                raise self.error
            return True
        self._first = self._first or message
        self.count += 1
        return False

    def finish(self) -> None:
        """Tell how many were left out, and why the first was. Raises the error that was kept."""
        if self.error is not None:
            raise self.error
        if self.count and self._tell is not None:
            self._tell(f"{self.origin}: {self.count} left out as malformed; the first: {self._first}")

    def __repr__(self) -> str:
        return f"<Refusals of {self.origin}: {self.count}>"


def decoded(data: bytes) -> str:
    """Bytes as text; those that are no UTF-8 stand as surrogates, so that encoding gives them back."""
    return data.decode("utf-8", "surrogateescape")
