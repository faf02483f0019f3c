"""PerformanceMonitor: quantiles within one per cent, in constant memory, mergeable."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys

import pytest
from fakes.clock import FakeClock

from azos_shell.observability.counters import CommandCount, CommandCounters
from azos_shell.observability.monitor import OTHER, PerformanceMonitor
from azos_shell.observability.quantiles import GATHERED, Quantiles


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def monitor(clock: FakeClock) -> PerformanceMonitor:
    return PerformanceMonitor(clock.monotonic)


def exact(values: list[float], quantile: float) -> float:
    return sorted(values)[int(quantile * (len(values) - 1))]


def test_an_operation_that_never_ran_has_all_figures_zero(monitor: PerformanceMonitor) -> None:
    statistics = monitor.statistics("sql")
    assert (statistics.count, statistics.average_seconds, statistics.p99_seconds, statistics.hit_rate) == (
        0,
        0.0,
        0.0,
        0.0,
    )
    assert monitor.all() == ()


def test_count_average_min_and_max_are_exact(monitor: PerformanceMonitor) -> None:
    for seconds in (0.1, 0.2, 0.6):
        monitor.record("sql", seconds)
    statistics = monitor.statistics("sql")
    assert statistics.count == 3
    assert statistics.average_seconds == pytest.approx(0.3)
    assert (statistics.min_seconds, statistics.max_seconds) == (0.1, 0.6)
    assert monitor.last_seconds == 0.6


@pytest.mark.parametrize("count", [1, 100, GATHERED, 5000])
def test_quantiles_are_within_one_per_cent(monitor: PerformanceMonitor, count: int) -> None:
    chance = random.Random(count)
    values = [chance.lognormvariate(-5, 2) for _ in range(count)]
    for seconds in values:
        monitor.record("sql", seconds)
    for statistics in (monitor.statistics("sql"), monitor.overall()):
        assert statistics.count == count
        for quantile, found in (
            (0.5, statistics.p50_seconds),
            (0.95, statistics.p95_seconds),
            (0.99, statistics.p99_seconds),
        ):
            assert found == pytest.approx(exact(values, quantile), rel=0.0101)


def test_hits_failures_and_waits_are_counted(monitor: PerformanceMonitor) -> None:
    for number in range(100):
        monitor.record(
            "http", 0.01, queue_wait_seconds=2.0 if number >= 90 else 0.0, hit=number < 25, failed=number == 0
        )
    statistics = monitor.statistics("http")
    assert (statistics.hits, statistics.failures, statistics.hit_rate) == (25, 1, 0.25)
    assert statistics.queue_wait_p95_seconds == pytest.approx(2.0, rel=0.01)


def test_work_that_mostly_does_not_wait_has_a_wait_of_zero(monitor: PerformanceMonitor) -> None:
    for number in range(100):
        monitor.record("http", 0.01, queue_wait_seconds=2.0 if number < 3 else 0.0)
    assert monitor.statistics("http").queue_wait_p95_seconds == 0.0


def test_a_block_is_timed_by_the_clock(monitor: PerformanceMonitor, clock: FakeClock) -> None:
    with monitor.timed_operation("sql") as timed:
        clock.advance(0.5)
        timed.hit = True
        timed.queue_wait_seconds = 0.1
    assert timed.seconds == 0.5
    statistics = monitor.statistics("sql")
    assert (statistics.count, statistics.max_seconds, statistics.hits) == (1, 0.5, 1)
    assert statistics.queue_wait_p95_seconds == pytest.approx(0.1, rel=0.01)
    assert repr(timed) == "<TimedOperation sql: 500.000 ms>"


async def test_a_block_with_awaits_in_it_is_timed_as_well(
    monitor: PerformanceMonitor, clock: FakeClock
) -> None:
    async def work(seconds: float) -> None:
        with monitor.timed_operation("work"):
            await asyncio.sleep(0)
            clock.advance(seconds)

    await asyncio.gather(work(1.0), work(2.0))
    assert monitor.statistics("work").count == 2


def test_an_exception_counts_as_a_failure_and_passes_on(monitor: PerformanceMonitor) -> None:
    with pytest.raises(ZeroDivisionError), monitor.timed_operation("sql"):
        raise ZeroDivisionError
    assert monitor.statistics("sql").failures == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, asyncio.CancelledError])
def test_what_was_interrupted_is_in_no_other_figure(
    monitor: PerformanceMonitor, stop: type[BaseException]
) -> None:
    assert monitor.overall().interrupted == 0
    with pytest.raises(stop), monitor.timed_operation("sql"):
        raise stop
    statistics = monitor.statistics("sql")
    assert (statistics.interrupted, statistics.count, statistics.failures) == (1, 0, 0)
    assert monitor.overall().interrupted == 1


def test_reading_between_records_loses_and_doubles_nothing(monitor: PerformanceMonitor) -> None:
    chance = random.Random(1)
    for number in range(3000):
        monitor.record(f"command {number % 7}", chance.random())
        if chance.random() < 0.01:
            chance.choice([monitor.overall, monitor.all, lambda: monitor.statistics("command 3")])()
    assert monitor.overall().count == 3000
    assert sum(statistics.count for statistics in monitor.all()) == 3000
    assert monitor.overall().max_seconds == max(statistics.max_seconds for statistics in monitor.all())


def test_looking_again_without_new_records_costs_no_work(monitor: PerformanceMonitor) -> None:
    monitor.record("sql", 0.1)
    assert monitor.statistics("sql") is monitor.statistics("sql")
    assert monitor.overall() is monitor.overall()
    first = monitor.overall()
    monitor.record("sql", 0.1)
    assert monitor.overall() is not first


def test_monitors_merge(monitor: PerformanceMonitor, clock: FakeClock) -> None:
    other = PerformanceMonitor(clock.monotonic)
    chance = random.Random(2)
    values = [chance.expovariate(10) for _ in range(1000)]
    for number, seconds in enumerate(values):
        (monitor if number % 2 else other).record("sql", seconds, hit=True)
    other.record("http", 1.0)
    assert other.overall().count == 501
    monitor.merge(other)
    statistics = monitor.statistics("sql")
    assert (statistics.count, statistics.hits) == (1000, 1000)
    assert statistics.average_seconds == pytest.approx(sum(values) / 1000)
    assert statistics.p95_seconds == pytest.approx(exact(values, 0.95), rel=0.0101)
    assert monitor.overall().count == 1001
    assert [each.name for each in monitor.all()] == ["http", "sql"]
    assert other.statistics("sql").count == 500, "the other one keeps its own"


def test_reset_starts_from_nothing(monitor: PerformanceMonitor) -> None:
    monitor.record("sql", 0.1)
    monitor.reset()
    monitor.record("sql", 0.2)
    assert monitor.overall().count == 1
    assert monitor.statistics("sql").min_seconds == 0.2


def test_made_up_names_do_not_grow_it_for_ever(clock: FakeClock) -> None:
    monitor = PerformanceMonitor(clock.monotonic, max_names=10)
    for number in range(100):
        monitor.record(f"name {number}", 0.1)
    assert len(monitor.all()) == 11
    assert monitor.statistics(OTHER).count == 90
    assert monitor.overall().count == 100


def test_impossible_durations_break_nothing(monitor: PerformanceMonitor) -> None:
    for seconds in (-1.0, 0.0, float("nan"), float("inf"), 1e-320, 1e9):
        monitor.record("sql", seconds)
    statistics = monitor.statistics("sql")
    assert (statistics.count, statistics.min_seconds, statistics.max_seconds) == (4, 0.0, 1e9)


def test_memory_is_bounded_by_bins() -> None:
    quantiles = Quantiles()
    for exponent in range(-15, 10):
        for mantissa in range(1, 100):
            quantiles.add(mantissa * 10.0**exponent)
    assert quantiles.count == 25 * 99
    assert len(quantiles._sketch._store.bins) <= 2048 + 128
    assert quantiles.at(1.0) == pytest.approx(99e9, rel=0.01)


def test_the_sketch_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys\n"
        "from azos_shell.observability.monitor import PerformanceMonitor\n"
        "monitor = PerformanceMonitor(lambda: 0.0)\n"
        "monitor.record('x', 1.0)\n"
        "assert 'ddsketch' not in sys.modules\n"
        "assert monitor.statistics('x').count == 1\n"
        "assert 'ddsketch' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_counters_count_calls_and_failures() -> None:
    counters = CommandCounters()
    for status in (0, 0, 1):
        counters.count("test", status)
    counters.count("cd")
    assert counters["test"] == 3
    assert counters["never"] == 0
    assert counters.total == 4
    assert counters.statistics() == (CommandCount("test", 3, 1), CommandCount("cd", 1, 0))
    assert repr(counters) == "<CommandCounters 4 calls of 2 commands>"


def test_counters_merge_and_reset() -> None:
    first, second = CommandCounters(), CommandCounters()
    first.count("cd", 1)
    second.count("cd", 1)
    second.count("echo")
    first.merge(second)
    assert first.statistics() == (CommandCount("cd", 2, 2), CommandCount("echo", 1, 0))
    first.reset()
    assert first.total == 0
