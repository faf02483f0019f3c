"""Lanes: who may run, and that nobody at the prompt waits behind bulk work."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys

import pytest
from fakes.clock import FakeClock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from azos_shell.core.errors import BusyError
from azos_shell.core.values import Priority
from azos_shell.scheduling.admission import Admission
from azos_shell.scheduling.lanes import Lane, LaneScheduler

PRIORITIES = st.sampled_from(Priority)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_lane_runs_so_many_at_once() -> None:
    lane = Lane("thread", 3, reserved=0)
    assert [lane.try_acquire(Priority.BULK) for _ in range(4)] == [True, True, True, False]
    lane.release(Priority.BULK)
    assert lane.try_acquire(Priority.BULK)


def test_one_slot_is_kept_for_interactive_work() -> None:
    lane = Lane("thread", 3)
    assert [lane.try_acquire(Priority.BULK) for _ in range(3)] == [True, True, False]
    assert lane.try_acquire(Priority.INTERACTIVE)
    assert not lane.try_acquire(Priority.INTERACTIVE)


def test_interactive_work_under_way_takes_the_kept_slot_and_not_a_second_one() -> None:
    lane = Lane("thread", 2)
    assert lane.try_acquire(Priority.INTERACTIVE)
    assert lane.try_acquire(Priority.BULK)


def test_a_lane_of_one_keeps_nothing() -> None:
    assert Lane("writer", 1).try_acquire(Priority.BULK)


def test_giving_back_what_is_not_held_is_an_error() -> None:
    with pytest.raises(ValueError, match="no BULK slot is held"):
        Lane("thread", 2).release(Priority.BULK)


async def test_a_slot_is_held_for_the_block_however_it_ends() -> None:
    lane = Lane("thread", 1)
    with pytest.raises(ZeroDivisionError):
        async with lane.slot(Priority.NORMAL) as wait_seconds:
            assert wait_seconds == 0.0
            assert lane.running == 1
            raise ZeroDivisionError
    assert lane.running == 0


async def test_a_waiter_learns_how_long_it_waited() -> None:
    clock = FakeClock()
    lane = Lane("thread", 1, clock=clock)
    assert lane.try_acquire(Priority.NORMAL)
    waiter = asyncio.create_task(lane.acquire(Priority.NORMAL))
    await settle()
    clock.advance(2.5)
    lane.release(Priority.NORMAL)
    assert await waiter == 2.5
    assert lane.statistics().wait_seconds == 2.5


async def test_with_bulk_work_queued_up_a_typed_command_runs_at_once() -> None:
    lane = Lane("thread", 4, clock=FakeClock())
    order: list[str] = []

    async def work(name: str, priority: Priority, done: asyncio.Event) -> None:
        async with lane.slot(priority):
            order.append(name)
            await done.wait()

    done = asyncio.Event()
    bulk = [asyncio.create_task(work(f"bulk {n}", Priority.BULK, done)) for n in range(200)]
    await settle()
    assert lane.statistics().waiting_by_priority == (0, 0, 197, 0)
    typed = asyncio.create_task(work("typed", Priority.INTERACTIVE, done))
    await settle()
    assert order[-1] == "typed"
    done.set()
    await asyncio.gather(typed, *bulk)
    assert order == ["bulk 0", "bulk 1", "bulk 2", "typed", *(f"bulk {n}" for n in range(3, 200))]


async def test_a_cancelled_waiter_gives_its_permit_back() -> None:
    lane = Lane("thread", 1, clock=FakeClock())
    assert lane.try_acquire(Priority.NORMAL)
    first, second = (asyncio.create_task(lane.acquire(Priority.NORMAL)) for _ in range(2))
    await settle()
    lane.release(Priority.NORMAL)  # grants the first ...
    first.cancel()  # ... which is cancelled before it runs
    assert await second == 0.0
    assert lane.running == 1
    lane.release(Priority.NORMAL)
    assert (lane.running, lane.waiting, lane.statistics().abandoned) == (0, 0, 1)


async def test_a_waiter_cancelled_just_before_the_grant_gives_it_back_as_well() -> None:
    lane = Lane("thread", 1, clock=FakeClock())
    assert lane.try_acquire(Priority.NORMAL)
    waiter = asyncio.create_task(lane.acquire(Priority.NORMAL))
    await settle()
    waiter.cancel()
    lane.release(Priority.NORMAL)
    await settle()
    assert (lane.running, lane.waiting) == (0, 0)


async def test_too_many_waiters_are_refused_and_bulk_does_not_use_up_the_places_of_others() -> None:
    lane = Lane("http", 2, max_waiting=2, clock=FakeClock())
    assert lane.try_acquire(Priority.BULK)
    assert lane.try_acquire(Priority.INTERACTIVE)
    waiters = [asyncio.create_task(lane.acquire(Priority.BULK)) for _ in range(2)]
    await settle()
    with pytest.raises(BusyError, match="lane http: 2 are waiting already"):
        await lane.acquire(Priority.BULK)
    waiters.append(asyncio.create_task(lane.acquire(Priority.INTERACTIVE)))
    await settle()
    assert lane.statistics().refused == 1
    assert repr(lane) == "<Lane http: 2/2 running, 3 waiting>"
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    assert lane.waiting == 0


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_is_cancelled_no_slot_is_lost_or_minted(seed: int) -> None:
    chance = random.Random(seed)
    clock = FakeClock()
    lane = Lane("thread", 3, clock=clock)
    running = 0

    async def work(priority: Priority) -> None:
        nonlocal running
        async with lane.slot(priority):
            running += 1
            assert running <= 3
            try:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                running -= 1

    tasks = [asyncio.create_task(work(chance.choice(list(Priority)))) for _ in range(200)]
    for _ in range(150):
        chance.choice(tasks).cancel()
        clock.advance(chance.random())
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (lane.running, lane.waiting) == (0, 0)
    assert lane.statistics().running_by_priority == (0, 0, 0, 0)


async def test_a_scheduler_knows_its_lanes() -> None:
    lanes = LaneScheduler(FakeClock())
    http = lanes.add("http", 2)
    lanes.add("sqlite", 5)
    assert lanes.lane("http") is http
    assert "http" in lanes
    with pytest.raises(ValueError, match="already"):
        lanes.add("http", 3)
    async with http.slot(Priority.NORMAL):
        assert (lanes.running, lanes.waiting) == (1, 0)
        assert repr(lanes) == "<LaneScheduler http, sqlite: 1 running, 0 waiting>"
    first, second = lanes.statistics()
    assert (first.name, first.granted, first.granted_at_once, first.peak_running) == ("http", 1, 1, 1)
    assert (second.name, second.width, second.reserved) == ("sqlite", 5, 1)


def test_a_lane_with_room_needs_no_event_loop() -> None:
    code = (
        "import sys\n"
        "from azos_shell.core.values import Priority\n"
        "from azos_shell.scheduling.lanes import Lane\n"
        "lane = Lane('x', 2)\n"
        "try: lane.acquire(Priority.NORMAL).send(None)\n"
        "except StopIteration as stop: assert stop.value == 0.0\n"
        "assert 'asyncio' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class AdmissionMachine(RuleBasedStateMachine):
    """However work comes and goes, the invariants of a lane hold."""

    @initialize(width=st.integers(1, 5), data=st.data())
    def make(self, width: int, data: st.DataObject) -> None:
        self.reserved = data.draw(st.integers(0, width - 1))
        self.lane: Admission[int] = Admission(width, self.reserved, 1000, ageing_seconds=5)
        self.held: list[Priority] = []
        self.waiting: dict[int, object] = {}
        self.number = 0
        self.now = 0.0

    @rule(priority=PRIORITIES, seconds=st.floats(0, 20))
    def come(self, priority: Priority, seconds: float) -> None:
        self.now += seconds
        self.number += 1
        if self.lane.enter(priority):
            self.held.append(priority)
        else:
            self.waiting[self.number] = self.lane.wait(self.number, priority, self.now)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.held) - 1))
        granted = self.lane.leave(self.held.pop(index))
        if granted is not None:
            assert self.waiting.pop(granted.item) is granted
            self.held.append(granted.priority)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.lane.withdraw(self.waiting.pop(number))  # type: ignore[arg-type]

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "lane"):
            return
        lane = self.lane
        others = sum(priority != Priority.INTERACTIVE for priority in self.held)
        assert lane.running == len(self.held) <= lane.width
        assert others <= lane.width - self.reserved
        assert sum(lane.waiting_counts) == len(self.waiting)
        if lane.waiting_counts[0]:
            assert lane.running == lane.width, "an INTERACTIVE one waits though a slot is free"
            assert len(self.held) - others >= self.reserved, "one waits because of bulk work"
        if sum(lane.waiting_counts[1:]):
            assert lane.running == lane.width or others == lane.width - self.reserved


AdmissionMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestAdmission = AdmissionMachine.TestCase
