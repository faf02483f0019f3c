"""The pace of watch: longer while the command fails, at once as before when it succeeds."""

from __future__ import annotations

import pytest

from azos_shell.commands.watch_pace import LONGEST_SECONDS, Pace


def test_a_command_that_succeeds_is_run_at_the_interval() -> None:
    pace = Pace(2.0)
    assert [pace.after(0) for _ in range(3)] == [2.0, 2.0, 2.0]


def test_each_failure_doubles_the_wait_up_to_a_minute() -> None:
    pace = Pace(2.0)
    assert [pace.after(1) for _ in range(7)] == [4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_a_success_brings_the_interval_back() -> None:
    pace = Pace(0.5)
    assert [pace.after(status) for status in (1, 1, 0, 1)] == [1.0, 2.0, 0.5, 1.0]


@pytest.mark.parametrize("interval", [90.0, 3600.0])
def test_a_long_interval_stays_what_it_is(interval: float) -> None:
    assert Pace(interval).after(1) == interval > LONGEST_SECONDS


def test_thousands_of_failures_are_no_error() -> None:
    pace = Pace(0.1)
    assert {pace.after(1) for _ in range(5000)} >= {LONGEST_SECONDS}
