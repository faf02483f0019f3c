"""A disk tier in a directory of a test, and answers to keep in it."""

from __future__ import annotations

import os
from math import inf
from typing import TYPE_CHECKING, Any

from fakes.clock import FakeClock

from azos_shell.cache.blobs import BlobStore
from azos_shell.cache.disk import CACHE, MAX_BYTES, DiskTier
from azos_shell.cache.entry import STDOUT, CachedResult
from azos_shell.cache.moment import Moment
from azos_shell.cache.validators import Evidence
from azos_shell.storage.database import Database

if TYPE_CHECKING:
    from azos_shell.core.clock import Clock


class Tier(DiskTier):
    """A ``DiskTier`` whose parts a test can get at."""

    def __init__(
        self,
        directory: Any,
        clock: Clock | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        busy_timeout_seconds: float = 0.05,
    ) -> None:
        self.warnings: list[str] = []
        self.clock = clock or FakeClock()
        self.path = os.path.join(str(directory), "cache.db")
        self.database = Database(
            CACHE,
            self.path,
            self.clock,
            warn=self.warnings.append,
            busy_timeout_seconds=busy_timeout_seconds,
            read_timeout_seconds=0.02,
            is_optional=True,
        )
        self.blobs = BlobStore(os.path.join(str(directory), "blobs"))
        super().__init__(
            self.database, self.blobs, self.clock, max_bytes=max_bytes, wants_thread=lambda: True
        )

    def end(self) -> None:
        """Close all of it."""
        self.close(5.0)
        self.database.close()


def an_answer(output: Any = b"said", *, clock: Clock | None = None, **fields: Any) -> CachedResult:
    """An answer that was ``output`` (bytes, or pieces with their streams) and rests on nothing, unless told."""
    said = ((STDOUT, output),) if isinstance(output, bytes) else tuple(output)
    known: dict[str, Any] = {
        "status": 0,
        "output": said,
        "cost_seconds": 1.0,
        "size_bytes": sum(len(chunk) for _, chunk in said),
        "stored": Moment.now(clock or FakeClock()),
        "validators": (Evidence(()),),
        "ttl_seconds": inf,
        "command": "demo",
        "label": "demo --all",
        "asked": "{}",
    }
    return CachedResult(**{**known, **fields})
