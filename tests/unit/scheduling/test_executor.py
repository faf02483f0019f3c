"""AsyncExecutor: blocking functions on threads, and what cancelling means for them."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from azos_shell.core.errors import BusyError
from azos_shell.scheduling.executor import AsyncExecutor


@pytest_asyncio.fixture
async def executor() -> AsyncIterator[AsyncExecutor]:
    made = AsyncExecutor(max_workers=2)
    yield made
    assert await made.aclose(timeout_seconds=5)


async def begun(event: threading.Event) -> None:
    """Return once a thread has set the event."""
    await asyncio.get_running_loop().run_in_executor(None, event.wait, 5)


async def test_it_gives_the_value_of_the_function(executor: AsyncExecutor) -> None:
    assert repr(executor) == "<AsyncExecutor of 2 threads, not started>"
    assert await executor.run_async(divmod, 17, 5) == (3, 2)
    assert await executor.run_async(sorted, [1, 3, 2], reverse=True) == [3, 2, 1]
    assert executor.statistics().completed == 2


async def test_it_runs_on_another_thread(executor: AsyncExecutor) -> None:
    assert await executor.run_async(threading.get_ident) != threading.get_ident()


async def test_an_exception_is_raised_to_the_caller(executor: AsyncExecutor) -> None:
    with pytest.raises(ZeroDivisionError):
        await executor.run_async(divmod, 1, 0)
    assert executor.statistics().failed == 1


async def test_stop_iteration_comes_as_an_error_and_not_as_a_hang(executor: AsyncExecutor) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(executor.run_async(next, iter(())), 5)


async def test_context_variables_go_along(executor: AsyncExecutor) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")
    variable.set("something")
    assert await executor.run_async(variable.get) == "something"


async def test_no_more_run_at_once_than_there_are_workers(executor: AsyncExecutor) -> None:
    go = threading.Event()
    started = [threading.Event() for _ in range(3)]

    def work(number: int) -> None:
        started[number].set()
        go.wait(5)

    tasks = [asyncio.create_task(executor.run_async(work, number)) for number in range(3)]
    await begun(started[0])
    await begun(started[1])
    assert not started[2].is_set()
    assert (executor.statistics().running, executor.statistics().waiting) == (2, 1)
    assert repr(executor) == "<AsyncExecutor 2/2 running, 1 waiting>"
    go.set()
    await asyncio.gather(*tasks)


async def test_cancelling_returns_at_once_and_drops_what_has_not_begun(executor: AsyncExecutor) -> None:
    go = threading.Event()
    started = [threading.Event() for _ in range(2)]
    ran: list[int] = []

    def block(number: int) -> None:
        started[number].set()
        go.wait(5)

    blockers = [asyncio.create_task(executor.run_async(block, number)) for number in range(2)]
    await begun(started[0])
    await begun(started[1])
    waiting = asyncio.create_task(executor.run_async(ran.append, 1))
    await asyncio.sleep(0)
    for task in (waiting, blockers[0]):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    statistics = executor.statistics()
    assert (statistics.dropped, statistics.abandoned, statistics.running) == (1, 1, 2)
    go.set()
    await blockers[1]
    assert not ran


async def test_closing_drops_what_waits_lets_run_what_runs_and_refuses_what_comes() -> None:
    executor = AsyncExecutor(max_workers=1)
    go, started = threading.Event(), threading.Event()

    def work() -> str:
        started.set()
        go.wait(5)
        return "done"

    running = asyncio.create_task(executor.run_async(work))
    await begun(started)
    waiting = asyncio.create_task(executor.run_async(work))
    await asyncio.sleep(0)
    assert not await executor.aclose(timeout_seconds=0.01)
    go.set()
    assert await executor.aclose(timeout_seconds=5)
    assert await running == "done"
    with pytest.raises(BusyError, match="before the work began"):
        await waiting
    with pytest.raises(BusyError, match="closed"):
        await executor.run_async(work)
    assert repr(executor) == "<AsyncExecutor closed>"


async def test_closing_what_never_started_is_nothing() -> None:
    assert await AsyncExecutor().aclose()
