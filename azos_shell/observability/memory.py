"""Where this process's memory goes: its resident size, what Python allocated since the last look, and where.

Tracing every allocation (tracemalloc) makes Python about twice as slow, so it runs only from the first
``snapshot`` or ``start`` until ``stop``; ``rss`` alone costs nothing of the kind. Only what was allocated
while tracing is seen.

Pure: the resident size comes from a reader that is an argument, the tracer from a loader that is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azos_shell.core.frozen import frozen
from azos_shell.core.lazy import LazyLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@frozen
class Consumer:
    """One line of source: how much of what it allocated is still in use, in how many blocks."""

    file: str
    line: int
    size_bytes: int
    count: int

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"


@frozen
class MemorySnapshot:
    """Memory at one moment; the growth is that since the snapshot before, 0 in the first one.

    ``traced_bytes`` is what Python has allocated since tracing began and still holds, ``traced_peak_bytes``
    the most that was.
    """

    rss_bytes: int
    rss_growth_bytes: int
    traced_bytes: int
    traced_growth_bytes: int
    traced_peak_bytes: int
    is_first: bool


class MemoryProfiler:
    """Snapshots of this process's memory. ``tracer`` gives tracemalloc, or what acts like it, on demand."""

    def __init__(self, rss_reader: Callable[[], int], tracer: Callable[[], Any] | None = None) -> None:
        self._read_rss = rss_reader
        self._tracer = tracer or LazyLoader.module("tracemalloc").get
        self._started = False
        self._last: MemorySnapshot | None = None
        self._places: Mapping[tuple[str, int], tuple[int, int]] = {}
        self._places_before: Mapping[tuple[str, int], tuple[int, int]] = {}

    def __repr__(self) -> str:
        return f"<MemoryProfiler {'tracing' if self._started else 'not tracing'}, last {self._last}>"

    @property
    def tracing(self) -> bool:
        """Whether this profiler began to trace allocations, and has not stopped."""
        return self._started

    def rss(self) -> int:
        """The resident size in bytes, now; starts no tracing."""
        return self._read_rss()

    def start(self) -> None:
        """Trace allocations from now on; nothing if that is done already, by whomever."""
        tracer = self._tracer()
        if not tracer.is_tracing():
            tracer.start()
            self._started = True

    def snapshot(self) -> MemorySnapshot:
        """Look now, starting to trace if that was not done. Takes time in proportion to what is traced."""
        self.start()
        tracer = self._tracer()
        rss_bytes = self._read_rss()
        traced_bytes, traced_peak_bytes = tracer.get_traced_memory()
        last = self._last
        self._last = MemorySnapshot(
            rss_bytes=rss_bytes,
            rss_growth_bytes=rss_bytes - last.rss_bytes if last is not None else 0,
            traced_bytes=traced_bytes,
            traced_growth_bytes=traced_bytes - last.traced_bytes if last is not None else 0,
            traced_peak_bytes=traced_peak_bytes,
            is_first=last is None,
        )
        self._places_before, self._places = self._places, _places(tracer)
        return self._last

    def top(self, n: int = 10) -> tuple[Consumer, ...]:
        """The places that held most at the last snapshot, the largest first; none without a snapshot."""
        return _largest(self._places, n)

    def growth(self, n: int = 10) -> tuple[Consumer, ...]:
        """The places that grew most between the last two snapshots, by how much, in bytes and blocks."""
        grown = {}
        for place, (size_bytes, count) in self._places.items():
            size_before, count_before = self._places_before.get(place, (0, 0))
            if size_bytes > size_before:
                grown[place] = (size_bytes - size_before, count - count_before)
        return _largest(grown, n)

    def stop(self) -> None:
        """Trace no more, if it was this profiler that began, and forget the snapshots."""
        if self._started:
            self._tracer().stop()
            self._started = False
        self._last = None
        self._places = self._places_before = {}


def _places(tracer: Any) -> dict[tuple[str, int], tuple[int, int]]:
    """What each line holds, without the tracer's own."""
    traces = tracer.take_snapshot().filter_traces((tracer.Filter(False, tracer.__file__),))
    places = {}
    for statistic in traces.statistics("lineno"):
        frame = statistic.traceback[0]
        places[frame.filename, frame.lineno] = (statistic.size, statistic.count)
    return places


def _largest(places: Mapping[tuple[str, int], tuple[int, int]], n: int) -> tuple[Consumer, ...]:
    ranked = sorted(places.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(Consumer(file, line, size, count) for (file, line), (size, count) in ranked[:n])
