"""SlidingWindowLimiter: never above the limit in any window, first-in first-out, nothing lost."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azos_shell.core.errors import BusyError
from azos_shell.resilience.limiter import Reservation, SlidingWindowLimiter

QUIET = settings(deadline=None, database=None, derandomize=True, max_examples=150)


def assert_no_window_is_overfull(grants: list[tuple[float, int]], limit: int, window_seconds: float) -> None:
    """The fullest windows begin at a grant."""
    for begin, _ in grants:
        inside = sum(amount for at, amount in grants if begin <= at < begin + window_seconds)
        assert inside <= limit, f"{inside} in the window from {begin}"


def test_the_limit_is_had_at_once_and_then_no_more() -> None:
    limiter = SlidingWindowLimiter()
    assert [limiter.try_acquire(0.0) for _ in range(60)] == [0.0] * 60
    assert limiter.try_acquire(15.0) == 45.0
    assert limiter.try_acquire(59.9) == pytest.approx(0.1)
    assert limiter.try_acquire(60.0) == 0.0


def test_no_double_burst_around_a_border() -> None:
    limiter = SlidingWindowLimiter(limit=10, window_seconds=10)
    assert sum(limiter.try_acquire(9.9) == 0.0 for _ in range(20)) == 10
    assert sum(limiter.try_acquire(10.1) == 0.0 for _ in range(20)) == 0


def test_what_could_never_be_had_is_refused() -> None:
    limiter = SlidingWindowLimiter(limit=10)
    for amount in (0, -1, 11):
        with pytest.raises(ValueError, match=r"in 1\.\.10"):
            limiter.try_acquire(0.0, amount)
    with pytest.raises(ValueError, match="limit"):
        SlidingWindowLimiter(limit=0)


def test_reservations_are_first_in_first_out() -> None:
    limiter = SlidingWindowLimiter(limit=2, window_seconds=10)
    times = [limiter.reserve(float(now)).at for now in range(6)]
    assert times == [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]


def test_a_big_request_is_not_starved_by_small_ones() -> None:
    limiter = SlidingWindowLimiter(limit=10, window_seconds=10)
    assert limiter.try_acquire(0.0) == 0.0
    big = limiter.reserve(1.0, amount=10)
    assert big.at == 10.0
    assert limiter.try_acquire(2.0) > 0, "a small one that would fit now does not go before the big one"
    assert limiter.reserve(2.0).at == 20.0


def test_giving_back_lets_those_behind_move_up() -> None:
    limiter = SlidingWindowLimiter(limit=1, window_seconds=10)
    first, second, third, fourth = (limiter.reserve(0.0) for _ in range(4))
    assert [each.at for each in (first, second, third, fourth)] == [0.0, 10.0, 20.0, 30.0]
    assert limiter.cancel(second, now=5.0) == (third, fourth)
    assert [each.at for each in (first, third, fourth)] == [0.0, 10.0, 20.0]
    assert limiter.cancel(second, now=5.0) == ()


def test_what_was_granted_and_not_used_can_be_given_back() -> None:
    limiter = SlidingWindowLimiter(limit=1, window_seconds=10)
    unused, waiting = limiter.reserve(0.0), limiter.reserve(0.0)
    assert limiter.cancel(unused, now=3.0) == (waiting,)
    assert waiting.at == 3.0


def test_giving_back_what_left_the_window_changes_nothing() -> None:
    limiter = SlidingWindowLimiter(limit=1, window_seconds=10)
    old = limiter.reserve(0.0)
    assert limiter.try_acquire(10.0) == 0.0
    assert limiter.cancel(old, now=11.0) == ()
    assert limiter.try_acquire(12.0) == 8.0
    assert limiter.statistics(12.0).cancelled == 0


def test_too_many_waiting_are_refused() -> None:
    limiter = SlidingWindowLimiter(limit=1, window_seconds=10, max_waiting=2)
    for _ in range(3):
        limiter.reserve(0.0)
    with pytest.raises(BusyError, match="2 requests are waiting"):
        limiter.reserve(0.0)
    assert limiter.reserve(10.0).at == 30.0


def test_the_log_stays_small() -> None:
    limiter = SlidingWindowLimiter(limit=60, window_seconds=60)
    for tick in range(10_000):
        limiter.try_acquire(tick * 0.5)
    assert len(limiter._grants) <= 60


def test_a_clock_that_goes_back_mints_nothing() -> None:
    limiter = SlidingWindowLimiter(limit=2, window_seconds=10)
    assert limiter.try_acquire(100.0) == 0.0
    assert limiter.try_acquire(5.0) == 0.0
    assert limiter.try_acquire(-1e9) == 10.0


def test_statistics_and_repr_tell_the_state() -> None:
    limiter = SlidingWindowLimiter(limit=2, window_seconds=10)
    for _ in range(3):
        limiter.reserve(0.0)
    limiter.try_acquire(1.0)
    statistics = limiter.statistics(1.0)
    assert (statistics.used, statistics.available, statistics.waiting) == (2, 0, 1)
    assert (statistics.granted, statistics.refused) == (3, 1)
    assert repr(limiter) == "<SlidingWindowLimiter 2 per 10 s, 3 grants in the log>"


STEPS = st.lists(
    st.tuples(
        st.floats(-1.0, 8.0), st.integers(1, 5), st.sampled_from(["try", "reserve", "reserve", "cancel"])
    ),
    max_size=60,
)


@QUIET
@given(steps=STEPS, limit=st.integers(5, 12), seed=st.integers(0, 1000))
def test_in_any_window_no_more_than_the_limit_is_granted(
    steps: list[tuple[float, int, str]], limit: int, seed: int
) -> None:
    limiter = SlidingWindowLimiter(limit, window_seconds=10.0)
    chance = random.Random(seed)
    now, latest = 100.0, -math.inf
    tried: list[tuple[float, int]] = []
    reserved: list[Reservation] = []
    for seconds, amount, action in steps:
        if action == "cancel" and not reserved:
            continue
        now += seconds  # may go back
        latest = max(latest, now)
        if action == "try" and limiter.try_acquire(now, amount) == 0.0:
            tried.append((latest, amount))
        elif action == "reserve":
            last = max((each.at for each in reserved), default=latest)
            reserved.append(limiter.reserve(now, amount))
            assert reserved[-1].at >= max(latest, last), "it overtook an earlier one, or lies in the past"
        elif action == "cancel":
            before = {each: each.at for each in reserved}
            gone = reserved.pop(chance.randrange(len(reserved)))
            moved = limiter.cancel(gone, now)
            for each in reserved:
                assert each.at <= before[each]
                assert (each in moved) == (each.at < before[each])
        assert [each.at for each in reserved] == sorted(each.at for each in reserved)
        grants = tried + [(each.at, each.amount) for each in reserved]
        assert_no_window_is_overfull(grants, limit, 10.0)


def test_a_hundred_thousand_random_steps_overfill_no_window() -> None:
    limiter = SlidingWindowLimiter(limit=60, window_seconds=60.0)
    chance = random.Random(26)
    now = 0.0
    granted: list[tuple[float, int]] = []
    pending: list[Reservation] = []
    for _ in range(100_000):
        now += chance.expovariate(1.0)
        granted += [(each.at, each.amount) for each in pending if each.at <= now - 5.0]
        pending = [each for each in pending if each.at > now - 5.0]
        amount = chance.choice([1, 1, 1, 2, 5, 40])
        step = chance.random()
        if step < 0.5:
            if limiter.try_acquire(now, amount) == 0.0:
                granted.append((now, amount))
        elif step < 0.75:
            if len(pending) < 20:
                pending.append(limiter.reserve(now, amount))
        elif pending:
            limiter.cancel(pending.pop(chance.randrange(len(pending))), now)
    granted.sort()
    inside = first = 0
    for at, amount in granted:
        inside += amount
        while granted[first][0] + 60.0 <= at:
            inside -= granted[first][1]
            first += 1
        assert inside <= 60
    assert sum(amount for _, amount in granted) > 0.5 * now, "first-in first-out costs less than half"


@QUIET
@given(st.lists(st.integers(1, 5), min_size=1, max_size=40))
def test_no_wait_is_longer_than_twice_the_fair_one(amounts: list[int]) -> None:
    limiter = SlidingWindowLimiter(limit=5, window_seconds=10.0)
    asked = 0
    for amount in amounts:
        asked += amount
        fair_seconds = 10.0 * asked / 5
        assert limiter.reserve(0.0, amount).at <= 2 * fair_seconds
