"""``watch``: a command again and again, and what has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from azos_shell.bus.delivery import colour_wanted
from azos_shell.commands.command_words import command_of
from azos_shell.commands.watch_pace import Pace
from azos_shell.commands.watch_screen import WatchScreen
from azos_shell.core.frozen import frozen
from azos_shell.language.quoting import quote
from azos_shell.language.visible import visible
from azos_shell.plugin import Argument, Call, Chunk, Option, Records, UsageError, command, ensure_loop
from azos_shell.rendering import formatter
from azos_shell.rendering.formats import Formatter
from azos_shell.rendering.screen_text import Line, painted, screen_lines
from azos_shell.rendering.text import duration
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.items import Item

if TYPE_CHECKING:
    from azos_shell.language.tree import CommandList

SHORTEST_SECONDS = 0.1
_SIZE_SECONDS = 0.25
"""How often the size of the terminal is looked at while nothing else happens."""

_HEAD_LINES = 2
_SHOWN_BYTES = 2**20
"""What is looked at of one output: more than any screen holds."""


@frozen
class _Wish:
    """What is to be run, and when it is enough."""

    commands: CommandList
    text: str
    marks_changes: bool
    colour: bool
    title: bool
    until_change: bool
    until_error: bool
    times: int


@command(
    "watch",
    options_first=True,
    usage="watch [OPTIONS] COMMAND [ARGUMENT…]",
    category="Data",
)
async def watch(
    call: Call,
    *words: Annotated[str, Argument(metavar="COMMAND", complete="command", help="what to run")],
    interval: Annotated[float, Option("-n", help="seconds between two runs, 0.1 at least")] = 2.0,
    no_differences: Annotated[bool, Option("-D", help="do not show what has changed")] = False,
    color: Annotated[bool, Option("-c", help="keep the colours that the command writes")] = False,
    no_title: Annotated[
        bool, Option("-t", help="no line above that tells interval, command and time")
    ] = False,
    chgexit: Annotated[bool, Option("-g", help="end when the output changes")] = False,
    errexit: Annotated[bool, Option("-e", help="end, with its status, when the command fails")] = False,
    times: Annotated[int, Option(metavar="N", help="end after N runs")] = 0,
) -> AsyncIterator[Chunk]:
    """Run a command again and again, and show what it writes and what of that has changed.

    COMMAND is words, or one quoted command line. It runs in a subshell without the terminal; built-in commands
    are answered from the cache where they may be. On a terminal the screen is watch's own until it ends: what
    differs from the run before is shown reversed, `q` or Ctrl-C ends it, the space bar runs the command now.
    Elsewhere each output that differs from the one before is written under a line that tells when it came.

    While the command fails the interval doubles, up to a minute. `command watch` is watch(1).

    Exit status:
        0; with -e that of the command that failed; 130 after Ctrl-C; 2 if it was called wrongly.

    Examples:
        $ watch -n 0.1 --times 2 'echo same' | tail -n 1
        same
        $ watch -n 0.1 -e 'echo hi; exit 3' | tail -n 1; echo ${PIPESTATUS[0]}
        hi
        3
    """
    shell: Interpreter = call.shell
    if interval < SHORTEST_SECONDS:
        raise UsageError(f"-n: the shortest interval is {SHORTEST_SECONDS:g} seconds")
    if times < 0:
        raise UsageError("--times N is not negative")
    commands = command_of(words, shell.state.alias)
    text = words[0] if len(words) == 1 else " ".join(map(quote, words))
    wish = _Wish(commands, text, not no_differences, color, not no_title, chgexit, errexit, times)
    await ensure_loop()
    watched = _Watch(call, wish, Pace(interval))
    if call.stdout.is_terminal() and shell.get("TERM") not in (None, "", "dumb"):
        await watched.on_screen()
        return
    chunks = watched.in_turn()
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        await chunks.aclose()


@frozen
class _Run:
    """What one run gave."""

    output: bytes
    status: int
    seconds: float
    moment: str


class _Watch:
    """One call of watch."""

    def __init__(self, call: Call, wish: _Wish, pace: Pace) -> None:
        self._call = call
        self._shell: Interpreter = call.shell
        self._wish = wish
        self._pace = pace
        self._runs = 0
        self._wait_seconds = pace.interval_seconds
        self._is_over = False
        self._lines: list[Line] = []
        self._before: list[Line] | None = None
        self._last: _Run | None = None
        self._woken = asyncio.Event()
        """A key was pressed, or the screen is to be drawn anew."""

    # -- on a terminal -------------------------------------------------------------------------------------------

    async def on_screen(self) -> None:
        """Until it is enough, on the terminal's other screen; what was last shown is left behind."""
        with WatchScreen(self._call, self._pressed, self._woken.set) as screen:
            while not self._is_over:
                before = self._last
                self._last = await self._run_with(screen)
                self._take_lines(screen, self._last, before)
                self._draw(screen)
                if self._is_enough(self._last, before):
                    break
                await self._wait(screen)
        if self._last is not None and (self._wish.until_change or self._wish.until_error or self._wish.times):
            self._call.stdout.write(self._last.output)

    def _pressed(self, key: str) -> None:
        if key in "qQ":
            self._is_over = True
        if key in "qQ \r\n":
            self._woken.set()

    async def _run_with(self, screen: WatchScreen) -> _Run:
        """One run; one that takes its time is ended by ``q``."""
        running = asyncio.ensure_future(self._run(screen.size[0]))
        try:
            if self._last is None:
                self._draw(screen)
            while not running.done() and not self._is_over:
                woken = asyncio.ensure_future(self._woken.wait())
                await asyncio.wait({running, woken}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                self._woken.clear()
                if not running.done():
                    self._draw(screen)
            if running.done():
                return running.result()
        finally:
            running.cancel()
            await asyncio.wait({running})
        return self._last or _Run(b"", 0, 0.0, "")

    async def _wait(self, screen: WatchScreen) -> None:
        """Until the next run is due, or asked for; a terminal of another size is drawn anew."""
        loop = asyncio.get_running_loop()
        due, size = loop.time() + self._wait_seconds, screen.size
        while not self._is_over and (left := due - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, _SIZE_SECONDS)):
                    await self._woken.wait()
            except TimeoutError:
                if screen.size == size:
                    continue
                size = screen.size
                if self._last is not None:
                    self._take_lines(screen, self._last, None)
                self._draw(screen)
                continue
            self._woken.clear()
            return

    def _take_lines(self, screen: WatchScreen, run: _Run, before: _Run | None) -> None:
        width, height = screen.size
        lines = screen_lines(run.output, width, self._room(height), colour=self._wish.colour)
        self._before = self._lines if before is not None and self._wish.marks_changes else None
        self._lines = lines

    def _room(self, height: int) -> int:
        return max(1, height - _HEAD_LINES) if self._wish.title else height

    def _draw(self, screen: WatchScreen) -> None:
        width, height = screen.size
        head = self._head(width) if self._wish.title else []
        rows = []
        for index, line in enumerate(self._lines[: self._room(height)]):
            if self._before is None:
                rows.append(painted(line, None))
            else:
                rows.append(painted(line, self._before[index] if index < len(self._before) else []))
        screen.draw([*head, *rows])

    def _head(self, width: int) -> list[str]:
        left = f"Every {self._pace.interval_seconds:g}s: {visible(' '.join(self._wish.text.split()))}"
        if self._last is None:
            right = "running"
        else:
            right = f"{duration(self._last.seconds)} · {self._last.moment}"
            if self._last.status:
                right = f"exit {self._last.status}, again in {self._wait_seconds:g}s · {right}"
        room = width - len(right) - 2
        if room < len("Every"):
            return [left[:width], ""]
        if len(left) > room:
            left = left[: room - 1] + "…"
        return [f"{left:{room}}  {right}", ""]

    # -- elsewhere -----------------------------------------------------------------------------------------------

    async def in_turn(self) -> AsyncGenerator[Chunk, None]:
        """Each output that differs from the one before, under a line that tells of it."""
        before: _Run | None = None
        while True:
            run = await self._run(80)
            if before is None or (run.output, run.status) != (before.output, before.status):
                if self._wish.title:
                    status = f" · exit {run.status}" if run.status else ""
                    yield f"--- {run.moment} · {duration(run.seconds)}{status}\n".encode()
                yield run.output
            if self._is_enough(run, before):
                return
            before = run
            await asyncio.sleep(self._wait_seconds)

    # -- both ----------------------------------------------------------------------------------------------------

    async def _run(self, width: int) -> _Run:
        clock = self._shell.runtime.services.clock
        moment = time.strftime("%H:%M:%S", time.localtime(clock.wall()))
        item = Item(self._shell, self._wish.text)
        try:
            ending = await item.run(self._wish.commands, None)
            output = b"".join(self._bytes_of(item, width))
        finally:
            item.forget()
        return _Run(output, ending.status, ending.seconds, moment)

    def _bytes_of(self, item: Item, width: int) -> list[bytes]:
        """What it wrote, as far as it may be seen; records as a table."""
        pieces: list[bytes] = []
        size = 0
        table: Formatter | None = None
        for chunk in chain(item.output.chunks_kept(), item.errors.chunks_kept()):
            if size >= _SHOWN_BYTES and self._call.stdout.is_terminal():
                break
            if isinstance(chunk, Records):
                table = table or self._table(width)
                chunk = table.feed(chunk)
            elif table is not None:
                pieces.append(table.finish())
                table = None
            pieces.append(chunk)
            size += len(chunk)
        if table is not None:
            pieces.append(table.finish())
        return pieces

    def _table(self, width: int) -> Formatter:
        colour = self._wish.colour and colour_wanted(self._call.stdout, self._shell)
        return formatter("table", width=width, colour=colour)

    def _is_enough(self, run: _Run, before: _Run | None) -> bool:
        self._runs += 1
        self._wait_seconds = self._pace.after(run.status)
        if self._wish.until_error and run.status:
            self._call.status = run.status
            return True
        if self._wish.until_change and before is not None and run.output != before.output:
            return True
        return bool(self._wish.times) and self._runs >= self._wish.times

    def __repr__(self) -> str:
        return f"<_Watch {self._wish.text!r}, {self._runs} runs>"


COMMANDS = (watch,)
