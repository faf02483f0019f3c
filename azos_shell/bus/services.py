"""The services: what commands share, each made when first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from azos_shell.bus.registry import CommandRegistry
from azos_shell.core.clock import Clock, SystemClock
from azos_shell.core.frozen import frozen
from azos_shell.core.values import LaneName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psutil import Process

    from azos_shell.bus.dialogue import OpenDialogue
    from azos_shell.cache.disk import DiskTier
    from azos_shell.cache.leases import Leases
    from azos_shell.cache.results import ResultCache
    from azos_shell.cache.web import Web
    from azos_shell.observability.counters import CommandCounters
    from azos_shell.observability.memory import MemoryProfiler
    from azos_shell.observability.monitor import PerformanceMonitor
    from azos_shell.pools.http import HttpPool
    from azos_shell.pools.sqlite import SqlitePools
    from azos_shell.resilience.breaker import CircuitBreaker
    from azos_shell.scheduling.executor import AsyncExecutor
    from azos_shell.scheduling.lanes import Lane, LaneScheduler
    from azos_shell.storage.database import Database
    from azos_shell.storage.history import HistoryStore
    from azos_shell.storage.places import Places
    from azos_shell.storage.state import StateDatabase

LANE_WIDTHS: Mapping[LaneName, int] = {
    LaneName.THREAD: 4,
    LaneName.CPU: 2,
    LaneName.SQLITE: 5,  # 4 readers and a writer per database; a pool's own queue does the rest
    LaneName.HTTP: 16,
    LaneName.LLM: 5,
}
"""How many dispatches a lane runs at once. INLINE and PROCESS are not held back: `&` means now."""


CACHE_PATIENCE_SECONDS = 2.0
"""How long a busy cache database is waited for, by a thread or after a command has been run."""


@frozen
class CacheLimits:
    """What the result cache may take: entries and bytes in memory, bytes on disk (0 for nothing)."""

    entries: int = 1000
    memory_bytes: int = 64 * 1024 * 1024
    disk_bytes: int = 1024 * 1024 * 1024


class Services:
    """The shared resources of one azos process."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        clock: Clock | None = None,
        warn: Callable[[str], None] | None = None,
        is_script: bool = True,
    ) -> None:
        self.environment = environment
        self.clock: Clock = clock or SystemClock()
        self.registry = CommandRegistry()
        self._warn = warn or (lambda message: None)
        self._is_script = is_script
        self.keep_state = True
        """Whether lines typed are kept across sessions; settled before the state database is first used."""
        self.cache_limits = CacheLimits()
        """What the result cache may take; settled before it is first used."""
        self.cache_rules: tuple[Any, ...] = ()
        """The user's rules of what programs are cached (``shell.cache_rules``)."""
        self.open_dialogue: OpenDialogue | None = None
        """How a command gets a line editor (``bus.dialogue``); None where there is none to be had."""
        self._said: set[str] = set()
        self._dialogue_histories: dict[str, HistoryStore] = {}
        self._breakers: dict[str, CircuitBreaker] = {}

    # -- measuring ----------------------------------------------------------------------------------------------

    @cached_property
    def monitor(self) -> PerformanceMonitor:
        """Latencies per command."""
        from azos_shell.observability.monitor import PerformanceMonitor

        return PerformanceMonitor(self.clock.monotonic)

    @cached_property
    def counters(self) -> CommandCounters:
        """How often the inline commands ran, which are not timed."""
        from azos_shell.observability.counters import CommandCounters

        return CommandCounters()

    @cached_property
    def memory(self) -> MemoryProfiler:
        """Memory of this process."""
        from azos_shell.observability.memory import MemoryProfiler

        return MemoryProfiler(self.resident_bytes)

    @cached_property
    def _process(self) -> Process:
        import psutil

        return psutil.Process()

    def resident_bytes(self) -> int:
        """The resident set of this process, in bytes."""
        return int(self._process.memory_info().rss)

    # -- caching and scheduling ---------------------------------------------------------------------------------

    @cached_property
    def results(self) -> ResultCache:
        """The result cache, memory over disk."""
        from azos_shell.cache.results import ResultCache

        limits = self.cache_limits
        return ResultCache(
            self.clock,
            capacity=limits.entries,
            max_bytes=limits.memory_bytes or 1,
            disk=self.disk if limits.disk_bytes else None,
        )

    @cached_property
    def cache_database(self) -> Database:
        """The database of results, leases and tallies."""
        from azos_shell.cache.disk import CACHE
        from azos_shell.storage.database import Database

        return Database(
            CACHE,
            self.places.cache_database if self.cache_limits.disk_bytes else None,
            self.clock,
            warn=self._warn,
            busy_timeout_seconds=CACHE_PATIENCE_SECONDS,
            is_optional=self._is_script,
        )

    @cached_property
    def disk(self) -> DiskTier:
        """The disk tier of the result cache."""
        from azos_shell.cache.blobs import BlobStore
        from azos_shell.cache.disk import DiskTier

        directory = self.places.cache_dir or "/nonexistent"
        return DiskTier(
            self.cache_database,
            BlobStore(f"{directory}/blobs"),
            self.clock,
            max_bytes=self.cache_limits.disk_bytes or 1,
        )

    @cached_property
    def leases(self) -> Leases:
        """Who of all processes works on what."""
        from azos_shell.cache.leases import Leases

        return Leases(self.cache_database, self.clock)

    @cached_property
    def lanes(self) -> LaneScheduler:
        """The lanes."""
        from azos_shell.scheduling.lanes import LaneScheduler

        scheduler = LaneScheduler(self.clock)
        for name, width in LANE_WIDTHS.items():
            scheduler.add(name.value, width)
        return scheduler

    def lane(self, name: LaneName) -> Lane | None:
        """The lane of that name, or None for one that is never held back."""
        return self.lanes.lane(name.value) if name in LANE_WIDTHS else None

    @cached_property
    def executor(self) -> AsyncExecutor:
        """Threads for blocking Python."""
        from azos_shell.scheduling.executor import AsyncExecutor

        return AsyncExecutor()

    def breaker(self, name: str) -> CircuitBreaker:
        """The circuit breaker of what ``name`` says."""
        found = self._breakers.get(name)
        if found is None:
            from azos_shell.resilience.breaker import CircuitBreaker

            found = self._breakers[name] = CircuitBreaker()
        return found

    # -- resources ----------------------------------------------------------------------------------------------

    @cached_property
    def sqlite(self) -> SqlitePools:
        """Connections to the user's databases."""
        from azos_shell.pools.sqlite import SqlitePools

        return SqlitePools(clock=self.clock)

    @cached_property
    def http(self) -> HttpPool:
        """Connections to the user's servers."""
        from azos_shell.pools.http import HttpPool

        return HttpPool()

    @cached_property
    def web(self) -> Web:
        """Requests over them: from what is stored where that is the answer, guarded and repeated where not."""
        from azos_shell.cache.web import opened_web

        disk = self.disk if self.cache_limits.disk_bytes and self.places.cache_dir else None
        return opened_web(self.http, self.clock, self.breaker, disk, self.results)

    @cached_property
    def places(self) -> Places:
        """Where azos keeps its files."""
        from azos_shell.storage.places import Places

        return Places.from_environment(self.environment)

    @cached_property
    def state(self) -> StateDatabase:
        """The state database."""
        from azos_shell.storage.state import StateDatabase

        return StateDatabase(
            self.places.state_database if self.keep_state else None,
            self.clock,
            warn=self._warn,
            is_optional=self._is_script or not self.keep_state,
        )

    @cached_property
    def history(self) -> HistoryStore:
        """What was typed."""
        from azos_shell.storage.history import HistoryStore

        return HistoryStore(self.state)

    def dialogue_history(self, name: str) -> HistoryStore:
        """What was typed to the command of that name, which has a table of its own in the state database."""
        found = self._dialogue_histories.get(name)
        if found is None:
            from azos_shell.storage.history import HistoryStore

            found = self._dialogue_histories[name] = HistoryStore(self.state, table=f"{name}_history")
        return found

    def say_once(self, what: str, say: Callable[[], object]) -> None:
        """Say something, unless the same has been said in this process."""
        if what not in self._said:
            self._said.add(what)
            say()

    async def tidy(self) -> None:
        """Close connections that nobody has used for a while, or that no longer answer; to be called now and then."""
        if "sqlite" in self.__dict__:
            await self.sqlite.tidy()

    # -- the end ------------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Give back what was opened on the event loop."""
        made = self.__dict__
        for name in ("sqlite", "http", "executor"):
            if name in made:
                await made[name].aclose()

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Write what is still queued, waiting a bounded time for it."""
        if "history" in self.__dict__:
            self.history.close(timeout_seconds)
        for history in self._dialogue_histories.values():
            history.close(timeout_seconds)
        if "disk" in self.__dict__:
            self.disk.close(timeout_seconds)
        for name in ("state", "cache_database"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def __repr__(self) -> str:
        made = [name for name in self.__dict__ if not name.startswith("_")]
        return f"<Services {', '.join(made)}>"
