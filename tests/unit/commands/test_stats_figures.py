"""stats: a row a command."""

from __future__ import annotations

import pytest
from fakes.builtin_call import BuiltinCall, builtin_call, run_typed

from azos_shell.commands.stats import milliseconds, stats
from azos_shell.core.values import Records
from azos_shell.observability.counters import CommandCounters
from azos_shell.observability.monitor import PerformanceMonitor


@pytest.fixture
def monitor() -> PerformanceMonitor:
    monitor = PerformanceMonitor(lambda: 0.0)
    for seconds in (0.010, 0.010, 0.020):
        monitor.record("sql", seconds, queue_wait_seconds=0.001)
    monitor.record("sql", 0.0001, hit=True)
    monitor.record("http", 1.0, failed=True)
    return monitor


async def shown(
    monitor: PerformanceMonitor, *words: str, counters: CommandCounters | None = None
) -> tuple[BuiltinCall, list[dict[str, object]]]:
    counters = counters or CommandCounters()
    call = builtin_call("stats", *words, monitor=monitor, counters=counters)
    _, chunks = await run_typed(stats, call)
    rows = []
    for chunk in chunks:
        assert isinstance(chunk, Records)
        rows += [dict(zip(chunk.columns, row, strict=True)) for row in chunk.rows]
    return call, rows


async def test_every_command_has_a_row(monitor: PerformanceMonitor) -> None:
    _, rows = await shown(monitor)
    assert [row["command"] for row in rows] == ["http", "sql"]
    http, sql = rows
    assert (sql["count"], sql["hits"], sql["failures"]) == (4, 1, 0)
    assert sql["p50_ms"] == pytest.approx(10, rel=0.02)
    assert sql["max_ms"] == pytest.approx(20, rel=0.02)
    assert sql["queue_wait_p95_ms"] == pytest.approx(1, rel=0.02)
    assert (http["failures"], http["queue_wait_p95_ms"]) == (1, 0.0)


async def test_named_commands_only(monitor: PerformanceMonitor) -> None:
    call, rows = await shown(monitor, "http", "nosuch")
    assert [row["command"] for row in rows] == ["http"]
    assert call.status == 1
    assert call.err == b"azos: stats: nosuch: not measured yet\n"


async def test_inline_commands_are_counted_and_not_timed(monitor: PerformanceMonitor) -> None:
    counters = CommandCounters()
    counters.count("echo")
    counters.count("echo", 1)
    _, rows = await shown(monitor, "echo", counters=counters)
    assert [(row["command"], row["count"], row["failures"], row["p50_ms"]) for row in rows] == [
        ("echo", 2, 1, None)
    ]


async def test_reset_forgets_and_shows_nothing(monitor: PerformanceMonitor) -> None:
    assert (await shown(monitor, "--reset"))[1] == []
    assert monitor.all() == ()
    assert (await shown(monitor))[1] == []


def test_times_are_rounded_to_what_is_known() -> None:
    assert milliseconds(0.0123456) == 12.35
    assert milliseconds(0.00000123456) == 0.001235
    assert milliseconds(123.456789) == 123500.0
