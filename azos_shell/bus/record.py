"""The record: what one run says, kept while it is said, so that it may be said again.

Only what passes the bus can be kept: the chunks a command yields and what it writes on standard error. A command that
writes standard output by itself, or takes a descriptor and so writes past everybody, leaves a record with a hole in
it; such a record is given up, as is one that grows larger than its room.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from azos_shell.cache.entry import STDERR, STDOUT, CachedResult
from azos_shell.core.values import Chunk, Records
from azos_shell.language.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azos_shell.bus.call import Call, Output
    from azos_shell.bus.command import CachePolicy
    from azos_shell.cache.entry import Said
    from azos_shell.cache.moment import Moment


class Record:
    """What a run has said so far, of at most ``room_bytes``."""

    def __init__(self, room_bytes: int) -> None:
        self._said: list[Said] = []
        self._room_bytes = room_bytes
        self.size_bytes = 0
        self.is_whole = True
        """Whether all that was said is here."""

    def put(self, chunk: Chunk) -> None:
        """Keep a chunk of the result."""
        if self._has_room(chunk_bytes(chunk)):
            self._said.append((STDOUT, chunk))

    def put_error(self, data: bytes) -> None:
        """Keep what was written on standard error."""
        if self._has_room(len(data)):
            self._said.append((STDERR, data))

    def give_up(self) -> None:
        """Something was or will be said that is not heard here."""
        self.is_whole = False
        self._said.clear()

    @contextmanager
    def of(self, call: Call) -> Iterator[None]:
        """Hear what the command itself writes while the block runs."""
        stdout, stderr = call.stdout, call.stderr
        call.stdout = _Overheard(stdout, lambda data: self.give_up(), self.give_up)
        call.stderr = _Overheard(stderr, self.put_error, self.give_up)
        try:
            yield
        finally:
            call.stdout, call.stderr = stdout, stderr

    def result(
        self, policy: CachePolicy, *, call: Call, command: str, cost_seconds: float, now: Moment
    ) -> CachedResult | None:
        """What may be stored of a run that ended so; None if that is nothing."""
        status = call.status
        if not self.is_whole or status not in policy.codes:
            return None
        return CachedResult(
            status=status,
            output=tuple(self._said),
            cost_seconds=cost_seconds,
            size_bytes=self.size_bytes,
            stored=now,
            validators=policy.validators,
            ttl_seconds=policy.ttl_seconds,
            command=command,
            label=" ".join(map(quote, (call.name, *call.args))),
        )

    def _has_room(self, size_bytes: int) -> bool:
        self.size_bytes += size_bytes
        if self.size_bytes > self._room_bytes:
            self.give_up()
        return self.is_whole

    def __repr__(self) -> str:
        state = "" if self.is_whole else ", given up"
        return f"<Record {self.size_bytes}/{self._room_bytes} bytes{state}>"


class _Overheard:
    """An output, and somebody who hears what is written to it until its descriptor is taken."""

    __slots__ = ("_hear", "_lose", "_output")

    def __init__(self, output: Output, hear: Callable[[bytes], None], lose: Callable[[], None]) -> None:
        self._output = output
        self._hear = hear
        self._lose = lose

    def write(self, data: bytes) -> None:
        self._output.write(data)
        self._hear(data)

    async def drain(self) -> None:
        await self._output.drain()

    def fileno(self) -> int:
        self._lose()
        return self._output.fileno()

    def is_terminal(self) -> bool:
        return self._output.is_terminal()


def chunk_bytes(chunk: Chunk) -> int:
    """About how many bytes a chunk holds: exact for bytes, for records from the first row of the batch."""
    if isinstance(chunk, Records):
        if not chunk.rows:
            return 64
        first = chunk.rows[0]
        row = 56 + 8 * len(first) + sum(len(v) + 49 if isinstance(v, str | bytes) else 28 for v in first)
        return row * len(chunk.rows)
    return len(chunk) + 33
