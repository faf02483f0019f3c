"""The store of HTTP answers: found by address and variant, streamed in while they are delivered, and out again.

All of it is in the disk tier, so budget, eviction, integrity and ``cache ls`` are those of every other result, and all
azos processes of the user share it. A body is an answer only once it came to its proper end.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from azos_shell.cache.blob_writer import BlobWriter
from azos_shell.cache.disk import INLINE_BYTES
from azos_shell.cache.entry import STDOUT, CachedResult
from azos_shell.cache.http_answer import (
    COMMAND,
    StoredAnswer,
    address_key,
    label_of,
    stored_answer,
    variant_key,
)
from azos_shell.cache.moment import Moment
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import replace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import BinaryIO

    from azos_shell.cache.disk import DiskTier
    from azos_shell.cache.results import ResultCache
    from azos_shell.core.clock import Clock
    from azos_shell.pools.http_request import HttpRequest

FEW_BYTES = 2**20
"""What may be kept at little cost."""

_HEAD_BYTES = 5  # of a frame (``cache.framing``)
_AT_ONCE_BYTES = 2**20
"""Up to here a body is compared with its hash on the event loop: that takes a millisecond or two."""


class HttpStore:
    """The stored answers. ``None`` for what is not there or not whole; reading never raises."""

    def __init__(self, disk: DiskTier, results: ResultCache, clock: Clock) -> None:
        self._disk = disk
        self._results = results
        self._clock = clock

    @property
    def max_bytes(self) -> int:
        """The longest body that is kept."""
        return self._disk.max_entry_bytes

    def now(self) -> Moment:
        """This moment."""
        return Moment.now(self._clock)

    def find(self, request: HttpRequest) -> list[StoredAnswer]:
        """Every stored answer that answers this request, whether it is still good or not."""
        found = [stored_answer(kept) for kept in self._disk.find(address_key(request.url))]
        return [answer for answer in found if answer is not None and answer.answers(request)]

    def begin(self, *, is_useful: bool) -> BlobWriter:
        """Take the body of an answer in; of one that would be of no use but as the last good one, not much."""
        room_bytes = self.max_bytes if is_useful else min(self.max_bytes, FEW_BYTES)
        return BlobWriter(self._disk.blobs, STDOUT, inline_bytes=INLINE_BYTES, room_bytes=room_bytes)

    def keep(
        self,
        request: HttpRequest,
        answer: StoredAnswer,
        body: BlobWriter,
        stored: Moment,
        cost_seconds: float,
    ) -> str:
        """Keep an answer whose body is whole, in the place of an older one; "" or why it is not kept."""
        body.finish()
        if body.problem:
            return body.problem
        answer = replace(answer, body_bytes=body.body_bytes)
        inline = body.inline
        result = CachedResult(
            status=0,
            output=((STDOUT, inline),) if inline else (),
            cost_seconds=cost_seconds,
            size_bytes=body.body_bytes,
            stored=stored,
            ttl_seconds=inf,
            command=COMMAND,
            label=label_of(request),
            asked=answer.written(),
        )
        key = address_key(request.url) + variant_key(answer)
        problem = (
            self._disk.store(key, result)
            if inline is not None
            else self._disk.store_streamed(key, result, body)
        )
        return problem or ""

    def freshen(self, answer: StoredAnswer, stored: Moment) -> StoredAnswer:
        """Keep what a 304 said of an answer; returns it as it is from now on."""
        kept = answer.kept
        assert kept is not None  # it came from here
        result = replace(kept.result, stored=stored, asked=answer.written())
        if kept.blob is None:
            self._disk.store(kept.key, result)
        else:
            self._disk.store_streamed(kept.key, result, _Blob(kept.blob, answer.body_bytes))
        return replace(answer, kept=replace(kept, result=result))

    def forget(self, url: str) -> int:
        """Forget every answer of an address; returns how many there were."""
        return self._remove([kept.id for kept in self._disk.find(address_key(url))])

    def supersede(self, request: HttpRequest) -> int:
        """Forget what is stored for a request: a newer answer has been seen."""
        return self._remove([answer.kept.id for answer in self.find(request) if answer.kept is not None])

    def _remove(self, ids: list[int]) -> int:
        if not ids:
            return 0
        try:
            return self._disk.remove(ids)
        except AzosError:
            return 0

    def count_hit(self, answer: StoredAnswer) -> None:
        """It was given."""
        assert answer.kept is not None
        self._results.count_hit(answer.kept)

    def count_miss(self) -> None:
        """There was none to give."""
        self._results.count_miss(COMMAND)

    async def open(self, answer: StoredAnswer) -> StoredBody | None:
        """The body, compared with its hash; None if it is damaged or gone."""
        kept = answer.kept
        assert kept is not None
        if kept.blob is None:
            chunks = [chunk for _, chunk in kept.result.output if isinstance(chunk, bytes)]
            return StoredBody(b"".join(chunks), None)
        if answer.body_bytes <= _AT_ONCE_BYTES:
            file = self._disk.blobs.open_whole(kept.blob)
        else:
            import asyncio

            file = await asyncio.to_thread(self._disk.blobs.open_whole, kept.blob)
        return None if file is None else StoredBody(b"", file)

    def __repr__(self) -> str:
        return f"<HttpStore in {self._disk!r}>"


class StoredBody:
    """A body from the store, in pieces; to be closed."""

    def __init__(self, inline: bytes, file: BinaryIO | None) -> None:
        self._inline = inline
        self._file = file

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body. Raises AzosError if the disk fails meanwhile."""
        if self._inline:
            yield self._inline
        while self._file is not None and (head := self._read(_HEAD_BYTES)):
            yield self._read(int.from_bytes(head[1:], "big"))

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, size: int) -> bytes:
        assert self._file is not None
        pieces = []
        try:
            while size and (piece := self._file.read(size)):
                pieces.append(piece)
                size -= len(piece)
        except OSError as error:
            raise AzosError(f"the stored answer can't be read: {error.strerror}") from error
        return b"".join(pieces)

    def __repr__(self) -> str:
        return f"<StoredBody {'file' if self._file is not None else len(self._inline)}>"


class _Blob:
    """An output that is a blob already."""

    def __init__(self, name: str, size_bytes: int) -> None:
        self._name = name
        self.size_bytes = size_bytes

    def keep(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"<_Blob {self._name}>"
