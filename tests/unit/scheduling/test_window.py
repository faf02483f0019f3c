"""The window: so many at a time, no more read ahead than is needed, nothing left running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from azos_shell.scheduling.window import Window


class Numbers:
    """A source of batches of numbers that tells how far it was read, and whether it was closed."""

    def __init__(self, count: int, batch: int = 1) -> None:
        self.count = count
        self.batch = batch
        self.given = 0
        self.closed = False

    async def batches(self) -> AsyncGenerator[Sequence[int], None]:
        try:
            while self.given < self.count:
                some = range(self.given, min(self.given + self.batch, self.count))
                self.given += len(some)
                yield list(some)
        finally:
            self.closed = True


class Calls:
    """A function whose calls end when they are told to."""

    def __init__(self) -> None:
        self.events: dict[int, asyncio.Event] = {}
        self.running = self.peak = 0
        self.cancelled: list[int] = []

    async def __call__(self, number: int) -> int:
        self.running += 1
        self.peak = max(self.peak, self.running)
        event = self.events.setdefault(number, asyncio.Event())
        try:
            await asyncio.sleep(0)
            await event.wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        finally:
            self.running -= 1
        return number * 10

    def end(self, *numbers: int) -> None:
        for number in numbers:
            self.events.setdefault(number, asyncio.Event()).set()


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


async def test_results_come_as_they_are_there() -> None:
    calls, source = Calls(), Numbers(3)
    results = Window(calls, width=3).results(source.batches())
    first = asyncio.ensure_future(anext(results))
    await settle()
    calls.end(2)
    assert await first == 20
    calls.end(0, 1)
    assert sorted([result async for result in results]) == [0, 10]
    assert source.closed


async def test_results_in_order_wait_for_the_first() -> None:
    calls, source = Calls(), Numbers(4)
    results = Window(calls, width=4, in_order=True).results(source.batches())
    first = asyncio.ensure_future(anext(results))
    calls.end(1, 2, 3)
    await settle()
    assert not first.done()
    calls.end(0)
    assert [await first] + [result async for result in results] == [0, 10, 20, 30]


@pytest.mark.parametrize("in_order", [False, True])
async def test_at_most_so_many_run_at_once(in_order: bool) -> None:
    calls, source = Calls(), Numbers(100, batch=7)
    calls.end(*range(100))
    window = Window(calls, width=5, in_order=in_order)
    results = [result async for result in window.results(source.batches())]
    assert sorted(results) == [number * 10 for number in range(100)]
    assert calls.peak == 5
    assert window.begun == 100


async def test_the_source_is_read_only_as_far_as_there_is_room() -> None:
    calls, source = Calls(), Numbers(1_000_000)
    results = Window(calls, width=3, ahead=3).results(source.batches())
    first = asyncio.ensure_future(anext(results))
    await settle()
    assert source.given <= 4
    calls.end(0)
    await first
    await settle()
    assert source.given <= 5
    await results.aclose()
    assert source.closed


async def test_one_slow_item_stops_the_others_only_when_so_many_wait_for_it() -> None:
    calls, source = Calls(), Numbers(1_000)
    calls.end(*range(1, 1_000))
    window = Window(calls, width=2, ahead=10, in_order=True)
    results = window.results(source.batches())
    first = asyncio.ensure_future(anext(results))
    await settle()
    assert window.begun == 10
    calls.end(0)
    assert [await first] + [result async for result in results] == [n * 10 for n in range(1_000)]


async def test_nobody_who_takes_no_result_is_worked_for_without_end() -> None:
    calls, source = Calls(), Numbers(1_000)
    calls.end(*range(1_000))
    window = Window(calls, width=4)
    results = window.results(source.batches())
    await anext(results)
    await settle()
    assert window.begun <= 5
    await results.aclose()


async def test_closing_cancels_what_runs_and_waits_for_its_end() -> None:
    calls, source = Calls(), Numbers(10)
    window = Window(calls, width=3)
    results = window.results(source.batches())
    first = asyncio.ensure_future(anext(results))
    await settle()
    calls.end(0)
    await first
    await results.aclose()
    assert sorted(calls.cancelled) == [1, 2]
    assert window.running == 0
    assert source.closed


async def test_cancelling_who_waits_cancels_what_runs() -> None:
    calls, source = Calls(), Numbers(10)

    async def all_of_it() -> list[int]:
        results = Window(calls, width=2).results(source.batches())
        try:
            return [result async for result in results]
        finally:
            await results.aclose()

    task = asyncio.ensure_future(all_of_it())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(calls.cancelled) == [0, 1]
    assert source.closed


async def test_an_error_ends_it_and_leaves_nothing_running() -> None:
    async def broken(number: int) -> int:
        if number == 1:
            raise ValueError(number)
        await asyncio.Event().wait()
        return number

    source = Numbers(10)
    window = Window(broken, width=3)
    with pytest.raises(ValueError, match="1"):
        await anext(window.results(source.batches()))
    assert window.running == 0


async def test_a_source_that_fails_ends_it_and_leaves_nothing_running() -> None:
    async def broken() -> AsyncGenerator[Sequence[int], None]:
        yield [1]
        raise ValueError("the source")

    calls = Calls()
    with pytest.raises(ValueError, match="the source"):
        await anext(Window(calls, width=2).results(broken()))
    assert calls.cancelled == [1]


async def test_stopped_it_begins_no_more_and_finishes_what_runs() -> None:
    calls, source = Calls(), Numbers(10, batch=5)
    window = Window(calls, width=2)
    results = window.results(source.batches())
    first = asyncio.ensure_future(anext(results))
    await settle()
    calls.end(0)
    await first
    window.stop()
    calls.end(*range(1, 10))
    assert [result async for result in results] == [10]
    assert window.begun == 2
    assert source.closed


async def test_a_source_that_makes_wait_keeps_no_result_back() -> None:
    more = asyncio.Event()

    async def slow() -> AsyncGenerator[Sequence[int], None]:
        yield [1]
        await more.wait()
        yield [2]

    calls = Calls()
    calls.end(1, 2)
    results = Window(calls, width=8).results(slow())
    assert await anext(results) == 10
    more.set()
    assert await anext(results) == 20
    assert await anext(results, None) is None


async def test_an_empty_source_gives_nothing() -> None:
    async def empty() -> AsyncGenerator[Sequence[int], None]:
        yield []

    assert [result async for result in Window(Calls(), width=2).results(empty())] == []


def test_a_window_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        Window(Calls(), width=0)
