"""A session: statements and dot commands run one after the other on one connection, each shown as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from azos_shell.bus.delivery import colour_wanted, terminal_width
from azos_shell.bus.run import STALL_SECONDS
from azos_shell.commands.sql_dot import Dot, dot_of
from azos_shell.commands.sql_pieces import Piece
from azos_shell.commands.sql_side import Side
from azos_shell.plugin import AzosError, Call, Chunk, Records
from azos_shell.rendering import FORMATS, formatter
from azos_shell.rendering.text import duration
from azos_shell.scheduling.stopping import stopped


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

    async def said(self, piece: Piece) -> AsyncGenerator[bytes, None]:
        """Run one piece and yield what it says, formatted. Raises AzosError."""
        started = self.call.services.clock.monotonic()
        chunks = (
            self._of_dot(dot_of(piece.text)) if piece.is_dot else self._shown(self.side.answer(piece.text))
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
        if self.timer and not piece.is_dot:
            self._tell(f"time: {duration(self.call.services.clock.monotonic() - started)}\n")

    def answered(self, piece: Piece) -> AsyncGenerator[Chunk, None]:
        """Run one piece and yield its rows as they are, where it gives rows. Raises AzosError."""
        if not piece.is_dot:
            return self.side.answer(piece.text)
        dot = dot_of(piece.text)
        listed = {"tables": self.side.dialect.tables, "indexes": self.side.dialect.indexes}.get(dot.name)
        return self._of_dot(dot) if listed is None else self.side.answer(listed, {"name": dot.argument})

    async def _shown(self, batches: AsyncGenerator[Records, None]) -> AsyncGenerator[bytes, None]:
        clock = self.call.services.clock
        started, before = clock.monotonic(), self.side.changes
        shown = formatter(
            self.format,
            width=terminal_width(self.call.stdout),
            colour=colour_wanted(self.call.stdout, self.call.shell),
            for_terminal=self.call.stdout.is_terminal(),
        )
        had_rows = False
        async with aclosing(batches), aclosing(_with_stalls(batches)) as paced:
            async for batch in paced:
                had_rows |= batch is not None
                yield shown.flush() if batch is None else shown.feed(batch)
        if had_rows:
            yield shown.finish(clock.monotonic() - started)
        elif self._counts and (changed := self.side.changes - before):
            self._tell(f"{changed} row{'' if changed == 1 else 's'} changed\n")

    # -- dot commands ------------------------------------------------------------------------------------------

    def _of_dot(self, dot: Dot) -> AsyncGenerator[bytes, None]:
        dialect = self.side.dialect
        match dot.name:
            case "tables":
                return self._listed(dialect.tables, dot.argument)
            case "indexes":
                return self._listed(dialect.indexes, dot.argument)
            case "schema":
                return self._schema(dot.argument)
            case "explain":
                return self._plan(dot)
            case "mode":
                return self._said(lambda: self._set_mode(dot.argument))
            case "timer":
                return self._said(lambda: self._set_timer(dot.argument))
        raise AzosError(f".{dot.name} only means something at the prompt of sql")

    def _listed(self, query: str, name: str | None) -> AsyncGenerator[bytes, None]:
        return self._shown(self.side.answer(query, {"name": name}))

    async def _schema(self, name: str | None) -> AsyncGenerator[bytes, None]:
        found = False
        async for text in self._texts(self.side.answer(self.side.dialect.schema, {"name": name})):
            found = True
            yield f"{text}\n".encode("utf-8", "surrogateescape")
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
        yield plan_text(rows).encode("utf-8", "surrogateescape")

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


async def _with_stalls(batches: AsyncGenerator[Records, None]) -> AsyncGenerator[Records | None, None]:
    """The batches, and None while the next is slow to come: what a table holds back is then to be shown."""
    ended = Records((), [])
    while True:
        following = asyncio.ensure_future(anext(batches, ended))
        try:
            done, _ = await asyncio.wait({following}, timeout=STALL_SECONDS)
            if not done:
                yield None
                await asyncio.wait({following})
        except BaseException:
            await stopped(following)  # a source that still runs can't be closed
            raise
        batch = following.result()
        if batch is ended:
            return
        yield batch


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
