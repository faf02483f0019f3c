"""What Tab does: insert the only candidate, else what all have in common, else go through a menu of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any

from prompt_toolkit.document import Document

from azos_shell.repl.background import settled
from azos_shell.repl.candidates import Candidate, find_candidates
from azos_shell.repl.host import ReplHost
from azos_shell.repl.line_buffer import LineBuffer
from azos_shell.repl.menu import Menu
from azos_shell.repl.quoting import quoted
from azos_shell.repl.site import Kind, Site, site_at

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Completing:
    """The state of one completion: the site it began at and the menu of its candidates."""

    def __init__(self, host: ReplHost, buffer: LineBuffer, menu: Menu, *, spawn: Spawn) -> None:
        self._host = host
        self._buffer = buffer
        self._menu = menu
        self._spawn = spawn
        self._site: Site | None = None
        self._inserting = False

    def tab(self) -> None:
        """Tab was pressed."""
        if self._menu.shown:
            self.move(1)
            return
        document = self._buffer.document
        site, found = self._look(document)
        if settled(found):
            self._offer(site, found.result(0))
        else:
            self._spawn(self._offer_later(site, document, found))

    def _look(self, document: Document) -> tuple[Site, Future[list[Candidate]]]:
        """What stands at the cursor, and what it could become."""
        site = site_at(document.text_before_cursor, self._host.get)
        return site, find_candidates(site, self._host)

    def move(self, count: int) -> None:
        """Select another candidate of the menu and put it into the line."""
        chosen = self._menu.move(count)
        if chosen is not None and self._site is not None:
            self._insert(self._site, chosen.value, chosen.ending if chosen.ending == "/" else "")

    def changed(self) -> None:
        """The line or its cursor changed: unless by ourselves, the menu is out of date."""
        if self._menu.shown and not self._inserting:
            self._menu.hide()

    async def _offer_later(self, site: Site, document: Document, found: Future[list[Candidate]]) -> None:
        candidates = await asyncio.wrap_future(found)
        if self._buffer.document == document:
            self._offer(site, candidates)

    def _offer(self, site: Site, candidates: Sequence[Candidate]) -> None:
        if not candidates:
            return
        if len(candidates) == 1:
            only = candidates[0]
            closing = site.quote if only.ending == " " and site.kind is not Kind.VARIABLE else ""
            self._insert(site, only.value, closing + only.ending)
            return
        common = _common_start([candidate.value for candidate in candidates])
        if len(common) > len(site.typed):
            self._insert(site, common)
        else:
            self._site = site
            self._menu.show(candidates)

    def _insert(self, site: Site, value: str, ending: str = "") -> None:
        document = self._buffer.document
        after = document.text_after_cursor
        verbatim = site.kind is Kind.VARIABLE or value == "~"
        word = value if verbatim else quoted(value, site.quote, leading=not site.directory)
        kept = len(_overlap(ending, after))
        text = document.text[: site.start] + word + ending
        self._inserting = True
        try:
            self._buffer.save_to_undo_stack()
            self._buffer.put(text + after[kept:], len(text))
        finally:
            self._inserting = False


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    for index, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:index]
    return first


def _overlap(ending: str, after: str) -> str:
    """What of the ending is there already, as when completing inside ``"…"``."""
    return _common_start([ending, after])
