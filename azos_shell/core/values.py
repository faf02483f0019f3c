"""Values that every layer passes: lanes, priorities and record batches."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

from azos_shell.core.frozen import frozen


class Priority(IntEnum):
    """How urgent a dispatch is; a lower number goes first, equals are first-in first-out."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2
    PREFETCH = 3


class LaneName(Enum):
    """Where a dispatch runs. INLINE is the shell itself: no queue, no cache."""

    INLINE = "inline"
    PROCESS = "process"
    THREAD = "thread"
    CPU = "cpu"
    SQLITE = "sqlite"
    HTTP = "http"
    LLM = "llm"


@frozen
class Records:
    """A batch of records: column names and rows of the same length. Batches of one stream share their columns.

    Values are None, bool, int, float, str, bytes, and lists or dicts of these.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __len__(self) -> int:
        return len(self.rows)


Chunk = bytes | Records
