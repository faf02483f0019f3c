"""A session: statements and dot commands run one after the other on one connection, each shown as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from itertools import takewhile
from typing import Any

from azos_shell.bus.delivery import Delivery, colour_wanted, terminal_width
from azos_shell.bus.run import STALL_SECONDS
from azos_shell.commands.sql_dot import Dot, dot_of
from azos_shell.commands.sql_pieces import Piece
from azos_shell.commands.sql_side import Side
from azos_shell.plugin import AzosError, Call, Chunk, Records
from azos_shell.rendering import FORMATS, formatter
from azos_shell.rendering.formats import Formatter
from azos_shell.rendering.harmless import harmless
from azos_shell.rendering.text import duration
from azos_shell.scheduling.stopping import stopped

_SHORT_NAMES = {"md": "markdown"}


class Session:
    """What lasts from one statement to the next: the format, whether times are told.

    ``parameters`` are the side's own. ``counts`` tells after a statement without rows how many it has changed.
    """

    def __init__(self, call: Call, side: Side, *, counts: bool = False) -> None:
        self.call = call
        self.side = side
        self.format = call.format or ("table" if call.stdout.is_terminal() else "jsonl")
        self.timer = False
        self._counts = counts
        self._clock = call.services.clock

    async def answered(self, piece: Piece) -> AsyncGenerator[Chunk, None]:
        """Run one piece and yield its rows as they are, and the text of what gives text. Raises AzosError."""
        started, before = self._clock.monotonic(), self.side.changes
        had_rows = False
        async with aclosing(self._chunks_of(piece)) as chunks:
            async for chunk in chunks:
                had_rows = True
                yield chunk
        if piece.is_dot:
            return
        if self._counts and not had_rows and (changed := self.side.changes - before):
            self._tell(f"{changed} row{'' if changed == 1 else 's'} changed\n")
        if self.timer:
            self._tell(f"time: {duration(self._clock.monotonic() - started)}\n")

    async def run_together(self, pieces: Sequence[Piece]) -> int:
        """Run as many of these as give no rows and go well, from the first; how many. Not where each is timed."""
        if self.timer or self._counts:
            return 0
        quiet = list(takewhile(lambda piece: piece.is_quiet, pieces))
        return await self.side.run_together([piece.text for piece in quiet]) if len(quiet) > 1 else 0

    async def said(self, piece: Piece) -> AsyncGenerator[bytes, None]:
        """The same as bytes, the rows in the format of the moment."""
        started = self._clock.monotonic()
        shown: Formatter | None = None
        async with aclosing(self.answered(piece)) as chunks, aclosing(_with_stalls(chunks)) as paced:
            async for chunk in paced:
                if isinstance(chunk, bytes):
                    yield chunk
                elif chunk is not None:
                    shown = shown or self._formatter()
                    yield shown.feed(chunk)
                elif shown is not None:
                    yield shown.flush()
        if shown is not None:
            yield shown.finish(self._clock.monotonic() - started)

    async def deliver(self, piece: Piece) -> None:
        """The same to the person at the terminal, through a pager what is longer than the screen."""
        started = self._clock.monotonic()
        task = asyncio.current_task()
        assert task is not None
        delivery = Delivery(self.call, self.format, only_for_reader=piece.only_reads)

        def leave() -> None:
            task.cancel()

        stop_watch = delivery.when_reader_leaves(leave) if piece.only_reads else None
        try:
            if await self._delivered(piece, delivery):
                await delivery.finish(self._clock.monotonic() - started)
        except BrokenPipeError:
            if not delivery.had_enough:
                raise
        except asyncio.CancelledError:
            if not delivery.had_enough:
                raise
            task.uncancel()  # nobody ends the statement but the one who left the pager
        finally:
            if stop_watch is not None:
                stop_watch()
            await delivery.close()

    async def _delivered(self, piece: Piece, delivery: Delivery) -> bool:
        """Whether there were rows."""
        had_rows = False
        async with aclosing(self.answered(piece)) as chunks, aclosing(_with_stalls(chunks)) as paced:
            async for chunk in paced:
                if chunk is None:
                    await delivery.flush()
                else:
                    had_rows |= isinstance(chunk, Records)
                    await delivery.put(chunk)
        return had_rows

    def _chunks_of(self, piece: Piece) -> AsyncGenerator[Chunk, None]:
        if not piece.is_dot:
            return self.side.answer(piece.text)
        dot = dot_of(piece.text)
        match dot.name:
            case "tables":
                return self.side.answer(self.side.dialect.tables, {"name": dot.argument})
            case "indexes":
                return self.side.answer(self.side.dialect.indexes, {"name": dot.argument})
        return self._of_dot(dot)

    def _formatter(self) -> Formatter:
        output, shell = self.call.stdout, self.call.shell
        return formatter(
            self.format,
            width=terminal_width(output),
            colour=colour_wanted(output, shell),
            for_terminal=output.is_terminal(),
        )

    def _text(self, text: str) -> bytes:
        """Text out of the database, harmless where a terminal shows it."""
        return _encoded(harmless(text) if self.call.stdout.is_terminal() else text)

    # -- dot commands ------------------------------------------------------------------------------------------

    def _of_dot(self, dot: Dot) -> AsyncGenerator[bytes, None]:
        match dot.name:
            case "schema":
                return self._schema(dot.argument)
            case "explain":
                return self._plan(dot)
            case "mode":
                return self._said(lambda: self._set_mode(dot.argument))
            case "timer":
                return self._said(lambda: self._set_timer(dot.argument))
        raise AzosError(f".{dot.name} only means something at the prompt of sql")

    async def _schema(self, name: str | None) -> AsyncGenerator[bytes, None]:
        found = False
        async for text in self._texts(self.side.answer(self.side.dialect.schema, {"name": name})):
            found = True
            yield self._text(f"{text}\n")
        if name is not None and not found:
            raise AzosError(f"no such table, view, index or trigger: {name}")

    async def _plan(self, dot: Dot) -> AsyncGenerator[bytes, None]:
        if dot.argument is None:
            raise AzosError(".explain needs a query")
        batches = self.side.explain(dot.argument)
        rows: list[tuple[Any, ...]] = []
        async with aclosing(batches):
            async for batch in batches:
                rows += batch.rows
        yield self._text(plan_text(rows))

    async def _texts(self, batches: AsyncGenerator[Records, None]) -> AsyncGenerator[str, None]:
        async with aclosing(batches):
            async for batch in batches:
                for text, *_ in batch.rows:
                    yield text

    async def _said(self, act: Callable[[], str]) -> AsyncGenerator[bytes, None]:
        yield act().encode()

    def _set_mode(self, mode: str | None) -> str:
        if mode is None:
            return f"{self.format}\n"
        mode = _SHORT_NAMES.get(mode, mode)
        if mode not in FORMATS:
            raise AzosError(f".mode: {mode!r} is none of {', '.join(FORMATS)}")
        self.format = mode
        return ""

    def _set_timer(self, state: str | None) -> str:
        if state is None:
            return f"{'on' if self.timer else 'off'}\n"
        if state not in ("on", "off"):
            raise AzosError(f".timer: {state!r} is neither on nor off")
        self.timer = state == "on"
        return ""

    def _tell(self, text: str) -> None:
        self.call.stderr.write(text.encode())

    def __repr__(self) -> str:
        return f"<Session {self.side!r}, {self.format}>"


async def _with_stalls(chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk | None, None]:
    """The chunks, and None while the next is slow to come: what a table holds back is then to be shown."""
    ended = Records((), [])
    while True:
        following = asyncio.ensure_future(anext(chunks, ended))
        try:
            done, _ = await asyncio.wait({following}, timeout=STALL_SECONDS)
            if not done:
                yield None
                await asyncio.wait({following})
        except BaseException:
            await stopped(following)  # a source that still runs can't be closed
            raise
        chunk = following.result()
        if chunk is ended:
            return
        yield chunk


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def plan_text(rows: list[tuple[Any, ...]]) -> str:
    """SQLite's rows of a plan (id, parent, unused, detail) as a tree; a plan that is text already stays as it is."""
    if rows and len(rows[0]) != 4:
        return "".join(f"{row[-1]}\n" for row in rows)
    children: dict[int, list[tuple[int, str]]] = {}
    for identifier, parent, _, detail in rows:
        children.setdefault(parent, []).append((identifier, detail))
    lines: list[str] = []

    def add(parent: int, indent: str) -> None:
        below = children.get(parent, [])
        for position, (identifier, detail) in enumerate(below):
            last = position == len(below) - 1
            lines.append(f"{indent}{'└─ ' if last else '├─ '}{detail}\n")
            add(identifier, indent + ("   " if last else "│  "))

    add(0, "")
    return "".join(lines)
