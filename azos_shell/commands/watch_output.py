"""The output of one run of ``watch``: both streams in one, all of it told apart by a hash, and only so much kept."""

from __future__ import annotations

from azos_shell.core.digest import blake2b
from azos_shell.core.values import Records
from azos_shell.rendering import formatter
from azos_shell.shell.item_output import ItemOutput


class WatchOutput(ItemOutput):
    """Keeps the first ``most_bytes`` (None for all): a command that writes without end fills no memory and no disk."""

    __slots__ = ("_hash", "_most_bytes")

    def __init__(self, most_bytes: int | None) -> None:
        super().__init__()
        self._most_bytes = most_bytes
        self._hash = blake2b(digest_size=16)

    @property
    def digest(self) -> bytes:
        """The same for the same output."""
        return self._hash.digest()

    async def put_records(self, batch: Records) -> None:
        """Keep records as they are, as far as there is room."""
        self._hash.update(formatter("jsonl").feed(batch))
        if self._has_room:
            await super().put_records(batch)

    def written_so_far(self) -> bytes:
        """The bytes that are kept in memory, while more may come."""
        return b"".join(chunk for chunk in self._kept if isinstance(chunk, bytes))

    @property
    def _has_room(self) -> bool:
        return self._most_bytes is None or self._size < self._most_bytes

    def _keep(self, data: bytes) -> None:
        self._hash.update(data)
        if self._has_room:
            super()._keep(data)

    def __repr__(self) -> str:
        return f"<WatchOutput {self._size} bytes>"
