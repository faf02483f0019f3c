"""Ctrl-R: the newest earlier line that holds what is typed, found as it is typed.

What is loaded already is searched at once; the store searches the whole history in its own time, one query
at once, and its answer is merged in. Letters match both cases unless the query holds a capital.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from itertools import islice
from typing import Any

from prompt_toolkit.document import Document

from azos_shell.language.visible import visible
from azos_shell.repl.background import settled
from azos_shell.repl.line_buffer import LineBuffer
from azos_shell.repl.recall import Recall

Spawn = Callable[[Coroutine[Any, Any, None]], object]

MATCHES = 500
LOCAL_LINES = 2_000
"""Searched while a key is handled: under a millisecond."""


class LineSearch:
    """The query, the lines that match it and which of them is shown."""

    def __init__(
        self, recall: Recall, buffer: LineBuffer, *, spawn: Spawn, redraw: Callable[[], None]
    ) -> None:
        self._recall = recall
        self._buffer = buffer
        self._spawn = spawn
        self._redraw = redraw
        self.active = False
        self.query = ""
        self._last_query = ""
        self._matches: list[str] = []
        self._shown: int | None = None
        self._failed = False
        self._original = Document()
        self._pending: Future[list[str]] | None = None
        self._asked = ""

    def start(self) -> None:
        """Begin with an empty query."""
        self.active = True
        self.query = ""
        self._matches, self._shown, self._failed = [], None, False
        self._original = self._buffer.document

    def type(self, text: str) -> None:
        """More of the query."""
        self.query += text
        self._look()

    def erase(self) -> None:
        """Less of the query."""
        self.query = self.query[:-1]
        self._look()

    def older(self) -> None:
        """The next older match; with an empty query, the last search again."""
        if not self.query:
            self.query = self._last_query
            self._look()
            return
        following = 0 if self._shown is None else self._shown + 1
        if following >= len(self._matches):
            self.settle()
        self._show(following)

    def newer(self) -> None:
        """Back to a newer match."""
        if self._shown:
            self._show(self._shown - 1)

    def settle(self) -> None:
        """Wait for the store's answer, but only for a moment."""
        while self._pending is not None and settled(self._pending):
            self._arrived(self._pending)

    def accept(self) -> None:
        """Leave the search; the line found stays."""
        self.settle()
        self.active = False
        self._last_query = self.query

    def abort(self) -> None:
        """Leave the search; the line is as it was before."""
        self.active = False
        self._last_query = self.query
        self._buffer.document = self._original

    @property
    def label(self) -> str:
        """What stands in place of the prompt."""
        failed = "failed " if self._failed else ""
        return f"({failed}reverse-i-search)'{visible(self.query)}': "

    def _look(self) -> None:
        if not self.query:
            self._matches, self._shown, self._failed = [], None, False
            self._buffer.document = self._original
            return
        self._merge(self._local())
        if self._pending is None:
            self._ask()

    def _local(self) -> list[str]:
        return [line for line in islice(self._recall.loaded(), LOCAL_LINES) if self._hit(line) >= 0]

    def _hit(self, line: str) -> int:
        return line.find(self.query) if self.query != self.query.lower() else line.lower().find(self.query)

    def _ask(self) -> None:
        self._asked = self.query
        self._pending = self._recall.search(self.query, MATCHES)
        self._spawn(self._wait(self._pending))

    async def _wait(self, answer: Future[list[str]]) -> None:
        await asyncio.wrap_future(answer)
        self._arrived(answer)

    def _arrived(self, answer: Future[list[str]]) -> None:
        if answer is not self._pending:
            return
        self._pending = None
        if not self.active or not self.query:
            return
        if self._asked != self.query:
            self._ask()
            return
        stored = (line for line in answer.result(0) if self._hit(line) >= 0)
        self._merge([*self._local(), *stored])
        self._redraw()

    def _merge(self, lines: Iterable[str]) -> None:
        before = self._matches[self._shown] if self._shown is not None and self._matches else None
        self._matches = list(dict.fromkeys(lines))
        if before in self._matches and self._shown:
            self._show(self._matches.index(before))
        else:
            self._show(0)

    def _show(self, index: int) -> None:
        if index >= len(self._matches):
            self._failed = self._pending is None
            if not self._matches:
                self._shown = None
            return
        self._failed, self._shown = False, index
        line = self._matches[index]
        self._buffer.put(line, max(0, self._hit(line)))

    def __repr__(self) -> str:
        state = f"{self.query!r}, {len(self._matches)} matches" if self.active else "at rest"
        return f"<LineSearch {state}>"
