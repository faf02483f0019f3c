"""Who may run in a lane, decided purely: so many at once, in the order of ``scheduling.order``, a part kept
free.

Of ``width`` slots at most ``width - reserved`` are ever held by work that is not INTERACTIVE. So an
INTERACTIVE dispatch waits only while all kept slots are held by other INTERACTIVE ones, never because of bulk
work, however much of it there is and however long it has waited.

After each call nobody is left waiting who could run. Hence whoever finds room on coming in overtakes nobody,
and the way in costs a comparison or two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from azos_shell.core.errors import BusyError
from azos_shell.core.values import Priority
from azos_shell.scheduling.order import AgeingOrder, Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Admission(Generic[T]):
    """A lane's slots and who waits for one. ``max_waiting`` bounds INTERACTIVE and other waiters apart."""

    __slots__ = ("_interactive", "_others", "_running", "max_waiting", "reserved", "running", "width")

    def __init__(self, width: int, reserved: int, max_waiting: int, ageing_seconds: float) -> None:
        if width < 1 or not 0 <= reserved < width or max_waiting < 0:
            raise ValueError(
                f"not 0 <= reserved < width, or max_waiting below 0: {reserved}, {width}, {max_waiting}"
            )
        self.width = width
        self.reserved = reserved
        self.max_waiting = max_waiting
        self.running = 0
        self._running = [0, 0, 0, 0]
        self._interactive: AgeingOrder[T] = AgeingOrder(ageing_seconds)
        self._others: AgeingOrder[T] = AgeingOrder(ageing_seconds)

    def __repr__(self) -> str:
        return f"<Admission {self.running}/{self.width} running, {sum(self.waiting_counts)} waiting>"

    @property
    def running_counts(self) -> Sequence[int]:
        """How many run, for each priority."""
        return tuple(self._running)

    @property
    def waiting_counts(self) -> Sequence[int]:
        """How many wait, for each priority."""
        return (self._interactive.counts[0], *self._others.counts[1:])

    def enter(self, priority: Priority) -> bool:
        """Take a slot at once; False if there is none for this priority."""
        if not self._has_room(priority):
            return False
        self._hold(priority)
        return True

    def wait(self, item: T, priority: Priority, now: float) -> Ticket[T]:
        """Queue up, after ``enter`` said no. Raises BusyError if the queue is full."""
        order = self._order(priority)
        if len(order) >= self.max_waiting:
            raise BusyError(f"{len(order)} are waiting already; try again when some have run")
        return order.add(item, priority, now)

    def withdraw(self, ticket: Ticket[T]) -> bool:
        """Stop waiting; False if a slot was granted meanwhile, which then must be given back by ``leave``."""
        return self._order(ticket.priority).withdraw(ticket)

    def leave(self, priority: Priority) -> Ticket[T] | None:
        """Give a slot back. Returns who gets it: it is held for them already, and they are to be told."""
        if not self._running[priority]:
            raise ValueError(f"no {priority.name} slot is held")
        self.running -= 1
        self._running[priority] -= 1
        return self._grant()

    def _order(self, priority: Priority) -> AgeingOrder[T]:
        return self._others if priority else self._interactive

    def _grant(self) -> Ticket[T] | None:
        first = self._interactive.first()
        order = self._interactive
        if self._has_room(Priority.NORMAL):
            other = self._others.first()
            if other is not None and (first is None or other < first):
                order = self._others
        ticket = order.take()
        if ticket is not None:
            self._hold(ticket.priority)
        return ticket

    def _has_room(self, priority: Priority) -> bool:
        if self.running >= self.width:
            return False
        if not priority:  # INTERACTIVE, and cheaper than saying so
            return True
        return self.running - self._running[0] < self.width - self.reserved

    def _hold(self, priority: Priority) -> None:
        self.running += 1
        self._running[priority] += 1
