"""A circuit breaker: what keeps failing is left alone for a while, then tried with exactly one call.

The states and what leads from one to the next:

* CLOSED: calls go through. ``failure_threshold`` failures in a row open the circuit.
* OPEN: calls are refused. After ``reset_seconds`` the circuit is HALF_OPEN.
* HALF_OPEN: one call, the probe, goes through. Its success closes the circuit, its failure opens it again. A
  probe that says nothing until its deadline loses its place; the next call is then the probe.

A call holds a permit from ``acquire`` and reports how it ended by ``success``, ``failure`` or ``cancelled``
(which counts as neither, and gives a probe's place back). Each change of state begins a new epoch, and a
result counts only in the epoch its permit was given in: a late answer of a call from before the circuit
opened says nothing about now.

Pure: no clock, no waiting. ``now`` is monotonic time; should it go back all the same, the latest time seen
holds. (Nygard, "Release It!", 2007, chapter 5.2; the errors avoided here are those of libraries that let all
waiting calls probe at once or count a Ctrl-C as a failure.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CircuitState(Enum):
    """Where a circuit breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Permit:
    """The right to make one call, to be reported on once."""

    __slots__ = ("deadline", "epoch", "is_probe", "settled")

    def __init__(self, epoch: int, *, is_probe: bool, deadline: float) -> None:
        self.epoch = epoch
        self.is_probe = is_probe
        self.deadline = deadline
        self.settled = False

    def __repr__(self) -> str:
        kind = "probe" if self.is_probe else "call"
        return f"<Permit {kind} of epoch {self.epoch}{', settled' if self.settled else ''}>"


@dataclass(frozen=True, slots=True)
class BreakerStatistics:
    """A breaker now and since it was made. ``late`` counts results that came too late to mean anything."""

    state: CircuitState
    failures_in_row: int
    retry_after_seconds: float
    permitted: int
    refused: int
    successes: int
    failures: int
    cancelled: int
    late: int
    opened: int
    probes: int


class CircuitBreaker:
    """The state machine for one dependency."""

    def __init__(
        self,
        failure_threshold: int = 5,
        reset_seconds: float = 60.0,
        *,
        probe_deadline_seconds: float = 60.0,
    ) -> None:
        if failure_threshold < 1 or not reset_seconds > 0 or not probe_deadline_seconds > 0:
            raise ValueError(
                "failure_threshold must be at least 1, reset_seconds and probe_deadline_seconds above 0: "
                f"{failure_threshold}, {reset_seconds}, {probe_deadline_seconds}"
            )
        self.failure_threshold = failure_threshold
        self.reset_seconds = reset_seconds
        self.probe_deadline_seconds = probe_deadline_seconds
        self._state = CircuitState.CLOSED
        self._epoch = 0
        self._failures_in_row = 0
        self._opened_at = 0.0
        self._probe: Permit | None = None
        self._latest = float("-inf")
        self._permitted = self._refused = self._successes = self._failures = 0
        self._cancelled = self._late = self._opened = self._probes = 0

    def __repr__(self) -> str:
        if self._state is CircuitState.CLOSED:
            return (
                f"<CircuitBreaker closed, {self._failures_in_row}/{self.failure_threshold} failures in a row>"
            )
        probing = ", probing" if self._probe is not None else ""
        return f"<CircuitBreaker {self._state.value} since {self._opened_at:.3f}{probing}>"

    # -- asking ----------------------------------------------------------------------------------------------

    def state(self, now: float) -> CircuitState:
        """Where the circuit stands at ``now``."""
        self._advance(now)
        return self._state

    def retry_after(self, now: float) -> float:
        """Seconds until a call may be let through; 0.0 if one would be now."""
        now = self._advance(now)
        if self._state is CircuitState.OPEN:
            return self._opened_at + self.reset_seconds - now
        return self._probe.deadline - now if self._probe is not None else 0.0

    def acquire(self, now: float) -> Permit | None:
        """The permit for one call, or None: the circuit is open, or half-open with its probe under way."""
        now = self._advance(now)
        if self._state is CircuitState.OPEN or self._probe is not None:
            self._refused += 1
            return None
        self._permitted += 1
        if self._state is CircuitState.CLOSED:
            return Permit(self._epoch, is_probe=False, deadline=float("inf"))
        self._probes += 1
        self._probe = Permit(self._epoch, is_probe=True, deadline=now + self.probe_deadline_seconds)
        return self._probe

    # -- reporting -------------------------------------------------------------------------------------------

    def success(self, permit: Permit, now: float) -> None:
        """The call did what it should."""
        if not self._settle(permit, now):
            return
        self._successes += 1
        self._failures_in_row = 0
        if permit.is_probe:
            self._enter(CircuitState.CLOSED)

    def failure(self, permit: Permit, now: float) -> None:
        """The dependency failed the call."""
        if not self._settle(permit, now):
            return
        self._failures += 1
        self._failures_in_row += 1
        if permit.is_probe or self._failures_in_row >= self.failure_threshold:
            self._opened_at = self._latest
            self._opened += 1
            self._enter(CircuitState.OPEN)

    def cancelled(self, permit: Permit, now: float) -> None:
        """The call was given up before it could tell anything about the dependency."""
        if self._settle(permit, now):
            self._cancelled += 1
            self._probe = None

    def statistics(self, now: float) -> BreakerStatistics:
        """A frozen picture of ``now``."""
        return BreakerStatistics(
            state=self.state(now),
            failures_in_row=self._failures_in_row,
            retry_after_seconds=self.retry_after(now),
            permitted=self._permitted,
            refused=self._refused,
            successes=self._successes,
            failures=self._failures,
            cancelled=self._cancelled,
            late=self._late,
            opened=self._opened,
            probes=self._probes,
        )

    # -- deciding --------------------------------------------------------------------------------------------

    def _advance(self, now: float) -> float:
        """Let time pass: open becomes half-open, a hung probe loses its place. Returns the time to go by."""
        self._latest = now = max(self._latest, now)
        if self._state is CircuitState.OPEN:
            due = now >= self._opened_at + self.reset_seconds
        else:
            due = self._probe is not None and now >= self._probe.deadline
        if due:
            self._enter(CircuitState.HALF_OPEN)
        return now

    def _settle(self, permit: Permit, now: float) -> bool:
        """Whether this report counts: the first on its permit, in the permit's own epoch."""
        self._advance(now)
        if permit.settled:
            return False
        permit.settled = True
        if permit.epoch != self._epoch:
            self._late += 1
            return False
        return True

    def _enter(self, state: CircuitState) -> None:
        self._state = state
        self._epoch += 1
        self._probe = None
        if state is CircuitState.CLOSED:
            self._failures_in_row = 0
