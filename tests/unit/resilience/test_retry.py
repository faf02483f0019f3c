"""RetryPolicy: jittered, bounded, obedient to Retry-After within reason."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azos_shell.resilience.retry import RetryPolicy


def test_delays_grow_up_to_the_cap_and_are_jittered_from_zero() -> None:
    policy = RetryPolicy(attempts=10, base_seconds=1.0, cap_seconds=8.0, total_budget_seconds=1000.0)
    assert [policy.delay(attempt, 0.999999) for attempt in range(1, 6)] == pytest.approx(
        [1, 2, 4, 8, 8], rel=1e-5
    )
    assert policy.delay(3, 0.0) == 0.0
    assert policy.delay(3, 0.5) == 2.0


def test_it_gives_up_after_its_attempts() -> None:
    policy = RetryPolicy()
    assert policy.delay(3, 0.5) is not None
    assert policy.delay(4, 0.5) is None
    assert policy.decide(4, 0.5).reason == "gave up after 4 attempts"


def test_it_gives_up_when_the_budget_would_be_passed() -> None:
    policy = RetryPolicy(base_seconds=10.0, cap_seconds=10.0, total_budget_seconds=30.0)
    assert policy.delay(1, 0.5, elapsed=25.0) == 5.0
    decision = policy.decide(1, 0.6, elapsed=25.0)
    assert decision.delay_seconds is None
    assert decision.reason == "gave up: waiting 6.0 s more would pass the limit of 30 s"


def test_retry_after_is_honoured_up_to_a_minute_with_jitter_on_top() -> None:
    policy = RetryPolicy(base_seconds=1.0)
    assert policy.delay(1, 0.5, retry_after=2.0) == 2.5
    assert policy.delay(1, 0.5, retry_after=0.0) == 0.5
    assert policy.delay(1, 0.9, retry_after=60.0) == 60.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (61.0, "61 seconds"),
        (600.0, "10 minutes"),
        (36_000.0, "10 hours"),
        (1e10, "115,741 days"),
        (float("inf"), "ever"),
    ],
)
def test_a_server_that_asks_for_more_is_not_waited_for_and_it_says_when(asked: float, said: str) -> None:
    decision = RetryPolicy().decide(1, 0.5, retry_after=asked)
    assert decision.delay_seconds is None
    assert said in decision.reason


@pytest.mark.parametrize("nonsense", [-1.0, float("nan"), float("-inf")])
def test_a_retry_after_that_makes_no_sense_is_taken_for_none(nonsense: float) -> None:
    assert RetryPolicy().delay(1, 0.5, retry_after=nonsense) == RetryPolicy().delay(1, 0.5)


@settings(deadline=None, database=None, derandomize=True, max_examples=300)
@given(
    st.integers(1, 10_000),
    st.floats(0, 1, exclude_max=True),
    st.none() | st.floats(),
    st.floats(0, 1e6),
)
def test_whatever_comes_it_never_sleeps_above_a_minute_or_past_its_budget(
    attempt: int, chance: float, retry_after: float | None, elapsed: float
) -> None:
    policy = RetryPolicy(attempts=10_001, cap_seconds=1000.0, total_budget_seconds=200.0)
    delay = policy.delay(attempt, chance, retry_after, elapsed)
    assert delay is None or (0.0 <= delay <= 60.0 and elapsed + delay <= 200.0)


def test_clients_that_failed_together_do_not_come_back_together() -> None:
    policy = RetryPolicy(base_seconds=4.0)
    chance = random.Random(24)
    slots: dict[int, int] = {}
    for _ in range(1000):
        delay = policy.delay(1, chance.random(), retry_after=2.0)
        assert delay is not None
        slot = int(delay / 0.01)
        slots[slot] = slots.get(slot, 0) + 1
    assert max(slots.values()) <= 0.05 * 1000


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    for bad in ({"attempts": 0}, {"base_seconds": 0.0}, {"base_seconds": 2.0, "cap_seconds": 1.0}):
        with pytest.raises(ValueError, match="retry policy"):
            RetryPolicy(**bad)  # type: ignore[arg-type]
