"""PriorityTaskQueue: bounded, ordered, and no item is ever lost."""

from __future__ import annotations

import asyncio
import random

import pytest
from fakes.clock import FakeClock

from azos_shell.core.errors import BusyError
from azos_shell.core.values import Priority
from azos_shell.scheduling.queue import PriorityTaskQueue


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def queue_of(*items: tuple[str, Priority], max_size: int = 100) -> PriorityTaskQueue[str]:
    queue: PriorityTaskQueue[str] = PriorityTaskQueue(max_size, clock=FakeClock())
    for item, priority in items:
        queue.put_nowait(item, priority)
    return queue


def test_it_gives_by_priority_then_first_in_first_out() -> None:
    queue = queue_of(
        ("b", Priority.BULK), ("n1", Priority.NORMAL), ("i", Priority.INTERACTIVE), ("n2", Priority.NORMAL)
    )
    assert [queue.get_nowait() for _ in range(4)] == ["i", "n1", "n2", "b"]
    with pytest.raises(BusyError, match="empty"):
        queue.get_nowait()


def test_waiting_work_ages() -> None:
    clock = FakeClock()
    queue: PriorityTaskQueue[str] = PriorityTaskQueue(ageing_seconds=10, clock=clock)
    queue.put_nowait("bulk", Priority.BULK)
    clock.advance(20)
    queue.put_nowait("typed", Priority.INTERACTIVE)
    assert queue.statistics().oldest_wait_seconds == 20
    assert queue.get_nowait() == "bulk"


def test_a_full_queue_refuses_at_once() -> None:
    queue = queue_of(("a", Priority.NORMAL), max_size=1)
    with pytest.raises(BusyError, match="full"):
        queue.put_nowait("b")
    assert queue.statistics().refused == 1


def test_a_queued_item_can_be_cancelled_once() -> None:
    queue = queue_of(("a", Priority.NORMAL))
    ticket = queue.put_nowait("b", Priority.INTERACTIVE)
    assert queue.cancel(ticket)
    assert not queue.cancel(ticket)
    assert queue.get_nowait() == "a"
    assert len(queue) == 0


async def test_a_getter_waits_for_an_item() -> None:
    queue = queue_of()
    getter = asyncio.create_task(queue.get())
    await settle()
    assert queue.statistics().getters_waiting == 1
    queue.put_nowait("a")
    assert await getter == "a"


async def test_a_putter_waits_for_room_and_the_most_urgent_goes_first() -> None:
    queue = queue_of(("a", Priority.NORMAL), max_size=1)
    bulk = asyncio.create_task(queue.put("bulk", Priority.BULK))
    typed = asyncio.create_task(queue.put("typed", Priority.INTERACTIVE))
    await settle()
    assert queue.statistics().putters_waiting == 2
    assert queue.get_nowait() == "a"
    await settle()
    assert typed.done()
    assert not bulk.done()
    assert queue.get_nowait() == "typed"
    await bulk
    assert queue.get_nowait() == "bulk"


async def test_cancelling_a_queued_item_lets_a_putter_in() -> None:
    queue = queue_of(max_size=1)
    ticket = queue.put_nowait("a")
    putter = asyncio.create_task(queue.put("b"))
    await settle()
    queue.cancel(ticket)
    await putter
    assert queue.get_nowait() == "b"


async def test_a_woken_putter_whose_room_was_taken_keeps_its_place() -> None:
    queue = queue_of(("a", Priority.NORMAL), max_size=1)
    first = asyncio.create_task(queue.put("first"))
    second = asyncio.create_task(queue.put("second"))
    await settle()
    queue.get_nowait()
    queue.put_nowait("quick")  # before the first putter, which was woken, could look
    await settle()
    assert not first.done()
    queue.get_nowait()
    await settle()
    assert queue.get_nowait() == "first"
    await second
    await first


async def test_a_cancelled_getter_passes_its_wake_up_on() -> None:
    queue = queue_of()
    first, second = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
    await settle()
    queue.put_nowait("a")
    first.cancel()  # it was woken, and did not run yet
    assert await second == "a"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_cancelled_putter_passes_its_wake_up_on_and_queues_nothing() -> None:
    queue = queue_of(("a", Priority.NORMAL), max_size=1)
    first, second = asyncio.create_task(queue.put("first")), asyncio.create_task(queue.put("second"))
    await settle()
    queue.get_nowait()
    first.cancel()
    await second
    assert queue.get_nowait() == "second"
    assert len(queue) == 0


async def test_a_cancelled_waiter_leaves_nothing_behind() -> None:
    queue = queue_of()
    getter = asyncio.create_task(queue.get())
    await settle()
    getter.cancel()
    await settle()
    assert queue.statistics().getters_waiting == 0
    queue.put_nowait("a")
    assert queue.get_nowait() == "a"


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_is_cancelled_every_item_arrives_exactly_once(seed: int) -> None:
    chance = random.Random(seed)
    queue: PriorityTaskQueue[int] = PriorityTaskQueue(max_size=3, clock=FakeClock())
    arrived: list[int] = []
    put: list[int] = []

    async def take() -> None:
        arrived.append(await queue.get())

    async def give(number: int) -> None:
        await queue.put(number, chance.choice(list(Priority)))
        put.append(number)

    tasks = [asyncio.create_task(give(number) if chance.random() < 0.5 else take()) for number in range(200)]
    while chance.random() < 0.98:
        chance.choice(tasks).cancel()
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    await settle()
    while len(queue) or queue.statistics().putters_waiting:
        arrived.append(await queue.get())
        await settle()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(arrived) == sorted(put)
    assert queue.statistics().getters_waiting == queue.statistics().putters_waiting == 0
