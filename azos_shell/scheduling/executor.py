"""Threads for blocking Python: ``await run_async(function, …)`` keeps the event loop free.

The threads start with the first call. Cancelling the awaiting task returns at once: work that has not begun
is dropped; work that has begun can't be stopped (Python has no way to end a thread), runs to its end on its
thread, and what it gives is thrown away. It counts as abandoned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from azos_shell.core.errors import BusyError
from azos_shell.scheduling.loop import waiting_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExecutorStatistics:
    """The threads' work now and since the start. ``abandoned`` began, and was cancelled before its end."""

    max_workers: int
    running: int
    waiting: int
    completed: int
    failed: int
    dropped: int
    abandoned: int


class AsyncExecutor:
    """At most ``max_workers`` threads, made when first needed. Context variables go along with each call."""

    def __init__(self, max_workers: int = 4, *, name: str = "azos") -> None:
        if max_workers < 1:
            raise ValueError(f"max_workers must be at least 1: {max_workers}")
        self.max_workers = max_workers
        self._name = name
        self._threads: ThreadPoolExecutor | None = None
        self._unfinished: set[Future[Any]] = set()
        self._closed = False
        self._completed = self._failed = self._dropped = self._abandoned = 0

    def __repr__(self) -> str:
        if self._closed:
            return "<AsyncExecutor closed>"
        if self._threads is None:
            return f"<AsyncExecutor of {self.max_workers} threads, not started>"
        now = self.statistics()
        return f"<AsyncExecutor {now.running}/{self.max_workers} running, {now.waiting} waiting>"

    async def run_async(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function on a thread; its value or its exception is that of this call.

        A StopIteration comes as RuntimeError, since no coroutine can raise it. BusyError once ``aclose`` was
        called.
        """
        loop = await waiting_loop()
        import asyncio
        from contextvars import copy_context

        if self._is_closed():
            raise BusyError("the thread executor is closed")
        future = self._start().submit(copy_context().run, _call, function, args, kwargs)
        self._unfinished.add(future)
        try:
            value: T = await asyncio.wrap_future(future, loop=loop)
        except asyncio.CancelledError:
            if not future.cancelled():
                self._abandoned += 1
                raise  # it stays among the unfinished until its thread is done with it
            self._unfinished.discard(future)
            self._dropped += 1
            if self._is_closed() and not _is_cancelled(asyncio.current_task()):
                raise BusyError("the thread executor was closed before the work began") from None
            raise
        except BaseException:
            self._unfinished.discard(future)
            self._failed += 1
            raise
        self._unfinished.discard(future)
        self._completed += 1
        return value

    async def aclose(self, timeout_seconds: float | None = None) -> bool:
        """Drop what has not begun, wait for what has, refuse what comes; False if the time limit came first.

        Threads still running then keep the process from ending until they are done, as Python's threads do.
        """
        self._closed = True
        if self._threads is None:
            return True
        self._threads.shutdown(wait=False, cancel_futures=True)
        begun = [future for future in self._unfinished if not future.done()]
        if not begun:
            return True
        import asyncio

        waiters = [asyncio.wrap_future(future) for future in begun]
        finished, late = await asyncio.wait(waiters, timeout=timeout_seconds)
        await asyncio.gather(*finished, return_exceptions=True)  # their callers have them, or were cancelled
        return not late

    def statistics(self) -> ExecutorStatistics:
        """A frozen picture of now."""
        self._unfinished = {future for future in self._unfinished if not future.done()}
        running = sum(future.running() for future in self._unfinished)
        return ExecutorStatistics(
            max_workers=self.max_workers,
            running=running,
            waiting=len(self._unfinished) - running,
            completed=self._completed,
            failed=self._failed,
            dropped=self._dropped,
            abandoned=self._abandoned,
        )

    def _is_closed(self) -> bool:
        return self._closed

    def _start(self) -> ThreadPoolExecutor:
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(self.max_workers, thread_name_prefix=self._name)
        return self._threads


def _call(function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    try:
        return function(*args, **kwargs)
    except StopIteration as stop:
        raise RuntimeError(f"{function!r} raised StopIteration") from stop


def _is_cancelled(task: asyncio.Task[Any] | None) -> bool:
    return task is not None and task.cancelling() > 0
