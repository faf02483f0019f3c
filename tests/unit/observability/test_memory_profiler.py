"""MemoryProfiler: traces only on demand, tells growth and places."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from azos_shell.observability.memory import MemoryProfiler


@pytest.fixture
def rss() -> list[int]:
    return [1000]


@pytest.fixture
def profiler(rss: list[int]) -> Iterator[MemoryProfiler]:
    made = MemoryProfiler(lambda: rss[-1])
    yield made
    made.stop()
    assert not tracemalloc.is_tracing()


def test_the_resident_size_starts_no_tracing(profiler: MemoryProfiler) -> None:
    assert profiler.rss() == 1000
    assert not profiler.tracing
    assert not tracemalloc.is_tracing()


def test_growth_is_that_between_two_snapshots(profiler: MemoryProfiler, rss: list[int]) -> None:
    first = profiler.snapshot()
    assert first.is_first
    assert (first.rss_growth_bytes, first.traced_growth_bytes) == (0, 0)
    assert profiler.tracing
    kept = bytearray(1_000_000)
    rss.append(5000)
    second = profiler.snapshot()
    assert second.rss_growth_bytes == 4000
    assert 1_000_000 <= second.traced_growth_bytes < 1_100_000
    assert second.traced_peak_bytes >= second.traced_bytes >= len(kept)
    del kept
    assert profiler.snapshot().traced_growth_bytes < -900_000


def test_the_largest_consumer_is_the_line_that_allocated(profiler: MemoryProfiler) -> None:
    assert profiler.top() == ()
    profiler.snapshot()
    kept = [bytearray(100_000) for _ in range(10)]
    profiler.snapshot()
    for places in (profiler.top(3), profiler.growth(3)):
        assert len(places) <= 3
        assert places[0].file == __file__
        assert places[0].size_bytes >= 1_000_000
        assert places[0].count >= len(kept)
        assert places[0].place == f"{__file__}:{places[0].line}"


def test_the_tracer_itself_is_not_listed(profiler: MemoryProfiler) -> None:
    profiler.snapshot()
    profiler.snapshot()
    assert not any("tracemalloc" in place.file for place in profiler.top(1000))


def test_stopping_forgets_and_starting_again_works(profiler: MemoryProfiler) -> None:
    profiler.snapshot()
    profiler.stop()
    assert not tracemalloc.is_tracing()
    assert profiler.top() == ()
    assert profiler.snapshot().is_first


def test_tracing_that_somebody_else_began_is_left_alone(rss: list[int]) -> None:
    tracemalloc.start()
    try:
        profiler = MemoryProfiler(lambda: rss[-1])
        profiler.snapshot()
        assert not profiler.tracing
        profiler.stop()
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_the_tracer_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys\n"
        "from azos_shell.observability.memory import MemoryProfiler\n"
        "profiler = MemoryProfiler(lambda: 1)\n"
        "assert profiler.rss() == 1\n"
        "assert 'tracemalloc' not in sys.modules\n"
        "profiler.snapshot()\n"
        "assert 'tracemalloc' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
