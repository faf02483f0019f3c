"""The lines that Up walks through: this session's, then those of earlier ones, fetched a page at a time.

Positions count back from the prompt: 1 is the newest line. The store is only asked for the page that is
about to be needed, and never on the event loop, so a history of any length costs a key press nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from azos_shell.core.errors import AzosError
from azos_shell.repl.background import in_background, settled

if TYPE_CHECKING:
    from azos_shell.storage.history import HistoryEntry

PAGE_ENTRIES = 1_000
AHEAD_ENTRIES = 200
"""A walk this near to the last loaded line fetches the next page."""

STORE_ERRORS = (AzosError, OSError)
"""The prompt goes on without a history that can't be read; the store itself has said so."""


class LineStore(Protocol):
    """The part of the history store that the prompt reads."""

    def recent(self, limit: int, before_id: int | None = None) -> list[HistoryEntry]:
        """Entries, newest first."""
        ...

    def search(self, text: str, limit: int) -> list[HistoryEntry]:
        """Entries that hold ``text``, newest first."""
        ...


class Recall:
    """Lines by how far back they are. Only the event loop's thread may use it."""

    def __init__(self, store: LineStore) -> None:
        self._store = store
        self._session: list[str] = []
        self._stored: list[str] = []
        self._oldest_id: int | None = None
        self._complete = False
        self._page: Future[list[HistoryEntry]] | None = None

    def start(self) -> None:
        """Begin to fetch the first page."""
        self._fetch()

    def remember(self, line: str) -> bool:
        """Add a line of this session; False if it repeats the one before it."""
        if self.line(1) == line:
            return False
        self._session.append(line)
        return True

    def line(self, back: int) -> str | None:
        """The line that far back, or None where there is none (or none yet)."""
        if back <= len(self._session):
            return self._session[-back]
        index = back - len(self._session) - 1
        if index >= len(self._stored) - AHEAD_ENTRIES:
            self._advance(wait=index >= len(self._stored))
        return self._stored[index] if index < len(self._stored) else None

    def loaded(self) -> Iterator[str]:
        """The lines at hand, newest first."""
        yield from reversed(self._session)
        yield from self._stored

    async def oldest(self) -> int:
        """Load everything that can be loaded and return how far back the oldest line is."""
        import asyncio

        while not self._complete:
            try:
                await asyncio.wrap_future(self._fetch())
            except STORE_ERRORS:
                self._page = None
                break
            self._absorb()
        return len(self)

    def search(self, text: str, limit: int) -> Future[list[str]]:
        """The stored lines that hold ``text``, newest first, from the whole history."""

        def find() -> list[str]:
            try:
                return [entry.line for entry in self._store.search(text, limit)]
            except STORE_ERRORS:
                return []

        return in_background(find)

    def _advance(self, *, wait: bool) -> None:
        if self._complete:
            return
        page = self._fetch()
        if page.done() or (wait and settled(page)):
            self._absorb()

    def _fetch(self) -> Future[list[HistoryEntry]]:
        if self._page is None:
            before_id = self._oldest_id
            self._page = in_background(lambda: self._store.recent(PAGE_ENTRIES, before_id))
        return self._page

    def _absorb(self) -> None:
        page, self._page = self._page, None
        if page is None:
            return
        try:
            entries = page.result(0)
        except STORE_ERRORS:
            return  # the next walk asks again
        self._complete = len(entries) < PAGE_ENTRIES
        if entries:
            self._oldest_id = entries[-1].id
        for entry in entries:
            if not self._stored or self._stored[-1] != entry.line:
                self._stored.append(entry.line)

    def __len__(self) -> int:
        return len(self._session) + len(self._stored)

    def __repr__(self) -> str:
        more = "" if self._complete else ", more to load"
        return f"<Recall {len(self._session)} of this session, {len(self._stored)} earlier{more}>"
