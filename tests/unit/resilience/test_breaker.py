"""CircuitBreaker: opens after failures in a row, lets one probe through, believes no late results."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from azos_shell.resilience.breaker import CircuitBreaker, CircuitState, Permit

SECONDS = [0.0, 0.125, 5.0, 19.875, 20.0, 59.875, 60.0, 1000.0]  # exact in binary
OUTCOMES = ["success", "failure", "failure", "cancelled"]
CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN


def permit_of(breaker: CircuitBreaker, now: float) -> Permit:
    permit = breaker.acquire(now)
    assert permit is not None
    return permit


def opened(at: float = 0.0) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(5):
        breaker.failure(permit_of(breaker, at), at)
    return breaker


def test_five_failures_in_a_row_open_it() -> None:
    breaker = CircuitBreaker()
    for _ in range(4):
        breaker.failure(permit_of(breaker, 0.0), 0.0)
    assert breaker.state(0.0) is CLOSED
    breaker.failure(permit_of(breaker, 0.0), 0.0)
    assert breaker.state(0.0) is OPEN
    assert breaker.acquire(0.0) is None
    assert breaker.retry_after(0.0) == 60.0


def test_a_success_between_starts_the_count_anew() -> None:
    breaker = CircuitBreaker()
    for _ in range(20):
        for _ in range(4):
            breaker.failure(permit_of(breaker, 0.0), 0.0)
        breaker.success(permit_of(breaker, 0.0), 0.0)
    assert breaker.state(0.0) is CLOSED


def test_a_cancelled_call_counts_as_neither() -> None:
    breaker = CircuitBreaker()
    for _ in range(4):
        breaker.failure(permit_of(breaker, 0.0), 0.0)
    for _ in range(100):
        breaker.cancelled(permit_of(breaker, 0.0), 0.0)
    assert breaker.state(0.0) is CLOSED
    breaker.failure(permit_of(breaker, 0.0), 0.0)
    assert breaker.state(0.0) is OPEN


def test_after_a_minute_exactly_one_of_fifty_callers_probes() -> None:
    breaker = opened()
    assert breaker.acquire(59.9) is None
    assert breaker.state(60.0) is HALF_OPEN
    permits = [breaker.acquire(60.0) for _ in range(50)]
    assert sum(permit is not None for permit in permits) == 1
    assert breaker.retry_after(60.0) == breaker.probe_deadline_seconds


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = opened()
    breaker.success(permit_of(breaker, 60.0), 61.0)
    assert breaker.state(61.0) is CLOSED
    for _ in range(4):
        breaker.failure(permit_of(breaker, 61.0), 61.0)
    assert breaker.state(61.0) is CLOSED


def test_a_probe_that_fails_opens_it_for_another_minute() -> None:
    breaker = opened()
    breaker.failure(permit_of(breaker, 60.0), 70.0)
    assert breaker.state(70.0) is OPEN
    assert breaker.retry_after(70.0) == 60.0
    assert breaker.state(129.9) is OPEN
    assert breaker.state(130.0) is HALF_OPEN


def test_a_cancelled_probe_gives_its_place_back() -> None:
    breaker = opened()
    breaker.cancelled(permit_of(breaker, 60.0), 61.0)
    assert breaker.state(61.0) is HALF_OPEN
    assert breaker.retry_after(61.0) == 0.0
    assert breaker.acquire(61.0) is not None


def test_a_hung_probe_loses_its_place_at_its_deadline() -> None:
    breaker = CircuitBreaker(probe_deadline_seconds=10)
    for _ in range(5):
        breaker.failure(permit_of(breaker, 0.0), 0.0)
    hung = permit_of(breaker, 60.0)
    assert breaker.acquire(69.9) is None
    probe = permit_of(breaker, 70.0)
    breaker.success(hung, 71.0)
    assert breaker.state(71.0) is HALF_OPEN, "what the hung probe says in the end does not count"
    breaker.success(probe, 72.0)
    assert breaker.state(72.0) is CLOSED


def test_a_late_result_of_a_call_from_before_is_ignored() -> None:
    breaker = CircuitBreaker()
    slow_success, slow_failure = permit_of(breaker, 0.0), permit_of(breaker, 0.0)
    for _ in range(5):
        breaker.failure(permit_of(breaker, 1.0), 1.0)
    breaker.success(slow_success, 2.0)
    assert breaker.state(2.0) is OPEN
    probe = permit_of(breaker, 61.0)
    breaker.failure(slow_failure, 62.0)
    assert breaker.state(62.0) is HALF_OPEN
    breaker.success(probe, 63.0)
    assert breaker.state(63.0) is CLOSED
    assert breaker.statistics(63.0).late == 2


def test_a_permit_counts_once() -> None:
    breaker = CircuitBreaker()
    permit = permit_of(breaker, 0.0)
    for _ in range(10):
        breaker.failure(permit, 0.0)
    assert breaker.state(0.0) is CLOSED
    assert repr(permit) == "<Permit call of epoch 0, settled>"


def test_a_clock_that_goes_back_changes_nothing() -> None:
    breaker = opened(at=1000.0)
    assert breaker.state(5.0) is OPEN
    assert breaker.retry_after(5.0) == 60.0
    assert breaker.state(1060.0) is HALF_OPEN
    assert breaker.state(0.0) is HALF_OPEN


def test_statistics_and_repr_tell_the_state() -> None:
    breaker = opened()
    breaker.acquire(1.0)
    statistics = breaker.statistics(1.0)
    assert (statistics.state, statistics.permitted, statistics.refused) == (OPEN, 5, 1)
    assert (statistics.failures, statistics.opened, statistics.retry_after_seconds) == (5, 1, 59.0)
    assert repr(breaker) == "<CircuitBreaker open since 0.000>"
    assert repr(CircuitBreaker()) == "<CircuitBreaker closed, 0/5 failures in a row>"


@pytest.mark.parametrize("bad", [(0, 60.0), (5, 0.0), (5, float("nan"))])
def test_thresholds_that_make_no_sense_are_refused(bad: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="failure_threshold"):
        CircuitBreaker(*bad)


class BreakerMachine(RuleBasedStateMachine):
    """Fifty callers in any order against the rules, said again in the plainest way."""

    THRESHOLD, RESET, DEADLINE = 3, 60.0, 20.0

    def __init__(self) -> None:
        super().__init__()
        self.breaker = CircuitBreaker(self.THRESHOLD, self.RESET, probe_deadline_seconds=self.DEADLINE)
        self.now = 0.0
        self.calls: list[tuple[Permit, int]] = []  # with the epoch of the model they began in
        self.state = CLOSED
        self.epoch = 0
        self.row = 0
        self.opened_at = 0.0
        self.probe: tuple[Permit, float] | None = None

    def enter(self, state: CircuitState) -> None:
        self.state, self.probe = state, None
        self.epoch += 1
        if state is CLOSED:
            self.row = 0
        if state is OPEN:
            self.opened_at = self.now

    @rule(seconds=st.sampled_from(SECONDS))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        if self.state is OPEN and self.now >= self.opened_at + self.RESET:
            self.enter(HALF_OPEN)
        if self.probe is not None and self.now >= self.probe[1]:
            self.enter(HALF_OPEN)

    @rule(back=st.booleans())
    def call(self, back: bool) -> None:
        permit = self.breaker.acquire(self.now - 100.0 if back else self.now)
        allowed = self.state is CLOSED or (self.state is HALF_OPEN and self.probe is None)
        assert (permit is not None) == allowed
        if permit is not None:
            self.calls.append((permit, self.epoch))
            if self.state is HALF_OPEN:
                self.probe = (permit, self.now + self.DEADLINE)

    @precondition(lambda self: self.calls)
    @rule(which=st.integers(0, 1000), outcome=st.sampled_from(OUTCOMES))
    def end(self, which: int, outcome: str) -> None:
        permit, epoch = self.calls.pop(which % len(self.calls))
        getattr(self.breaker, outcome)(permit, self.now)
        if epoch != self.epoch:
            return
        if outcome == "success":
            self.row = 0
            if self.state is HALF_OPEN:
                self.enter(CLOSED)
        elif outcome == "failure":
            self.row += 1
            if self.state is HALF_OPEN or self.row >= self.THRESHOLD:
                self.enter(OPEN)
        else:
            self.probe = None

    @invariant()
    def agree(self) -> None:
        assert self.breaker.state(self.now) is self.state
        wait = self.breaker.retry_after(self.now)
        if self.state is OPEN:
            assert 0 < wait <= self.RESET
        elif self.probe is not None:
            assert 0 < wait <= self.DEADLINE
        else:
            assert wait == 0.0


BreakerMachine.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestBreakerAgainstItsModel = BreakerMachine.TestCase


def test_a_hundred_thousand_random_steps_break_no_rule() -> None:
    machine = BreakerMachine()
    chance = random.Random(25)
    for _ in range(100_000):
        step = chance.random()
        if step < 0.25:
            machine.wait(seconds=chance.choice(SECONDS))
        elif step < 0.6 and len(machine.calls) < 50:
            machine.call(back=chance.random() < 0.1)
        elif machine.calls:
            machine.end(which=chance.randrange(1000), outcome=chance.choice(OUTCOMES))
        machine.agree()
    statistics = machine.breaker.statistics(machine.now)
    assert min(statistics.opened, statistics.probes, statistics.late, statistics.refused) > 1000
