"""A rate limiter with an exact sliding window: never more than ``limit`` in any ``window_seconds``.

What is granted at time t counts from t until just before t + window_seconds, wherever a window is laid.
(Fixed windows let twice the limit through around their borders, token buckets up to a burst above it; servers
that count exactly then refuse.) The log of grants holds no more than one window and those who wait.

Grants are first-in first-out. A reservation gets the earliest time that is not before the last one's and
keeps every window within the limit; so a large request is not overtaken by small ones that would fit sooner,
and waits no longer than it takes the requests before it to age out. Giving one back lets those behind it move
up.

Pure: ``now`` is monotonic time; should it go back, the latest time seen holds. The limit is kept for the
times granted: who waits for a reservation uses it at its time, or gives it back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice

from azos_shell.core.errors import BusyError


class Reservation:
    """A grant for a time to come. ``at`` may move to an earlier time when somebody before it gives up."""

    __slots__ = ("_at", "amount", "is_cancelled")

    def __init__(self, at: float, amount: int) -> None:
        self._at = at
        self.amount = amount
        self.is_cancelled = False

    @property
    def at(self) -> float:
        """The monotonic time from which it may be used."""
        return self._at

    def __repr__(self) -> str:
        return f"<Reservation of {self.amount} at {self._at:.3f}{', cancelled' if self.is_cancelled else ''}>"


@dataclass(frozen=True, slots=True)
class LimiterStatistics:
    """A limiter now and since it was made. ``used`` are units of the window that ends now."""

    limit: int
    window_seconds: float
    used: int
    available: int
    waiting: int
    granted: int
    refused: int
    cancelled: int


class SlidingWindowLimiter:
    """``limit`` units (requests, tokens) per ``window_seconds``; at most ``max_waiting`` may be waiting."""

    def __init__(self, limit: int = 60, window_seconds: float = 60.0, *, max_waiting: int = 1000) -> None:
        if limit < 1 or not window_seconds > 0:
            raise ValueError(f"limit must be at least 1, window_seconds above 0: {limit}, {window_seconds}")
        self.limit = limit
        self.window_seconds = window_seconds
        self.max_waiting = max_waiting
        self._grants: deque[Reservation] = deque()  # in order of time; the last of them may be in the future
        self._latest = float("-inf")
        self._granted = self._refused = self._cancelled = 0

    def __repr__(self) -> str:
        rate = f"{self.limit} per {self.window_seconds:g} s"
        return f"<SlidingWindowLimiter {rate}, {len(self._grants)} grants in the log>"

    def try_acquire(self, now: float, amount: int = 1) -> float:
        """Take ``amount`` now and return 0.0; else take nothing and return the seconds until it could be had.

        Those who reserved before come first. ValueError if ``amount`` is above the limit: it could never be
        had.
        """
        now = self._advance(now)
        at = self._earliest(now, self._check(amount), len(self._grants))
        if at > now:
            self._refused += 1
            return at - now
        self._grants.append(Reservation(at, amount))
        self._granted += 1
        return 0.0

    def reserve(self, now: float, amount: int = 1) -> Reservation:
        """Take ``amount`` for the earliest time at which all reservations before have been served.

        Raises BusyError if ``max_waiting`` are pending, ValueError if ``amount`` is above the limit.
        """
        now = self._advance(now)
        at = self._earliest(now, self._check(amount), len(self._grants))
        if at > now and self._waiting(now) >= self.max_waiting:
            self._refused += 1
            raise BusyError(f"{self.max_waiting} requests are waiting for the rate limit; try again later")
        reservation = Reservation(at, amount)
        self._grants.append(reservation)
        self._granted += 1
        return reservation

    def cancel(self, reservation: Reservation, now: float) -> tuple[Reservation, ...]:
        """Give back what was not used. Returns the reservations that moved to an earlier time through it.

        Whoever waits for one of those is to be told. Giving back a second time, or what left the window, is
        nothing.
        """
        now = self._advance(now)
        if reservation.is_cancelled:
            return ()
        reservation.is_cancelled = True
        for index, grant in enumerate(self._grants):
            if grant is reservation:
                del self._grants[index]
                self._cancelled += 1
                return self._move_up(now, index)
        return ()

    def statistics(self, now: float) -> LimiterStatistics:
        """A frozen picture of ``now``."""
        now = self._advance(now)
        used = sum(grant.amount for grant in self._grants if grant.at <= now)
        return LimiterStatistics(
            limit=self.limit,
            window_seconds=self.window_seconds,
            used=used,
            available=self.limit - used,
            waiting=self._waiting(now),
            granted=self._granted,
            refused=self._refused,
            cancelled=self._cancelled,
        )

    def _check(self, amount: int) -> int:
        if not 1 <= amount <= self.limit:
            raise ValueError(f"amount must be in 1..{self.limit}: {amount}")
        return amount

    def _advance(self, now: float) -> float:
        """Forget what has left the window. Returns the time that holds."""
        self._latest = now = max(self._latest, now)
        while self._grants and self._grants[0].at + self.window_seconds <= now:
            self._grants.popleft()
        return now

    def _earliest(self, now: float, amount: int, behind: int) -> float:
        """The earliest time for ``amount`` right behind the first ``behind`` grants.

        Being the latest of them, it can only overfill the window that ends with it. Walking back, the grant
        that does not fit beside it any more, and all before that, must have left the window.
        """
        room = self.limit - amount
        at = now
        for grant in islice(reversed(self._grants), len(self._grants) - behind, None):
            at = max(at, grant.at)
            room -= grant.amount
            if room < 0:
                return max(at, grant.at + self.window_seconds)
        return at

    def _move_up(self, now: float, first: int) -> tuple[Reservation, ...]:
        moved = []
        for index in range(first, len(self._grants)):
            grant = self._grants[index]
            at = self._earliest(now, grant.amount, index)
            if grant.at > now and at < grant.at:
                grant._at = at
                moved.append(grant)
        return tuple(moved)

    def _waiting(self, now: float) -> int:
        count = 0
        for grant in reversed(self._grants):
            if grant.at <= now:
                break
            count += 1
        return count
