"""The performance monitor: how long each named operation takes, how often it fails, waits or is answered from
a cache.

``record`` is on the path of every dispatched command, so it appends to a list and counts; quantiles are
worked out when somebody looks (``observability.quantiles``). What is looked at again without new records is
not worked out again: a status bar that refreshes while nothing runs costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen
from azos_shell.observability.quantiles import GATHERED, Quantiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

OVERALL = "overall"
OTHER = "(other)"
MOST_NAMES = 1000  # operations told apart; a script that makes names up must not grow this for ever


@frozen
class OperationStatistics:
    """One operation: all figures 0 when it never ran. Quantiles are within one per cent.

    ``hits`` were answered from a cache. ``interrupted`` were cancelled or stopped by Ctrl-C and are in no
    other figure: how long they took says nothing.
    """

    name: str
    count: int
    average_seconds: float
    min_seconds: float
    max_seconds: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    hits: int
    failures: int
    interrupted: int
    queue_wait_p95_seconds: float

    @property
    def hit_rate(self) -> float:
        """Hits per run, 0.0 before the first one."""
        return self.hits / self.count if self.count else 0.0


class _Series:
    """What is known of one operation."""

    __slots__ = ("failures", "gathered", "hits", "interrupted", "picture", "seconds", "waits")

    def __init__(self) -> None:
        self.seconds = Quantiles()
        self.waits = Quantiles()  # those above 0; how many were 0 follows from the count
        self.gathered = self.seconds.gathered  # one attribute less on the way of every record
        self.hits = self.failures = self.interrupted = 0
        self.picture: OperationStatistics | None = None

    def statistics(self, name: str) -> OperationStatistics:
        if self.picture is not None:
            return self.picture
        count = self.seconds.count
        waits = Quantiles()
        waits.merge(self.waits)
        waits.add_zeros(count - waits.count)
        self.picture = OperationStatistics(
            name=name,
            count=count,
            average_seconds=self.seconds.average,
            min_seconds=self.seconds.minimum,
            max_seconds=self.seconds.maximum,
            p50_seconds=self.seconds.at(0.50),
            p95_seconds=self.seconds.at(0.95),
            p99_seconds=self.seconds.at(0.99),
            hits=self.hits,
            failures=self.failures,
            interrupted=self.interrupted,
            queue_wait_p95_seconds=waits.at(0.95),
        )
        return self.picture

    def fold(self, overall: _Series) -> None:
        if self.gathered:
            self.seconds.fold(overall.seconds)
            self.waits.fold(overall.waits)
            self.picture = None

    def merge(self, other: _Series) -> None:
        self.seconds.merge(other.seconds)
        self.waits.merge(other.waits)
        self.hits += other.hits
        self.failures += other.failures
        self.interrupted += other.interrupted
        self.picture = None


class PerformanceMonitor:
    """Latencies by name, and of everything together. Not for more than one thread.

    ``now`` gives monotonic seconds. Memory is constant: a few kilobytes for each of at most ``max_names``
    operations (those that come later are counted together as "(other)").
    """

    def __init__(self, now: Callable[[], float], *, max_names: int = MOST_NAMES) -> None:
        self._now = now
        self._max_names = max_names
        self._series: dict[str, _Series] = {}
        self._overall = _Series()
        self._unfolded = 0
        self.last_seconds = 0.0
        """How long the operation took that was recorded last; 0.0 before the first one."""

    def __repr__(self) -> str:
        return (
            f"<PerformanceMonitor of {len(self._series)} operations, last {self.last_seconds * 1000:.3f} ms>"
        )

    def record(
        self,
        name: str,
        seconds: float,
        *,
        queue_wait_seconds: float = 0.0,
        hit: bool = False,
        failed: bool = False,
    ) -> None:
        """The operation took that long, after waiting in a queue for so long; was it a hit, did it fail."""
        try:
            series = self._series[name]
        except KeyError:
            series = self._begin(name)
        series.gathered.append(seconds)
        self.last_seconds = seconds
        if hit:
            series.hits += 1
            self._overall.hits += 1
        if failed:
            series.failures += 1
            self._overall.failures += 1
        if queue_wait_seconds > 0.0:
            series.waits.gathered.append(queue_wait_seconds)
        self._unfolded += 1
        if self._unfolded >= GATHERED:
            self._fold()

    def timed_operation(self, name: str) -> TimedOperation:
        """``with monitor.timed_operation(name):`` records the block, awaits and all.

        An exception counts as a failure, a cancellation or Ctrl-C as interrupted; both pass on. The object
        may be told of a ``hit`` or a ``queue_wait_seconds`` inside the block, and knows ``seconds`` after it.
        """
        return TimedOperation(self, name, self._now)

    def interrupted(self, name: str) -> None:
        """The operation was stopped before its end."""
        series = self._series.get(name) or self._begin(name)
        for one in (series, self._overall):
            one.interrupted += 1
            one.picture = None

    def statistics(self, name: str) -> OperationStatistics:
        """A frozen picture of one operation now."""
        self._fold()
        return (self._series.get(name) or _Series()).statistics(name)

    def overall(self) -> OperationStatistics:
        """A frozen picture of all operations together."""
        self._fold()
        return self._overall.statistics(OVERALL)

    def all(self) -> tuple[OperationStatistics, ...]:
        """A frozen picture of each operation, by name."""
        self._fold()
        return tuple(self._series[name].statistics(name) for name in sorted(self._series))

    def merge(self, other: PerformanceMonitor) -> None:
        """Count what the other has recorded, as if it had been recorded here."""
        self._fold()
        other._fold()
        for name, series in other._series.items():
            (self._series.get(name) or self._begin(name)).merge(series)
        self._overall.merge(other._overall)

    def reset(self) -> None:
        """Start from nothing."""
        self._series.clear()
        self._overall = _Series()
        self._unfolded = 0
        self.last_seconds = 0.0

    def _begin(self, name: str) -> _Series:
        if len(self._series) >= self._max_names:
            return self._series.setdefault(OTHER, _Series())
        return self._series.setdefault(name, _Series())

    def _fold(self) -> None:
        """Move what was gathered since the last time into the sketches."""
        if self._unfolded:
            self._unfolded = 0
            self._overall.picture = None
            for series in self._series.values():
                series.fold(self._overall)


class TimedOperation:
    """One run of an operation, from entering the block to leaving it."""

    __slots__ = ("_monitor", "_now", "_started", "hit", "name", "queue_wait_seconds", "seconds")

    def __init__(self, monitor: PerformanceMonitor, name: str, now: Callable[[], float]) -> None:
        self._monitor = monitor
        self._now = now
        self._started = 0.0
        self.name = name
        self.hit = False
        self.queue_wait_seconds = 0.0
        self.seconds = 0.0

    def __repr__(self) -> str:
        return f"<TimedOperation {self.name}: {self.seconds * 1000:.3f} ms>"

    def __enter__(self) -> TimedOperation:
        self._started = self._now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = max(0.0, self._now() - self._started)
        if kind is not None and not issubclass(kind, Exception):
            self._monitor.interrupted(self.name)
            return
        self._monitor.record(
            self.name,
            self.seconds,
            queue_wait_seconds=self.queue_wait_seconds,
            hit=self.hit,
            failed=kind is not None,
        )
