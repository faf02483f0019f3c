"""Many at once: the same function over many items, and streams in bounded batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from azos_shell.scheduling.loop import waiting_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Iterable,
    )

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class BatchResult(Generic[R]):
    """What became of each item, by its index, in the order of the items. Each item is in one of the lists."""

    successes: list[tuple[int, R]]
    failures: list[tuple[int, BaseException]]

    @property
    def values(self) -> list[R]:
        """The values of the successes."""
        return [value for _, value in self.successes]


async def process_batch(
    function: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int | None = None
) -> BatchResult[R]:
    """Call ``function`` on each item, at most ``limit`` at once (None: all), and wait for all of them.

    No failure stops the others and none is swallowed; one that cancels itself counts as failed. With a limit,
    items are taken from the iterable as room comes, so it may be long. Cancelling the batch cancels all calls
    and returns when the last of them has ended; an iterable that raises does the same.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1: {limit}")
    loop = await waiting_loop()
    import asyncio

    room = asyncio.Semaphore(limit) if limit is not None else None
    running: dict[asyncio.Task[R], int] = {}
    result: BatchResult[R] = BatchResult([], [])

    def collect(task: asyncio.Task[R]) -> None:
        _sort_into(result, running.pop(task), task)
        if room is not None:
            room.release()

    try:
        numbered = enumerate(items)
        while True:
            if room is not None:
                await room.acquire()
            entry = next(numbered, None)
            if entry is None:
                break
            index, item = entry
            task = loop.create_task(_one(function, item))
            running[task] = index
            task.add_done_callback(collect)
        while running:
            await asyncio.wait(running)
    finally:
        if running:  # only if we are cancelled or the items raise
            await cancel_all(running)
    result.successes.sort(key=_index)
    result.failures.sort(key=_index)
    return result


async def in_batches(source: AsyncIterable[T] | Iterable[T], size: int = 100) -> AsyncIterator[list[T]]:
    """The items of ``source`` in lists of up to ``size``, none empty.

    An asynchronous source is never waited for with items in hand: when it has none ready, what has gathered
    goes out, so the first item is not held back for the hundredth. A source that fails gives what came before
    first.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1: {size}")
    if not hasattr(source, "__iter__"):
        batches = _batches_as_ready(source, size)
        try:
            async for batch in batches:
                yield batch
        finally:
            await batches.aclose()
        return
    batch = []
    try:
        for item in source:
            batch.append(item)
            if len(batch) >= size:
                full, batch = batch, []
                yield full
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


async def _batches_as_ready(source: AsyncIterable[T], size: int) -> AsyncGenerator[list[T], None]:
    """A task reads the source until that makes it wait or the batch is full, and only while one is wanted."""
    loop = await waiting_loop()
    import asyncio

    gathered: list[T] = []
    wanted, changed = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        try:
            async for item in source:
                gathered.append(item)
                changed.set()
                if len(gathered) >= size:
                    wanted.clear()
                await wanted.wait()  # returns at once while more is wanted
        finally:
            if hasattr(source, "aclose"):
                await source.aclose()

    reader = loop.create_task(read())
    reader.add_done_callback(lambda _: changed.set())
    try:
        while gathered or not reader.done():
            wanted.set()
            await asyncio.sleep(0)  # the reader goes first, with what came while nobody wanted it
            await changed.wait()
            changed.clear()
            wanted.clear()
            if gathered:
                batch = gathered[:]
                gathered.clear()
                yield batch
        reader.result()
    finally:
        if not reader.done():
            await cancel_all([reader])
        if not reader.cancelled():
            reader.exception()  # has been raised above, or nobody is left to hear of it


async def cancel_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and return when the last has ended, even if we are cancelled (again) meanwhile."""
    import asyncio

    cancelled: asyncio.CancelledError | None = None
    pending = set(tasks)
    for task in pending:
        task.cancel()
    while pending:
        try:
            _, pending = await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancelled = error
            pending = {task for task in pending if not task.done()}
    if cancelled is not None:
        raise cancelled


async def _one(function: Callable[[T], Awaitable[R]], item: T) -> R:
    return await function(item)


def _sort_into(result: BatchResult[R], index: int, task: asyncio.Task[R]) -> None:
    if task.cancelled():
        from asyncio import CancelledError

        result.failures.append((index, CancelledError("the call cancelled itself")))
        return
    error = task.exception()
    if error is not None:
        result.failures.append((index, error))
    else:
        result.successes.append((index, task.result()))


def _index(entry: tuple[int, Any]) -> int:
    return entry[0]
