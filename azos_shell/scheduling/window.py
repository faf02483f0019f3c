"""The window: one function over a stream of items, so many at a time, no more read ahead than is needed.

Results come as they are there, or in the order of the items. However slow the first of them is, at most ``ahead`` items
are begun and not yet given out; so a stream of any length takes the same memory, and a source is asked for more only
when there is room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from azos_shell.scheduling.batch import cancel_all
from azos_shell.scheduling.loop import waiting_loop

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
R = TypeVar("R")


class Window(Generic[T, R]):
    """Runs ``function`` on items, at most ``width`` at once, with at most ``ahead`` results waiting to be given out."""

    def __init__(
        self,
        function: Callable[[T], Awaitable[R]],
        *,
        width: int,
        ahead: int | None = None,
        in_order: bool = False,
    ) -> None:
        if width < 1:
            raise ValueError(f"width must be at least 1: {width}")
        self._function = function
        self._width = width
        self._ahead = max(width, width if ahead is None else ahead)
        self._in_order = in_order
        self._pending: deque[T] = deque()
        self._running: dict[asyncio.Task[R], int] = {}
        self._finished: dict[int, asyncio.Task[R]] = {}
        self._begun = self._given = 0
        self._takes_more = True

    @property
    def running(self) -> int:
        """How many calls are under way."""
        return len(self._running)

    @property
    def begun(self) -> int:
        """How many items were begun."""
        return self._begun

    def stop(self) -> None:
        """Begin no further item; those under way are finished."""
        self._takes_more = False
        self._pending.clear()

    async def results(self, batches: AsyncGenerator[Sequence[T], None]) -> AsyncGenerator[R, None]:
        """What the function gives for each item; raises what it raises.

        Closing it, or an error, cancels the calls under way and returns when the last has ended; the source is closed
        in any case.
        """
        loop = await waiting_loop()
        import asyncio

        changed = asyncio.Event()
        fetch: asyncio.Task[Sequence[T]] | None = None
        try:
            while True:
                self._begin_what_has_room(loop, changed)
                if fetch is None and self._wants_more():
                    fetch = loop.create_task(_next_of(batches))
                    fetch.add_done_callback(lambda _: changed.set())
                task = self._next_finished()
                if task is not None:
                    self._given += 1
                    yield task.result()
                    continue
                if not self._takes_more and not self._running and not self._pending:
                    return
                await changed.wait()
                changed.clear()
                if fetch is not None and fetch.done():
                    batch, fetch = fetch.result(), None
                    if not batch:
                        self._takes_more = False
                    elif self._takes_more:
                        self._pending.extend(batch)
        finally:
            self._takes_more = False
            await cancel_all([*self._running, *([] if fetch is None else [fetch])])
            for task in self._finished.values():
                if not task.cancelled():
                    task.exception()  # nobody is left to hear of it
            await batches.aclose()

    def _wants_more(self) -> bool:
        return self._takes_more and not self._pending and self._has_room()

    def _has_room(self) -> bool:
        return len(self._running) < self._width and self._begun - self._given < self._ahead

    def _begin_what_has_room(self, loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
        def ended(task: asyncio.Task[R]) -> None:
            self._finished[self._running.pop(task)] = task
            changed.set()

        while self._pending and self._has_room():
            task = loop.create_task(_called(self._function, self._pending.popleft()))
            self._running[task] = self._begun
            self._begun += 1
            task.add_done_callback(ended)

    def _next_finished(self) -> asyncio.Task[R] | None:
        if not self._finished:
            return None
        index = self._given if self._in_order else next(iter(self._finished))
        return self._finished.pop(index, None)

    def __repr__(self) -> str:
        return f"<Window {self.running}/{self._width} running, {len(self._finished)} finished>"


async def _called(function: Callable[[T], Awaitable[R]], item: T) -> R:
    return await function(item)


async def _next_of(batches: AsyncGenerator[Sequence[T], None]) -> Sequence[T]:
    """The next batch that holds something; an empty one at the end."""
    async for batch in batches:
        if batch:
            return batch
    return ()
