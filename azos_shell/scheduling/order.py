"""The order in which waiting work goes: by priority, first-in first-out, and ageing so that nothing starves.

Each item has a due time: when it came, plus ``ageing_seconds`` for each level its priority is below the
highest. The earliest due time goes first, and of equals the one that came first. So among work that comes
within ``ageing_seconds`` the order is strictly priority, then first-in first-out; and against work that comes
later, an item that has waited ``ageing_seconds`` counts one level higher than it is, after twice that two
levels higher. An item is thus overtaken only by what comes within ``ageing_seconds`` times the difference in
level after it, which bounds every wait (linear ageing is earliest-deadline-first with the priority as slack:
Liu and Layland 1973). As the due time never changes, waiting costs nothing: no timer, no promotion.

A clock that goes back is held at the latest time seen, so first-in first-out holds through any clock.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from azos_shell.core.values import Priority

T = TypeVar("T")

_SLACK_TICKETS = (
    64  # withdrawn tickets tolerated in the heap before it is rebuilt, beyond one per waiting item
)


class Ticket(Generic[T]):
    """One item's place in the order."""

    __slots__ = ("due", "item", "number", "priority", "since", "waiting")

    def __init__(self, item: T, priority: Priority, since: float, due: float, number: int) -> None:
        self.item = item
        self.priority = priority
        self.since = since
        self.due = due
        self.number = number
        self.waiting = True

    def __lt__(self, other: Ticket[T]) -> bool:
        return (self.due, self.number) < (other.due, other.number)

    def __repr__(self) -> str:
        return f"<Ticket {self.number} {self.priority.name}{'' if self.waiting else ', not waiting'}>"


class AgeingOrder(Generic[T]):
    """Items waiting to go. All operations are O(log n)."""

    __slots__ = ("_ageing_seconds", "_heap", "_latest", "_number", "_waiting")

    def __init__(self, ageing_seconds: float) -> None:
        if not ageing_seconds > 0:
            raise ValueError(f"ageing_seconds must be above 0: {ageing_seconds}")
        self._ageing_seconds = ageing_seconds
        self._heap: list[Ticket[T]] = []
        self._waiting = [0, 0, 0, 0]
        self._latest = float("-inf")
        self._number = 0

    def __len__(self) -> int:
        return sum(self._waiting)

    def __repr__(self) -> str:
        return f"<AgeingOrder {self.counts}, first {self.first()!r}>"

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many wait, for each priority."""
        interactive, normal, bulk, prefetch = self._waiting
        return interactive, normal, bulk, prefetch

    def add(self, item: T, priority: Priority, now: float) -> Ticket[T]:
        """Put the item in its place."""
        self._latest = since = max(self._latest, now)
        self._number += 1
        ticket = Ticket(item, priority, since, since + priority * self._ageing_seconds, self._number)
        self._insert(ticket)
        return ticket

    def restore(self, ticket: Ticket[T]) -> None:
        """Put back what was taken, at the place it had."""
        if ticket.waiting:
            raise ValueError(f"{ticket!r} is still waiting")
        ticket.waiting = True
        self._insert(ticket)

    def first(self) -> Ticket[T] | None:
        """Who goes next; None if nothing waits."""
        heap = self._heap
        while heap and not heap[0].waiting:
            heappop(heap)
        return heap[0] if heap else None

    def take(self) -> Ticket[T] | None:
        """Take out who goes next; None if nothing waits."""
        ticket = self.first()
        if ticket is not None:
            heappop(self._heap)
            ticket.waiting = False
            self._waiting[ticket.priority] -= 1
        return ticket

    def withdraw(self, ticket: Ticket[T]) -> bool:
        """Take this one out of the order; False if it does not wait any more."""
        if not ticket.waiting:
            return False
        ticket.waiting = False
        self._waiting[ticket.priority] -= 1
        if len(self._heap) > 2 * len(self) + _SLACK_TICKETS:
            self._heap = [waiting for waiting in self._heap if waiting.waiting]
            heapify(self._heap)
        return True

    def _insert(self, ticket: Ticket[T]) -> None:
        self._waiting[ticket.priority] += 1
        heappush(self._heap, ticket)
