"""Lanes: how many dispatches of a kind run at once, and who goes next.

The decisions are ``scheduling.admission``'s; here is the waiting. A lane with room costs no event loop:
asyncio is only touched when somebody really has to wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azos_shell.core.clock import SystemClock
from azos_shell.core.errors import BusyError
from azos_shell.core.values import Priority
from azos_shell.scheduling.admission import Admission

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import TracebackType

    from azos_shell.core.clock import Clock

AGEING_SECONDS = (
    10.0  # a level every ten seconds: bulk work is at the front after twenty, long before one gives up
)
MAX_WAITING = 10_000  # a loop that queues faster than a lane runs is stopped here, at about 10 MB


@dataclass(frozen=True, slots=True)
class LaneStatistics:
    """One lane now and since it was made. The tuples hold a number for each priority, INTERACTIVE first."""

    name: str
    width: int
    reserved: int
    running: int
    waiting: int
    running_by_priority: tuple[int, ...]
    waiting_by_priority: tuple[int, ...]
    granted: int
    granted_at_once: int
    refused: int
    abandoned: int
    peak_running: int
    peak_waiting: int
    wait_seconds: float


class Lane:
    """Slots for ``width`` dispatches; ``reserved`` of them (1 where there are more than 1) only for
    INTERACTIVE ones.

    For one event loop. Whoever holds a slot must not wait for a second one in the same lane: with all slots
    held in that way, nobody would ever go on.
    """

    def __init__(
        self,
        name: str,
        width: int,
        *,
        reserved: int | None = None,
        max_waiting: int = MAX_WAITING,
        ageing_seconds: float = AGEING_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._now = (clock or SystemClock()).monotonic
        kept = int(width > 1) if reserved is None else reserved
        self._admission: Admission[asyncio.Future[None]] = Admission(width, kept, max_waiting, ageing_seconds)
        self._granted = self._granted_at_once = self._refused = self._abandoned = 0
        self._peak_running = self._peak_waiting = 0
        self._wait_seconds = 0.0

    def __repr__(self) -> str:
        return f"<Lane {self.name}: {self.running}/{self.width} running, {self.waiting} waiting>"

    @property
    def width(self) -> int:
        """How many run at once."""
        return self._admission.width

    @property
    def running(self) -> int:
        """How many hold a slot."""
        return self._admission.running

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(self._admission.waiting_counts)

    def slot(self, priority: Priority) -> Slot:
        """``async with lane.slot(priority) as wait_seconds:`` holds a slot for the block."""
        return Slot(self, priority)

    def try_acquire(self, priority: Priority) -> bool:
        """Take a slot without waiting; False if there is none. Whoever gets one calls ``release``."""
        if not self._admission.enter(priority):
            return False
        self._granted += 1
        self._granted_at_once += 1
        if self._admission.running > self._peak_running:
            self._peak_running = self._admission.running
        return True

    async def acquire(self, priority: Priority) -> float:
        """Take a slot, waiting for it; returns the seconds waited. Raises BusyError if too many wait already.

        Cancelled while waiting, it leaves no trace: a slot granted at that very moment goes to the next in
        line.
        """
        if self.try_acquire(priority):
            return 0.0
        import asyncio

        started = self._now()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            ticket = self._admission.wait(future, priority, started)
        except BusyError as error:
            self._refused += 1
            raise BusyError(f"lane {self.name}: {error.message}") from None
        self._peak_waiting = max(self._peak_waiting, self.waiting)
        try:
            await future
        except BaseException:  # cancelled, or the waiting coroutine was closed
            self._abandoned += 1
            if not self._admission.withdraw(ticket):
                self.release(priority)
            raise
        waited_seconds = max(0.0, self._now() - started)
        self._granted += 1
        self._wait_seconds += waited_seconds
        return waited_seconds

    def release(self, priority: Priority) -> None:
        """Give a slot back; it goes at once to the next in line."""
        ticket = self._admission.leave(priority)
        if ticket is not None and not ticket.item.done():
            ticket.item.set_result(None)

    def statistics(self) -> LaneStatistics:
        """A frozen picture of now."""
        return LaneStatistics(
            name=self.name,
            width=self._admission.width,
            reserved=self._admission.reserved,
            running=self.running,
            waiting=self.waiting,
            running_by_priority=tuple(self._admission.running_counts),
            waiting_by_priority=tuple(self._admission.waiting_counts),
            granted=self._granted,
            granted_at_once=self._granted_at_once,
            refused=self._refused,
            abandoned=self._abandoned,
            peak_running=self._peak_running,
            peak_waiting=self._peak_waiting,
            wait_seconds=self._wait_seconds,
        )


class Slot:
    """A slot of a lane, held from entering the block to leaving it however it is left."""

    __slots__ = ("_lane", "_priority")

    def __init__(self, lane: Lane, priority: Priority) -> None:
        self._lane = lane
        self._priority = priority

    async def __aenter__(self) -> float:
        return await self._lane.acquire(self._priority)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lane.release(self._priority)


class LaneScheduler:
    """The lanes of a process, by name."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lanes: dict[str, Lane] = {}

    def __repr__(self) -> str:
        return f"<LaneScheduler {', '.join(self._lanes)}: {self.running} running, {self.waiting} waiting>"

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __contains__(self, name: str) -> bool:
        return name in self._lanes

    def add(
        self, name: str, width: int, *, reserved: int | None = None, max_waiting: int = MAX_WAITING
    ) -> Lane:
        """Make a lane; ValueError if there is one of that name."""
        if name in self._lanes:
            raise ValueError(f"there is a lane {name} already")
        lane = Lane(name, width, reserved=reserved, max_waiting=max_waiting, clock=self._clock)
        self._lanes[name] = lane
        return lane

    def lane(self, name: str) -> Lane:
        """The lane of that name; KeyError if there is none."""
        return self._lanes[name]

    @property
    def running(self) -> int:
        """How many run, in all lanes."""
        return sum(lane.running for lane in self)

    @property
    def waiting(self) -> int:
        """How many wait, in all lanes."""
        return sum(lane.waiting for lane in self)

    def statistics(self) -> tuple[LaneStatistics, ...]:
        """A frozen picture of each lane, in the order they were added."""
        return tuple(lane.statistics() for lane in self)
