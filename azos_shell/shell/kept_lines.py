"""The kept lines: what earlier command lines wrote to the shell's standard output, for ``last``; in memory, bounded.

A line is heard while it runs, by ``kept_output``; it is kept once it is over, if it wrote anything. Beside the bytes
stand the records that commands yielded, so that they can be given in another form.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azos_shell.core.values import Records

LINE_BYTES = 1_000_000
"""What is kept of one line, of its bytes and of its records each."""

ALL_BYTES = 16_000_000
MOST_LINES = 50
_LONGEST_TEXT = 1_000


class KeptLine:
    """What one command line wrote, as far as there was room for it."""

    __slots__ = ("_data", "_record_bytes", "_records", "is_cut", "records_are_cut", "text")

    def __init__(self, text: str) -> None:
        self.text = text[:_LONGEST_TEXT]
        self._data = bytearray()
        self._records: list[Records] = []
        self._record_bytes = 0
        self.is_cut = False
        """Whether it wrote more than is here."""
        self.records_are_cut = False

    def hear(self, data: bytes) -> None:
        """It wrote this."""
        room = LINE_BYTES - len(self._data)
        if len(data) > room:
            self.is_cut = True
            data = data[:room]
        self._data += data

    def hear_records(self, batch: Records) -> None:
        """One of its commands yielded this; of commands with other columns only the last one's records are kept."""
        from azos_shell.bus.record import chunk_bytes

        if self._records and self._records[0].columns != batch.columns:
            self._records.clear()
            self._record_bytes = 0
            self.records_are_cut = False
        size = chunk_bytes(batch)
        if self.records_are_cut or self._record_bytes + size > LINE_BYTES:
            self.records_are_cut = True
            return
        self._record_bytes += size
        self._records.append(batch)

    @property
    def output(self) -> bytes:
        """The bytes."""
        return bytes(self._data)

    @property
    def length(self) -> int:
        """How many bytes of output are here."""
        return len(self._data)

    @property
    def records(self) -> list[Records]:
        """The batches of records, in order; none if it gave only bytes."""
        return self._records

    @property
    def gave_records(self) -> bool:
        """Whether one of its commands yielded records, be they here or too many."""
        return bool(self._records) or self.records_are_cut

    @property
    def size_bytes(self) -> int:
        """The room it takes."""
        return len(self._data) + self._record_bytes

    def __repr__(self) -> str:
        return f"<KeptLine {self.text!r}, {self.length} bytes, {len(self._records)} batches>"


class KeptLines:
    """The last lines that wrote something, and the one that runs."""

    def __init__(self) -> None:
        self._lines: deque[KeptLine] = deque()
        self._size_bytes = 0
        self._is_left_out = False
        self.current: KeptLine | None = None
        """The line that runs."""

    def begin(self, text: str) -> None:
        """A command line begins; one that was under way is over."""
        self.end()
        self.current = KeptLine(text)
        self._is_left_out = False

    def end(self) -> None:
        """The command line is over: keep it if it wrote something, and forget old ones where there is no room."""
        line, self.current = self.current, None
        if line is None or not line.length or self._is_left_out:
            return
        self._lines.append(line)
        self._size_bytes += line.size_bytes
        while len(self._lines) > MOST_LINES or self._size_bytes > ALL_BYTES:
            self._size_bytes -= self._lines.popleft().size_bytes

    def leave_out(self) -> None:
        """The line that runs only says again what an earlier one wrote."""
        self._is_left_out = True

    def back(self, number: int) -> KeptLine | None:
        """The last line kept (1), the one before that (2), and so on; None if there is none."""
        return self._lines[-number] if 0 < number <= len(self._lines) else None

    def __iter__(self) -> Iterator[KeptLine]:
        return iter(tuple(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"<KeptLines {len(self._lines)}, {self._size_bytes} bytes>"
