"""The run of ``map`` and ``batch``: a bounded window of items, whose results are given out, logged and counted."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from azos_shell.commands.map_items import Entry
from azos_shell.commands.map_log import JobLog, LogLine
from azos_shell.commands.map_options import Halt, duration_of, halt_of, jobs_of
from azos_shell.language.tree import CommandList
from azos_shell.language.unparse import unparse
from azos_shell.plugin import AzosError, Call, Chunk, Records, UsageError
from azos_shell.rendering.progress import ProgressBar, ProgressLine
from azos_shell.scheduling.window import Window
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.items import Ending, Item

MOST_FAILURES: Final = 101
"""The exit status for more than a hundred failures, as GNU parallel has it: 102 and above have meanings."""

_TICK_SECONDS: Final = 0.1
"""How often the progress is drawn while nothing ends."""

_AHEAD: Final = 16
"""Results that may wait for an earlier one, for each that runs: with ``-k`` one slow item must not stop the others at
once."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with each item, and how."""

    commands_of: Callable[[Entry], CommandList]
    width: int
    in_order: bool = False
    tries: int = 1
    limit_seconds: float | None = None
    halt: Halt | None = None
    tag: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One item after its last try. ``item`` holds its output, where there is one."""

    entry: Entry
    command: str
    started: float
    ending: Ending
    item: Item | None = None
    error: str = ""


class MapRun:
    """Runs the items of one call. ``failed`` and ``succeeded`` count those whose results were given out.

    ``total`` is how many items there will be, where that is known.
    """

    def __init__(self, call: Call, order: Order, log: JobLog | None, total: int | None = None) -> None:
        self._call = call
        self._shell: Interpreter = call.shell
        self._order = order
        self._log = log
        self._window = Window(
            self._outcome,
            width=order.width,
            ahead=order.width * _AHEAD if order.in_order else None,
            in_order=order.in_order,
        )
        self.failed = self.succeeded = 0
        self.halted = False
        clock = call.services.clock
        line = ProgressLine(total, "items", clock.monotonic())
        self._bar = ProgressBar(call.stderr, line, clock, terminal_name=call.shell.get("TERM"))

    async def chunks(self, entries: AsyncGenerator[list[Entry], None]) -> AsyncGenerator[Chunk, None]:
        """The outputs, item by item; each is in the log once it has been taken."""
        results = self._window.results(self._left(entries))
        async with aclosing(results), self._progress_shown():
            async for outcome in results:
                try:
                    for chunk in self._said(outcome):
                        self._make_room()
                        yield chunk
                    await self._tell_errors(outcome)
                finally:
                    if outcome.item is not None:
                        outcome.item.forget()
                self._count(outcome)
                self._bar.update(self.failed + self.succeeded, failed=self.failed)
                if self._is_time_to_halt():
                    return

    @asynccontextmanager
    async def _progress_shown(self) -> AsyncIterator[None]:
        """Show how far it is while the block runs, also when nothing ends for a while."""
        if not self._bar.is_seen:
            yield
            return
        import asyncio

        async def tick() -> None:
            while True:
                await asyncio.sleep(_TICK_SECONDS)
                self._bar.update(self.failed + self.succeeded, failed=self.failed)

        ticking = asyncio.ensure_future(tick())
        try:
            yield
        finally:
            ticking.cancel()
            self._bar.clear()

    def _make_room(self) -> None:
        if self._call.stdout.is_terminal():
            self._bar.clear()

    @property
    def status(self) -> int:
        """The exit status: how many failed."""
        return min(self.failed, MOST_FAILURES)

    async def _left(self, entries: AsyncGenerator[list[Entry], None]) -> AsyncGenerator[list[Entry], None]:
        """The entries without those that the log has as done."""
        done = self._log.done if self._log is not None else None
        count = 0
        async with aclosing(entries):
            async for some in entries:
                count += len(some)
                if done is not None and len(done):
                    some = [entry for entry in some if not done.has(entry.number, self._text(entry))]
                yield some
        self._bar.line.total = count

    def _text(self, entry: Entry) -> str:
        """The command of an entry as it could be typed; its template, as it were, where it can't be filled in."""
        try:
            return unparse(self._order.commands_of(entry))
        except UsageError:
            raise
        except AzosError:
            return entry.text

    async def _outcome(self, entry: Entry) -> Outcome:
        """Run one item, again if it fails, and return what became of it."""
        started = self._shell.runtime.services.clock.wall()
        try:
            text = self._text(entry) if self._log is not None or self._order.dry_run else ""
            commands = self._order.commands_of(entry)
        except UsageError:
            raise  # it is the template's fault, not the item's
        except AzosError as error:
            return Outcome(entry, text, started, Ending(1, 0, 0.0), error=error.message)
        if self._order.dry_run:
            return Outcome(entry, text, started, Ending(0, 0, 0.0))
        tries = 0
        while True:
            tries += 1
            item = Item(self._shell, entry.text)
            try:
                ending = await item.run(commands, self._order.limit_seconds)
            except (
                OSError
            ) as error:  # too many open files, no process or no memory to be had: that item's misfortune
                item.forget()
                return Outcome(entry, text, started, Ending(1, 0, 0.0), error=error.strerror or str(error))
            if not ending.status or tries >= self._order.tries:
                return Outcome(entry, text, started, ending, item)
            item.forget()

    def _said(self, outcome: Outcome) -> Iterator[Chunk]:
        if self._order.dry_run:
            yield _encoded(outcome.command + "\n")
        if outcome.item is None:
            return
        chunks = outcome.item.output.chunks_kept()
        yield from tagged(chunks, outcome.entry.text) if self._order.tag else chunks

    async def _tell_errors(self, outcome: Outcome) -> None:
        """What the item wrote on standard error, and what there is to say of it."""
        stderr = self._call.stderr
        if outcome.error or (outcome.item is not None and not outcome.item.errors.is_empty):
            self._bar.clear()
        if outcome.error:
            self._call.error(f"item {outcome.entry.number}: {outcome.error}")
        if outcome.item is None or outcome.item.errors.is_empty:
            return
        for chunk in self._in_bytes(outcome):
            stderr.write(chunk)
            await stderr.drain()

    def _in_bytes(self, outcome: Outcome) -> Iterator[bytes]:
        assert outcome.item is not None
        chunks = outcome.item.errors.chunks_kept()
        for chunk in tagged(chunks, outcome.entry.text) if self._order.tag else chunks:
            if not isinstance(chunk, Records):  # nothing puts records there
                yield chunk

    def _count(self, outcome: Outcome) -> None:
        ending = outcome.ending
        if ending.status:
            self.failed += 1
        else:
            self.succeeded += 1
        if self._log is not None and not self._order.dry_run:
            size_bytes = outcome.item.output.size_bytes if outcome.item is not None else 0
            self._log.write(
                LogLine(
                    outcome.entry.number,
                    outcome.started,
                    ending.seconds,
                    size_bytes,
                    0 if ending.signal else ending.status,
                    ending.signal,
                    outcome.command,
                )
            )

    def _is_time_to_halt(self) -> bool:
        """Whether to leave at once; where those that run are to end first, no more are begun."""
        halt = self._order.halt
        if halt is None or not halt.reached(failed=self.failed, succeeded=self.succeeded):
            return False
        if not self.halted:
            self.halted = True
            self._window.stop()
        return halt.is_now

    def __repr__(self) -> str:
        return f"<MapRun {self.succeeded} succeeded, {self.failed} failed, {self._window!r}>"


async def run_items(
    call: Call,
    order: Order,
    log: JobLog | None,
    entries: AsyncGenerator[list[Entry], None],
    total: int | None = None,
) -> AsyncGenerator[Chunk, None]:
    """The outputs of all items, of which there are ``total``, if that is known; the call gets the status of all."""
    run = MapRun(call, order, log, total)
    chunks = run.chunks(entries)
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
    finally:
        if log is not None:
            log.close()
        call.status = run.status
    if run.halted:
        call.error(f"stopped after {run.failed + run.succeeded} items, {run.failed} of them failed (--halt)")


def order_of(
    commands_of: Callable[[Entry], CommandList],
    *,
    jobs: str,
    keep_order: bool,
    retries: int,
    timeout: str | None,
    halt: str,
    dry_run: bool,
    tag: bool,
) -> Order:
    """What the options say is to be done with each item. Raises UsageError."""
    if retries < 1:
        raise UsageError("--retries N counts all runs of an item: 1 at least")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Order(
        commands_of=commands_of,
        width=jobs_of(jobs, cpus),
        in_order=keep_order,
        tries=retries,
        limit_seconds=None if timeout is None else duration_of(timeout),
        halt=halt_of(halt),
        tag=tag,
        dry_run=dry_run,
    )


def log_of(
    shell: Interpreter, joblog: str | None, resume: str | None, *, resume_failed: bool
) -> JobLog | None:
    """The log that the options name, open; None if they name none. Raises UsageError."""
    path = resume or joblog
    if resume_failed and path is None:
        raise UsageError("--resume-failed goes with --joblog FILE or --resume FILE")
    if resume is not None and joblog is not None and resume != joblog:
        raise UsageError("--resume FILE writes to that log; --joblog names another")
    if path is None:
        return None
    return JobLog(
        shell.resolve_path(path), resume=resume is not None or resume_failed, again_if_failed=resume_failed
    )


def tagged(chunks: Iterable[Chunk], tag: str) -> Iterator[Chunk]:
    """Every line with the tag and a tab before it; records with the tag as their first column, ``item``."""
    mark = _encoded(tag) + b"\t"
    at_start = True
    for chunk in chunks:
        if isinstance(chunk, Records):
            yield Records(("item", *chunk.columns), [(tag, *row) for row in chunk.rows])
            continue
        is_whole = chunk.endswith(b"\n")
        body = chunk[:-1] if is_whole else chunk
        yield (mark if at_start else b"") + body.replace(b"\n", b"\n" + mark) + (b"\n" if is_whole else b"")
        at_start = is_whole


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
