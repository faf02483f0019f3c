"""memory: resident size, growth between calls, top consumers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.builtin_call import BuiltinCall, builtin_call, run_typed

from azos_shell.commands.memory import memory, peak_resident_bytes
from azos_shell.core.errors import UsageError
from azos_shell.core.values import Records
from azos_shell.observability.memory import MemoryProfiler


class Resident:
    def __init__(self) -> None:
        self.size_bytes = 40 * 1024**2

    def __call__(self) -> int:
        return self.size_bytes


@pytest.fixture
def resident() -> Resident:
    return Resident()


@pytest.fixture
def profiler(resident: Resident) -> Iterator[MemoryProfiler]:
    profiler = MemoryProfiler(resident)
    yield profiler
    profiler.stop()


async def shown(profiler: MemoryProfiler, *words: str) -> tuple[BuiltinCall, dict[str, tuple[object, ...]]]:
    call = builtin_call("memory", *words, memory=profiler)
    _, chunks = await run_typed(memory, call)
    rows: dict[str, tuple[object, ...]] = {}
    for chunk in chunks:
        assert isinstance(chunk, Records)
        assert chunk.columns == ("what", "size", "size_bytes", "growth_bytes", "blocks")
        rows |= {row[0]: row[1:] for row in chunk.rows}
    return call, rows


async def test_the_first_call_knows_no_growth_and_says_that_tracing_begins(profiler: MemoryProfiler) -> None:
    call, rows = await shown(profiler, "--top", "0")
    assert list(rows) == ["resident", "resident peak", "traced", "traced peak"]
    assert rows["resident"] == ("40 MiB", 40 * 1024**2, None, None)
    assert b"memory --stop" in call.err
    assert profiler.tracing


async def test_the_second_call_tells_growth_and_who_holds_most(
    profiler: MemoryProfiler, resident: Resident
) -> None:
    await shown(profiler)
    held = [bytes(1000) for _ in range(2000)]
    resident.size_bytes += 1024**2
    call, rows = await shown(profiler, "--top", "3")
    assert rows["resident"][2] == 1024**2
    assert call.err == b""
    consumers = list(rows)[4:]
    assert len(consumers) == 3
    ours = next(place for place in consumers if "test_memory_figures.py:" in place)
    assert int(str(rows[ours][1])) >= 2_000_000
    assert int(str(rows[ours][2])) >= 2_000_000
    assert len(held) == 2000


async def test_stop_ends_tracing(profiler: MemoryProfiler) -> None:
    await shown(profiler)
    _, rows = await shown(profiler, "--stop")
    assert rows == {}
    assert not profiler.tracing


async def test_a_number_below_zero_is_refused(profiler: MemoryProfiler) -> None:
    with pytest.raises(UsageError, match="below 0"):
        await shown(profiler, "--top=-1")


def test_the_peak_is_in_bytes() -> None:
    assert 5 * 1024**2 < peak_resident_bytes() < 1024**4
