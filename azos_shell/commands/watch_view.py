"""The view of ``watch``: the last output on the screen, what differs in it, and a line above that tells of the runs."""

from __future__ import annotations

import asyncio
from typing import Final

from azos_shell.commands.watch_run import Run, Runs, as_bytes
from azos_shell.commands.watch_screen import WatchScreen
from azos_shell.core.values import Chunk
from azos_shell.language.visible import visible
from azos_shell.plugin import Call
from azos_shell.rendering.layout import cell_width, fit
from azos_shell.rendering.screen_text import Line, counterparts, painted, screen_lines
from azos_shell.rendering.text import duration
from azos_shell.scheduling.stopping import stopped

SHOWN_BYTES: Final = 2**18
"""What is kept of one output: more than any screen holds."""

_TICK_SECONDS: Final = 0.25
"""How often the size of the terminal is looked at: SIGWINCH is the line editor's."""

_LONG_SECONDS: Final = 1.0
"""From then on a run is said to be under way."""


class WatchView:
    """One call of watch on a terminal."""

    def __init__(
        self, call: Call, runs: Runs, text: str, *, title: bool, colour: bool, marks_changes: bool
    ) -> None:
        self._call = call
        self._runs = runs
        self._text = text
        self._title = title
        self._colour = colour
        self._marks_changes = marks_changes
        self._shown: list[Chunk] = []
        self._before: list[Chunk] | None = None
        self._has_shown = False
        self._is_left = self._is_asked_for = self._is_stale = False
        self._size = (0, 0)
        """What it was drawn for."""
        self._woken = asyncio.Event()
        """A key was pressed, the run has ended, or the screen is to be drawn anew."""

    async def show(self) -> None:
        """Until it is enough or left with ``q``; what it ends with by itself stays on the terminal."""
        with WatchScreen(self._call, self._pressed, self._redraw) as screen:
            while not self._is_left:
                await self._run(screen)
                if self._is_left or self._runs.is_enough:
                    break
                await self._wait(screen)
        if not self._is_left:
            width, height = screen.size
            lines = self._lines(self._shown, width, height)
            self._call.stdout.write("".join(f"{painted(line, None)}\n" for line in lines).encode())

    def _pressed(self, key: str) -> None:
        self._is_left = self._is_left or key in "qQ"
        self._is_asked_for = self._is_asked_for or key in " \r\n"
        self._woken.set()

    def _redraw(self) -> None:
        self._is_stale = True
        self._woken.set()

    async def _run(self, screen: WatchScreen) -> None:
        """One run. Left meanwhile, it is ended."""
        clock = self._call.services.clock
        started = clock.monotonic()
        running = asyncio.ensure_future(self._runs.run())
        running.add_done_callback(lambda _: self._woken.set())
        self._is_stale = self._is_stale or self._runs.last is None
        try:
            while not running.done() and not self._is_left:
                await self._tick(screen, _TICK_SECONDS, running_seconds=clock.monotonic() - started)
        finally:
            if not running.done():
                await stopped(running)
        if not self._is_left:
            self._take(running.result())
            self._draw(screen)

    async def _wait(self, screen: WatchScreen) -> None:
        """Until the next run is due, or asked for."""
        clock = self._call.services.clock
        due = clock.monotonic() + self._runs.wait_seconds
        self._is_asked_for = False
        while not self._is_left and not self._is_asked_for and (left := due - clock.monotonic()) > 0:
            await self._tick(screen, min(left, _TICK_SECONDS))

    async def _tick(self, screen: WatchScreen, seconds: float, running_seconds: float | None = None) -> None:
        """Wait so long, or until something happens; then draw anew what is no longer as it was drawn."""
        is_long = running_seconds is not None and running_seconds >= _LONG_SECONDS
        if self._is_stale or is_long or screen.size != self._size:
            self._draw(screen, running_seconds if is_long else None)
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    def _take(self, run: Run) -> None:
        self._before = self._shown if self._has_shown else None
        self._has_shown = True
        self._shown = list(run.output.chunks_kept())
        run.output.forget()

    def _draw(self, screen: WatchScreen, running_seconds: float | None = None) -> None:
        self._is_stale = False
        self._size = width, height = screen.size
        rows = [self._head(width, running_seconds), ""] if self._title else []
        room = max(1, height - len(rows))
        going_on = self._runs.going_on
        if self._runs.last is None and going_on is not None:
            lines = self._lines([going_on.written_so_far()], width, room)
        else:
            lines = self._lines(self._shown, width, room)
        if self._before is None or not self._marks_changes:
            rows += [painted(line, None) for line in lines]
        else:
            before = counterparts(lines, self._lines(self._before, width, room))
            rows += [painted(line, then) for line, then in zip(lines, before, strict=True)]
        screen.draw(rows, height)

    def _lines(self, chunks: list[Chunk], width: int, room: int) -> list[Line]:
        data = b"".join(as_bytes(chunks, width, colour=self._colour))
        return screen_lines(data, width, room, colour=self._colour)

    def _head(self, width: int, running_seconds: float | None) -> str:
        return head(
            self._text,
            self._runs.pace.interval_seconds,
            width,
            last=self._runs.last,
            wait_seconds=self._runs.wait_seconds,
            running_seconds=running_seconds,
        )

    def __repr__(self) -> str:
        return f"<WatchView of {self._runs!r}>"


def head(
    text: str,
    interval_seconds: float,
    width: int,
    *,
    last: Run | None,
    wait_seconds: float,
    running_seconds: float | None,
) -> str:
    """The line above, no wider than ``width`` cells: the command gives way to what became of it."""
    left = f"Every {interval_seconds:g}s: {visible(' '.join(text.split()))}"
    told = []
    if last is not None and last.status:
        told.append(f"exit {last.status}, again in {wait_seconds:g}s")
    if last is None or running_seconds is not None:
        told.append("running" + (f" for {duration(running_seconds)}" if running_seconds else ""))
    else:
        told.append(duration(last.seconds))
    if last is not None:
        told.append(last.moment)
    right = " · ".join(told)
    room = width - cell_width(right) - 2
    if room < len("Every"):
        return fit(right, width, right=False).rstrip()
    return f"{fit(left, room, right=False)}  {right}"
