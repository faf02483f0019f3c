"""The result cache: stored answers under keys, each given only while all of its validators hold.

Bounded as ``KLRUCache`` is, with the low-water mark at its capacity; the victim is the answer that saves the
least time per byte. An answer found invalid is dropped, and handed out beside the miss for those who may
still want it stale (an open circuit, ``--stale``); they store it again if it is to stay. Why a key missed is
remembered, so that it can be explained.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from azos_shell.cache.klru import KLRUCache
from azos_shell.cache.moment import Moment
from azos_shell.core.clock import SystemClock
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from azos_shell.cache.entry import CachedResult
    from azos_shell.core.clock import Clock

_REASONS_PER_ENTRY = 4  # remembered misses: enough to explain what just happened, bounded with the cache
_OTHER = "(other)"
_MOST_COMMANDS = 1000  # names counted one by one; a script that makes names up must not grow this for ever


@frozen
class Lookup:
    """What a lookup gave: the answer or None, the reason in words, and the answer that no longer holds."""

    hit: CachedResult | None
    reason: str
    stale: CachedResult | None = None


@frozen
class CommandCounts:
    """How the cache did for one command."""

    hits: int
    misses: int
    seconds_saved: float


@frozen
class ResultEntry:
    """One line of the listing."""

    key: Hashable
    command: str
    age_seconds: float
    hits: int
    cost_seconds: float
    size_bytes: int


@frozen
class ResultStatistics:
    """What the cache holds and how it has done. ``stale`` counts the misses whose answer no longer held."""

    entries: int
    capacity: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int
    stale: int
    evictions: int
    insertions: int
    refused: int
    seconds_saved: float
    commands: Mapping[str, CommandCounts]

    @property
    def hit_rate(self) -> float:
        """Hits per lookup, 0.0 before the first one."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class _Kept:
    __slots__ = ("hits", "result")

    def __init__(self, result: CachedResult) -> None:
        self.result = result
        self.hits = 0


class _Tally:
    __slots__ = ("hits", "misses", "seconds_saved")

    def __init__(self) -> None:
        self.hits = self.misses = 0
        self.seconds_saved = 0.0


class ResultCache:
    """Answers of commands, in memory. Not for more than one thread.

    A lookup of an answer with file validators does one ``stat`` a file, and reads a touched file of up to 16
    MB.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        capacity: int = 100,
        k: int = 5,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._clock = clock or SystemClock()
        self._kept: KLRUCache[Hashable, _Kept] = KLRUCache(
            capacity, k, max_bytes=max_bytes, low_water=capacity, on_evict=self._note_eviction
        )
        self._max_bytes = max_bytes
        self._reasons: OrderedDict[Hashable, str] = OrderedDict()
        self._tallies: dict[str, _Tally] = {}
        self._hits = self._misses = self._stale = 0
        self._seconds_saved = 0.0

    def __repr__(self) -> str:
        bounds = f"{len(self._kept)}/{self._kept.capacity}, {self._kept.bytes}/{self._max_bytes} bytes"
        return (
            f"<ResultCache {bounds}, "
            f"{self._hits} hits, {self._misses} misses, {self._seconds_saved:.1f} s saved>"
        )

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    @property
    def max_entry_bytes(self) -> int:
        """The size of the largest answer that is kept; no use in gathering more than that."""
        return self._kept.max_entry_bytes or 0

    def lookup(self, key: Hashable, *, command: str = "") -> Lookup:
        """The answer stored under the key, if every validator holds; else why not, dropping what no longer
        holds.

        ``command`` is the name a miss is counted under; a hit counts under the name it was stored with.
        """
        kept = self._kept.peek(key)
        if kept is None:
            self._miss(command)
            return Lookup(None, self._reasons.get(key, "it was not stored yet"))
        now = Moment.now(self._clock)
        reason = kept.result.reason(now)
        if reason is not None:
            del self._kept[key]
            self._remember(key, reason)
            self._stale += 1
            self._miss(command or kept.result.command)
            return Lookup(None, reason, kept.result)
        self._kept.get(key)
        self._hit(kept)
        return Lookup(
            kept.result, f"stored {kept.result.age_seconds(now):.1f} s ago, everything it rests on holds"
        )

    def explain(self, key: Hashable) -> str:
        """What ``lookup`` would say now, without counting, using or dropping anything."""
        kept = self._kept.peek(key)
        if kept is None:
            return self._reasons.get(key, "it was not stored yet")
        now = Moment.now(self._clock)
        age = f"stored {kept.result.age_seconds(now):.1f} s ago"
        return kept.result.reason(now) or f"{age}, everything it rests on holds"

    def store(self, key: Hashable, result: CachedResult) -> bool:
        """Keep the answer, in the place of an older one; False if it is too large to keep."""
        stored = self._kept.put(key, _Kept(result), cost=result.cost_seconds, size=result.size_bytes)
        if stored:
            self._reasons.pop(key, None)
        else:
            self._remember(key, f"its {result.size_bytes} bytes are too large to store")
        return stored

    def remove(self, key: Hashable, reason: str = "it was removed") -> bool:
        """Forget one answer; whether there was one. ``reason`` is what the next lookup says."""
        if self._kept.pop(key, None) is None:
            return False
        self._remember(key, reason)
        return True

    def clear(self) -> int:
        """Forget all answers; returns how many there were. The counts go on."""
        count = len(self._kept)
        for key in self._kept:
            self._remember(key, "the cache was cleared")
        self._kept.clear()
        return count

    def entries(self) -> list[ResultEntry]:
        """What is stored, the most recently used first, whether it still holds or not."""
        now = Moment.now(self._clock)
        return [
            ResultEntry(
                key=key,
                command=kept.result.command,
                age_seconds=kept.result.age_seconds(now),
                hits=kept.hits,
                cost_seconds=kept.result.cost_seconds,
                size_bytes=kept.result.size_bytes,
            )
            for key, kept in reversed(list(self._kept.items()))
        ]

    def statistics(self) -> ResultStatistics:
        """A frozen picture of now."""
        inner = self._kept.statistics()
        return ResultStatistics(
            entries=inner.entries,
            capacity=self._kept.capacity,
            bytes=inner.bytes,
            max_bytes=self._max_bytes,
            hits=self._hits,
            misses=self._misses,
            stale=self._stale,
            evictions=inner.evictions,
            insertions=inner.insertions,
            refused=inner.refused,
            seconds_saved=self._seconds_saved,
            commands={
                name: CommandCounts(tally.hits, tally.misses, tally.seconds_saved)
                for name, tally in self._tallies.items()
            },
        )

    def _hit(self, kept: _Kept) -> None:
        kept.hits += 1
        saved = kept.result.cost_seconds
        self._hits += 1
        self._seconds_saved += saved
        tally = self._tally(kept.result.command)
        tally.hits += 1
        tally.seconds_saved += saved

    def _miss(self, command: str) -> None:
        self._misses += 1
        self._tally(command).misses += 1

    def _tally(self, command: str) -> _Tally:
        tally = self._tallies.get(command)
        if tally is None:
            name = command if len(self._tallies) < _MOST_COMMANDS else _OTHER
            tally = self._tallies.setdefault(name, _Tally())
        return tally

    def _remember(self, key: Hashable, reason: str) -> None:
        self._reasons[key] = reason
        self._reasons.move_to_end(key)
        if len(self._reasons) > _REASONS_PER_ENTRY * self._kept.capacity:
            self._reasons.popitem(last=False)

    def _note_eviction(self, key: Hashable, kept: _Kept) -> None:
        self._remember(key, "it was evicted to make room")
