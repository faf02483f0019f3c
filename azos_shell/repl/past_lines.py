"""The lines typed before, as history expansion asks for them (``language.history_expansion.Events``)."""

from __future__ import annotations

from collections.abc import Iterator

from azos_shell.repl.background import in_background, settled
from azos_shell.repl.recall import STORE_ERRORS, LineStore, Recall


class PastLines:
    """This session's lines and those of earlier ones. What the disk does not give at once is not found."""

    def __init__(self, recall: Recall, store: LineStore) -> None:
        self._recall = recall
        self._store = store

    def back(self, count: int) -> str | None:
        """The line that many lines ago; 1 is the last one."""
        return self._recall.line(count) if count > 0 else None

    def numbered(self, number: int) -> str | None:
        """The line that ``history`` lists under that number."""
        entries = in_background(lambda: self._store.recent(1, number + 1))
        try:
            found = entries.result(0) if settled(entries) else []
        except STORE_ERRORS:
            return None
        return found[0].line if found and found[0].id == number else None

    def newest_first(self) -> Iterator[str]:
        """All lines."""
        count = 1
        while (line := self._recall.line(count)) is not None:
            yield line
            count += 1

    def __repr__(self) -> str:
        return f"<PastLines of {self._recall!r}>"
