"""Batches: nothing swallowed, nothing left running, nothing held back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from azos_shell.scheduling.batch import in_batches, process_batch


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def invert(number: int) -> float:
    await asyncio.sleep(0)
    return 1 / number


async def test_successes_and_failures_keep_the_order_of_the_items() -> None:
    result = await process_batch(invert, [4, 0, 2, 0])
    assert result.successes == [(0, 0.25), (2, 0.5)]
    assert result.values == [0.25, 0.5]
    assert [(index, type(error)) for index, error in result.failures] == [
        (1, ZeroDivisionError),
        (3, ZeroDivisionError),
    ]


async def test_no_items_give_an_empty_result() -> None:
    result = await process_batch(invert, [])
    assert (result.successes, result.failures) == ([], [])


async def test_at_most_limit_run_at_once_and_items_are_taken_as_room_comes() -> None:
    taken: list[int] = []
    running = most = 0

    def items() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        assert len(taken) <= number + 4
        await asyncio.sleep(0)
        running -= 1
        return number

    result = await process_batch(work, items(), limit=3)
    assert result.values == list(range(20))
    assert most == 3
    with pytest.raises(ValueError, match="limit"):
        await process_batch(work, [], limit=0)


async def test_a_call_that_cancels_itself_counts_as_failed() -> None:
    async def give_up(number: int) -> None:
        raise asyncio.CancelledError

    result = await process_batch(give_up, [1])
    assert isinstance(result.failures[0][1], asyncio.CancelledError)


async def test_cancelling_the_batch_cancels_and_awaits_all_calls() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(number)

    batch = asyncio.create_task(process_batch(work, range(50), limit=10))
    await settle()
    batch.cancel()
    await asyncio.sleep(0)
    batch.cancel()  # impatience changes nothing
    with pytest.raises(asyncio.CancelledError):
        await batch
    assert sorted(ended) == list(range(10))


async def test_items_that_raise_end_the_batch_and_the_calls_under_way() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    def items() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    async def batch() -> None:
        await process_batch(work, items(), limit=1)

    task = asyncio.create_task(batch())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]
    with pytest.raises(OSError, match="no more"):
        await process_batch(work, items())


async def test_a_list_comes_in_batches_of_the_size() -> None:
    assert [batch async for batch in in_batches(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [batch async for batch in in_batches([], 3)] == []
    with pytest.raises(ValueError, match="size"):
        await anext(in_batches([], 0))


async def test_an_iterable_that_fails_gives_what_came_before() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("broken")

    batches = in_batches(source(), 10)
    assert await anext(batches) == [1]
    with pytest.raises(OSError, match="broken"):
        await anext(batches)


class Source:
    """An asynchronous source that a test feeds."""

    def __init__(self, ready: int = 0) -> None:
        self.queue: asyncio.Queue[int | None] = asyncio.Queue()
        self.given = 0
        self.closed = False
        for number in range(ready):
            self.queue.put_nowait(number)

    async def items(self) -> AsyncIterator[int]:
        try:
            while (item := await self.queue.get()) is not None:
                self.given += 1
                yield item
        finally:
            await asyncio.sleep(0)
            self.closed = True


async def test_what_is_ready_comes_in_full_batches() -> None:
    source = Source(ready=250)
    source.queue.put_nowait(None)
    assert [len(batch) async for batch in in_batches(source.items(), 100)] == [100, 100, 50]


async def test_what_has_gathered_goes_out_when_the_source_has_none_ready() -> None:
    source = Source(ready=3)
    batches = in_batches(source.items(), 100)
    assert await anext(batches) == [0, 1, 2]
    waiting = asyncio.ensure_future(anext(batches))
    await settle()
    assert not waiting.done()
    source.queue.put_nowait(3)
    assert await waiting == [3]
    source.queue.put_nowait(4)
    source.queue.put_nowait(5)
    source.queue.put_nowait(None)
    assert await anext(batches) == [4, 5]
    with pytest.raises(StopAsyncIteration):
        await anext(batches)
    assert source.closed


async def test_the_source_is_not_read_on_while_nobody_wants_more() -> None:
    source = Source(ready=10)
    batches = in_batches(source.items(), 4)
    assert await anext(batches) == [0, 1, 2, 3]
    await settle()
    assert source.given == 4
    await batches.aclose()
    assert source.closed


async def test_a_source_that_fails_gives_what_came_before_first() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise OSError("broken")

    batches = in_batches(source(), 10)
    assert await anext(batches) == [1, 2]
    with pytest.raises(OSError, match="broken"):
        await anext(batches)


async def test_leaving_in_the_middle_closes_the_source() -> None:
    source = Source(ready=1)
    batches = in_batches(source.items(), 4)
    assert await anext(batches) == [0]
    await batches.aclose()
    assert source.closed


async def test_cancelling_the_reader_of_a_slow_source_closes_it() -> None:
    source = Source()

    async def read() -> None:
        async for _ in in_batches(source.items(), 4):
            pass

    task = asyncio.create_task(read())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settle()
    assert source.closed
