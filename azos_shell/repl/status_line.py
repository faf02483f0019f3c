"""The control that draws the bar: it hands out a line that the sampler has put there and computes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prompt_toolkit.layout.controls import UIContent, UIControl

from azos_shell.repl.bar import Segment, fitted, segments
from azos_shell.repl.host import Figures

IDLE_SECONDS = 1.0
BUSY_SECONDS = 0.5


class StatusLine(UIControl):
    """The newest figures, and the line they make at the width last drawn."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._segments: list[Segment] = []
        self._busy = False
        self._content: dict[int, UIContent] = {}

    def sample(self) -> bool:
        """Take the figures anew; True if that changes what is shown."""
        figures = self._figures()
        self._busy = figures.running_jobs > 0 or figures.queued > 0
        fresh = segments(figures)
        if fresh == self._segments:
            return False
        self._segments = fresh
        self._content.clear()
        return True

    async def keep_sampling(self, redraw: Callable[[], None]) -> None:
        """Sample for ever, seldom while nothing runs; ``redraw`` is called only when the bar changed."""
        while True:
            await asyncio.sleep(BUSY_SECONDS if self._busy else IDLE_SECONDS)
            if self.sample():
                redraw()

    def create_content(self, width: int, height: int) -> UIContent:
        """The ready line."""
        content = self._content.get(width)
        if content is None:
            line = fitted(self._segments, width)
            content = UIContent(lambda _: list(line), line_count=1, show_cursor=False)
            self._content[width] = content
        return content

    def preferred_height(
        self, width: int, max_available_height: int, wrap_lines: bool, get_line_prefix: object
    ) -> int:
        """One row, at any width."""
        return 1

    def __repr__(self) -> str:
        return f"<StatusLine {' │ '.join(segment.text for segment in self._segments)!r}>"
