"""The runs of ``watch``: what is run, what each run gave, and when it was the last."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from azos_shell.commands.watch_output import WatchOutput
from azos_shell.commands.watch_pace import Pace
from azos_shell.core.frozen import frozen
from azos_shell.core.values import Chunk, Records
from azos_shell.rendering import formatter
from azos_shell.shell.items import Item

if TYPE_CHECKING:
    from azos_shell.language.tree import CommandList
    from azos_shell.rendering.formats import Formatter
    from azos_shell.shell.interpreter import Interpreter


@frozen
class Wish:
    """What is to be run, and when it is enough; ``times`` is 0 for no limit."""

    commands: CommandList
    text: str
    until_change: bool
    until_error: bool
    times: int


@frozen
class Run:
    """What one run gave. Its output is to be forgotten by who takes it."""

    output: WatchOutput
    digest: bytes
    status: int
    seconds: float
    moment: str


class Runs:
    """The runs of one call. ``status`` is the exit status that it ends with."""

    def __init__(self, shell: Interpreter, wish: Wish, pace: Pace, *, most_bytes: int | None) -> None:
        self.status = 0
        self.pace = pace
        self.wait_seconds = pace.interval_seconds
        self.is_enough = False
        self.is_changed = True
        """Whether the last one's output or status differs from that of the one before."""
        self.last: Run | None = None
        self.going_on: WatchOutput | None = None
        """The output of the one that is under way."""
        self._shell = shell
        self._wish = wish
        self._most_bytes = most_bytes
        self._count = 0

    async def run(self) -> Run:
        """Run the command once; cancelled, it is ended."""
        self.going_on = output = WatchOutput(self._most_bytes)
        item = Item(self._shell, self._wish.text, output)
        try:
            ending = await item.run(self._wish.commands, None)
        finally:
            self.going_on = None
        moment = time.strftime("%H:%M:%S", time.localtime(self._shell.runtime.services.clock.wall()))
        run = Run(output, output.digest, ending.status, ending.seconds, moment)
        self._count_in(run)
        return run

    def _count_in(self, run: Run) -> None:
        before, self.last = self.last, run
        self._count += 1
        self.wait_seconds = self.pace.after(run.status)
        self.is_changed = before is None or (run.digest, run.status) != (before.digest, before.status)
        if self._wish.until_error and run.status:
            self.status = run.status
            self.is_enough = True
        if self._wish.until_change and before is not None and run.digest != before.digest:
            self.is_enough = True
        if self._count == self._wish.times:
            self.is_enough = True

    def __repr__(self) -> str:
        return f"<Runs of {self._wish.text!r}: {self._count}, {self.pace!r}>"


def as_bytes(chunks: Iterable[Chunk], width: int, *, colour: bool) -> Iterator[bytes]:
    """An output as it is shown: records as a table."""
    table: Formatter | None = None
    for chunk in chunks:
        if isinstance(chunk, Records):
            table = table or formatter("table", width=width, colour=colour)
            yield table.feed(chunk)
            continue
        if table is not None:
            yield table.finish()
            table = None
        yield chunk
    if table is not None:
        yield table.finish()
