"""A terminal on which a table may become longer than the screen: then all of it goes through a pager.

What fits is written as it comes. With the line that no longer fits a pager is started, which is given what was written
so far, too; so nothing is held back from the eye, and nothing is missing when one scrolls up.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from azos_shell.bus.call import Output, Reader, ShellView

_LINES_OF_THE_SHELL = 2
"""The prompt and the line above it: what is as long as the screen without them can still be seen whole."""


class PagedScreen:
    """A terminal, and perhaps a pager on it. ``only_for_reader``: what is not seen need not be made."""

    def __init__(self, output: Output, shell: ShellView, *, only_for_reader: bool) -> None:
        self._output = output
        self._shell = shell
        self._only_for_reader = only_for_reader
        self._hear: Callable[[bytes], None] | None = getattr(output, "hear", None)
        self._so_far: list[bytes] | None = []
        self._lines_left = _lines_of(output)
        self._pager: Reader | None = None
        self._act: Callable[[], None] | None = None
        self._stop: Callable[[], None] | None = None
        self.had_enough = False
        """Whether the person has left the pager before the end."""

    async def write(self, data: bytes) -> None:
        """Show it. Raises BrokenPipeError if the person has left and what is written is for nobody else."""
        if self._so_far is not None:
            self._so_far.append(data)
            self._lines_left -= data.count(b"\n")
            if self._lines_left < 0:
                seen, self._so_far = b"".join(self._so_far), None
                self._pager = await self._shell.open_pager()
                if self._pager is not None:
                    self._watch()
                    await self._give(seen)
                    self._heard(data)
                    return
        if self._pager is None:
            self._output.write(data)
            await self._output.drain()
            return
        await self._give(data)
        self._heard(data)

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when the person leaves the pager; returns what ends the watch."""
        self._act = act
        self._watch()
        return self.end_watch

    async def close(self) -> None:
        """All is written: wait until the person has seen enough."""
        self.end_watch()
        pager, self._pager = self._pager, None
        if pager is not None:
            await pager.close()

    async def _give(self, data: bytes) -> None:
        assert self._pager is not None
        if not self.had_enough:
            try:
                self._pager.write(data)
                await self._pager.drain()
            except BrokenPipeError:
                self.had_enough = True
        if self.had_enough and self._only_for_reader:
            raise BrokenPipeError

    def _heard(self, data: bytes) -> None:
        if self._hear is not None:
            self._hear(data)

    def _watch(self) -> None:
        if self._pager is not None and self._act is not None and self._stop is None:
            self._stop = self._pager.when_reader_leaves(self._left)

    def _left(self) -> None:
        self.had_enough = True
        if self._act is not None:
            self._act()

    def end_watch(self) -> None:
        """Nobody wants to know any more when the person leaves."""
        self._act = None
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def __repr__(self) -> str:
        return f"<PagedScreen {self._pager!r}>"


def _lines_of(output: Output) -> int:
    try:
        return max(1, os.get_terminal_size(output.fileno()).lines - _LINES_OF_THE_SHELL)
    except OSError:
        return 1_000_000
