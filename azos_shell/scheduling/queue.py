"""A bounded queue of work for tasks that put and take: by priority, first-in first-out, ageing.

The order is ``scheduling.order``'s; here is the waiting. An item is in the order until a taker removes it in
one synchronous step; waiting takers and putters are only ever *woken*, and look again. So there is no moment
at which an item is on its way to somebody who may be cancelled: it can't be lost. Whoever is woken and
cancelled before looking passes the wake-up on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from azos_shell.core.clock import SystemClock
from azos_shell.core.errors import BusyError
from azos_shell.core.values import Priority
from azos_shell.scheduling.loop import waiting_loop
from azos_shell.scheduling.order import AgeingOrder, Ticket

if TYPE_CHECKING:
    import asyncio

    from azos_shell.core.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """One queue now and since it was made. ``oldest_wait_seconds`` is that of the item that goes next."""

    size: int
    max_size: int
    by_priority: tuple[int, int, int, int]
    getters_waiting: int
    putters_waiting: int
    put: int
    taken: int
    cancelled: int
    refused: int
    peak_size: int
    oldest_wait_seconds: float


class PriorityTaskQueue(Generic[T]):
    """Items with priorities. For one event loop; the ``_nowait`` forms need none, and never wait.

    ``put_nowait`` raises BusyError when ``max_size`` items wait, ``await put`` waits for room, the most
    urgent putter first. ``get`` gives the most urgent item; one that has waited ``ageing_seconds`` counts one
    level more urgent than what comes then. ``cancel`` takes an item out by the ticket that putting it gave.
    """

    def __init__(
        self, max_size: int = 1000, *, ageing_seconds: float = 10.0, clock: Clock | None = None
    ) -> None:
        if max_size < 1:
            raise ValueError(f"max_size must be at least 1: {max_size}")
        self.max_size = max_size
        self._now = (clock or SystemClock()).monotonic
        self._items: AgeingOrder[T] = AgeingOrder(ageing_seconds)
        self._putters: AgeingOrder[list[asyncio.Future[None]]] = AgeingOrder(ageing_seconds)
        self._getters: deque[asyncio.Future[None]] = deque()
        self._put = self._taken = self._cancelled = self._refused = self._peak_size = 0

    def __repr__(self) -> str:
        waiting = f"{len(self._getters)} getters and {len(self._putters)} putters waiting"
        return f"<PriorityTaskQueue {len(self._items)}/{self.max_size}, {waiting}>"

    def __len__(self) -> int:
        return len(self._items)

    def put_nowait(self, item: T, priority: Priority = Priority.NORMAL) -> Ticket[T]:
        """Queue the item; BusyError if the queue is full."""
        if len(self._items) >= self.max_size:
            self._refused += 1
            raise BusyError(f"the queue is full: {self.max_size} items are waiting")
        ticket = self._items.add(item, priority, self._now())
        self._put += 1
        self._peak_size = max(self._peak_size, len(self._items))
        self._wake_getter()
        return ticket

    async def put(self, item: T, priority: Priority = Priority.NORMAL) -> Ticket[T]:
        """Queue the item, waiting for room. Cancelled while waiting, the item is not queued."""
        place: Ticket[list[asyncio.Future[None]]] | None = None
        while len(self._items) >= self.max_size:
            future: asyncio.Future[None] = (await waiting_loop()).create_future()
            if place is None:
                place = self._putters.add([future], priority, self._now())
            else:  # woken, but somebody was quicker: wait on, at the old place
                place.item[0] = future
                self._putters.restore(place)
            try:
                await future
            except BaseException:  # cancelled, or the waiting coroutine was closed
                if not self._putters.withdraw(place):
                    self._wake_putter()
                raise
        return self.put_nowait(item, priority)

    def get_nowait(self) -> T:
        """Take the most urgent item; BusyError if there is none."""
        ticket = self._items.take()
        if ticket is None:
            raise BusyError("the queue is empty")
        self._taken += 1
        self._wake_putter()
        return ticket.item

    async def get(self) -> T:
        """Take the most urgent item, waiting for one. Cancelled while waiting, no item is lost."""
        while not len(self._items):
            future: asyncio.Future[None] = (await waiting_loop()).create_future()
            self._getters.append(future)
            try:
                await future
            except BaseException:  # cancelled, or the waiting coroutine was closed
                if future in self._getters:
                    self._getters.remove(future)
                elif len(self._items):
                    self._wake_getter()
                raise
        return self.get_nowait()

    def cancel(self, ticket: Ticket[T]) -> bool:
        """Take the item of this ticket out of the queue; False if it was taken or cancelled before."""
        if not self._items.withdraw(ticket):
            return False
        self._cancelled += 1
        self._wake_putter()
        return True

    def statistics(self) -> QueueStatistics:
        """A frozen picture of now."""
        first = self._items.first()
        return QueueStatistics(
            size=len(self._items),
            max_size=self.max_size,
            by_priority=self._items.counts,
            getters_waiting=len(self._getters),
            putters_waiting=len(self._putters),
            put=self._put,
            taken=self._taken,
            cancelled=self._cancelled,
            refused=self._refused,
            peak_size=self._peak_size,
            oldest_wait_seconds=0.0 if first is None else max(0.0, self._now() - first.since),
        )

    def _wake_getter(self) -> None:
        while self._getters:
            future = self._getters.popleft()
            if not future.done():
                future.set_result(None)
                return

    def _wake_putter(self) -> None:
        """Wake one putter if there is room for what it brings."""
        while len(self._items) < self.max_size and (place := self._putters.take()) is not None:
            future = place.item[0]
            if not future.done():
                future.set_result(None)
                return
