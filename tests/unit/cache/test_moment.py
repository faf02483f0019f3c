"""Ages: within one boot by the monotonic clock, across boots by the wall clock, infinite where that went back."""

from __future__ import annotations

import random
from math import inf

import pytest
from fakes.clock import FakeClock
from fakes.disk import an_answer

from azos_shell.cache.moment import Moment, boot_id

HOUR = 3600.0
YEAR = 365.25 * 86400.0


def test_this_moment_is_of_this_start_of_the_machine() -> None:
    clock = FakeClock()
    assert Moment.now(clock) == Moment(boot_id(), clock.monotonic(), clock.wall())


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 10 * YEAR, -10 * YEAR])
def test_setting_the_wall_clock_changes_no_age_within_a_boot(jump: float) -> None:
    clock = FakeClock()
    stored = Moment.now(clock)
    clock.advance(60.0)
    clock.jump_wall(jump)
    assert stored.age_seconds(Moment.now(clock)) == 60.0


def test_a_thousand_random_jumps_change_no_age_within_a_boot() -> None:
    chance = random.Random(20)
    clock = FakeClock()
    stored, passed = Moment.now(clock), 0.0
    answer = an_answer(clock=clock, ttl_seconds=50_000.0)
    for _ in range(1000):
        seconds = float(chance.randrange(100))
        clock.advance(seconds)
        clock.jump_wall(
            chance.choice([HOUR, -HOUR, 10 * YEAR, -10 * YEAR, float(chance.randrange(-(10**7), 10**7))])
        )
        passed += seconds
        now = Moment.now(clock)
        assert stored.age_seconds(now) == passed
        assert (answer.reason(now) is None) == (passed < 50_000.0)


def test_across_boots_the_wall_clock_counts() -> None:
    assert Moment("one", 5000.0, 100.0).age_seconds(Moment("two", 3.0, 160.0)) == 60.0


def test_across_boots_an_age_that_would_be_negative_is_infinite() -> None:
    chance = random.Random(20)
    for _ in range(1000):
        stored = Moment("one", chance.uniform(0, 1e6), 1.7e9)
        jump = chance.choice([HOUR, -HOUR, 10 * YEAR, -10 * YEAR, float(chance.randrange(-(10**7), 10**7))])
        now = Moment("two", chance.uniform(0, 1e6), 1.7e9 + jump)
        assert stored.age_seconds(now) == (jump if jump >= 0.0 else inf)
        answer = an_answer(stored=stored, ttl_seconds=60.0)
        assert answer.reason(now) is not None


def test_an_answer_of_unknown_age_says_so() -> None:
    answer = an_answer(stored=Moment("one", 0.0, 1000.0), ttl_seconds=60.0, stale_seconds=1e9)
    now = Moment("two", 0.0, 999.0)
    assert answer.reason(now) == "its age is not known: the clock was set back since it was stored"
    assert not answer.may_be_given_stale(now)


def test_where_the_system_does_not_name_its_start_the_wall_clock_counts() -> None:
    assert Moment("", 5000.0, 100.0).age_seconds(Moment("", 5001.0, 160.0)) == 60.0
    assert Moment("", 5000.0, 100.0).age_seconds(Moment("", 5001.0, 99.0)) == inf
