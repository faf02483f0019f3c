"""The result cache: stored answers under keys, each given only while all of its validators hold.

Two tiers. Memory is bounded as ``KLRUCache`` is, with the low-water mark at its capacity; the victim is the answer
that saves the least time per byte. Below it is the disk, where there is one, which all processes share; what is found
there is taken up into memory. An answer found invalid is no hit any more, but is handed out beside the miss for those
who may still want it stale (an open circuit, ``--stale``). Why a key missed is remembered, so that it can be explained.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from azos_shell.cache.klru import KLRUCache
from azos_shell.cache.moment import Moment
from azos_shell.core.clock import SystemClock
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from azos_shell.cache.disk import DiskTier, Kept
    from azos_shell.cache.entry import CachedResult
    from azos_shell.core.clock import Clock

_REASONS_PER_ENTRY = 4  # remembered misses: enough to explain what just happened, bounded with the cache
_OTHER = "(other)"
MAX_MEMORY_BYTES = 64 * 1024 * 1024
_MOST_COMMANDS = 1000  # names counted one by one; a script that makes names up must not grow this for ever


@frozen
class Lookup:
    """What a lookup gave: the answer or None, the reason in words, and the answer that no longer holds.

    ``place`` is the position, among the keys looked up, of the one that the answer is stored under.
    """

    hit: CachedResult | None
    reason: str
    stale: CachedResult | None = None
    place: int = 0


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
    label: str
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


class _Held:
    __slots__ = ("hits", "on_disk", "result")

    def __init__(self, result: CachedResult, on_disk: Kept | None = None) -> None:
        self.result = result
        self.hits = 0
        self.on_disk = on_disk


class _Tally:
    __slots__ = ("hits", "misses", "seconds_saved")

    def __init__(self) -> None:
        self.hits = self.misses = 0
        self.seconds_saved = 0.0


class ResultCache:
    """Answers of commands, in memory and, with ``disk``, beyond this process. Not for more than one thread.

    A lookup of an answer with file validators does one ``stat`` a file, and reads a touched file of up to 16
    MB.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        capacity: int = 100,
        k: int = 5,
        max_bytes: int = MAX_MEMORY_BYTES,
        disk: DiskTier | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._kept: KLRUCache[Hashable, _Held] = KLRUCache(
            capacity, k, max_bytes=max_bytes, low_water=capacity, on_evict=self._note_eviction
        )
        self._max_bytes = max_bytes
        self.disk = disk
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

    def now(self) -> Moment:
        """This moment, by the cache's clock."""
        return Moment.now(self._clock)

    @property
    def max_entry_bytes(self) -> int:
        """The size of the largest answer that is kept anywhere; no use in gathering more than that."""
        largest = self._kept.max_entry_bytes or 0
        return largest if self.disk is None else max(largest, self.disk.max_entry_bytes)

    def lookup(self, key: Hashable, *, command: str = "") -> Lookup:
        """The answer stored under the key, if every validator holds; else why not.

        ``command`` is the name a miss is counted under; a hit counts under the name it was stored with.
        """
        return self.lookup_any((key,), command=command)

    def lookup_any(self, keys: Sequence[Hashable], *, command: str = "", counts: bool = True) -> Lookup:
        """The first answer that holds under one of the keys; else why not.

        Not for ``counts``: a further look at what has been asked for and counted as missing.
        """
        now = self.now()
        reason: str | None = None
        stale: CachedResult | None = None
        stale_place = 0
        for place, key in enumerate(keys):
            held, why, old = self._find(key, now)
            if held is not None:
                self._kept.get(key)
                self._hit(held)
                age = f"stored {held.result.age_seconds(now):.1f} s ago"
                return Lookup(held.result, f"{age}, everything it rests on holds", place=place)
            if reason is None or (stale is None and old is not None):
                reason = why
            if stale is None and old is not None:
                stale, stale_place = old, place
        if counts:
            self._stale += stale is not None
            self._miss(command or (stale.command if stale is not None else ""))
        return Lookup(None, reason or "it was not stored yet", stale, stale_place)

    def _find(self, key: Hashable, now: Moment) -> tuple[_Held | None, str, CachedResult | None]:
        """What holds under the key, or None, why, and what no longer holds."""
        held = self._kept.peek(key)
        stale = None
        why = self._reasons.get(key, "it was not stored yet")
        if held is not None:
            reason = held.result.reason(now)
            if reason is None:
                return held, "", None
            why, stale = reason, held.result
            del self._kept[key]
            self._remember(key, why)
        kept = self.disk.lookup(disk_key(key)) if self.disk is not None else None
        if kept is not None:
            reason = kept.result.reason(now)
            if reason is None:
                return self._promote(key, kept), "", None
            why, stale = reason, kept.result
        return None, why, stale

    def _promote(self, key: Hashable, kept: Kept) -> _Held:
        held = _Held(kept.result, kept)
        self._kept.put(key, held, cost=kept.result.cost_seconds, size=kept.result.size_bytes)
        return held

    def peek(self, key: Hashable) -> CachedResult | None:
        """The answer stored under the key, whether it holds or not, without counting or using it."""
        held = self._kept.peek(key)
        if held is not None:
            return held.result
        kept = self.disk.lookup(disk_key(key)) if self.disk is not None else None
        return kept.result if kept is not None else None

    def explain(self, key: Hashable) -> str:
        """What ``lookup`` would say now, without counting, using or dropping anything."""
        result = self.peek(key)
        if result is None:
            return self._reasons.get(key, "it was not stored yet")
        now = self.now()
        age = f"stored {result.age_seconds(now):.1f} s ago"
        return result.reason(now) or f"{age}, everything it rests on holds"

    def store(self, key: Hashable, result: CachedResult, *, wait: bool = False) -> str | None:
        """Keep the answer, in the place of an older one; None, or why it is kept nowhere, in words.

        The disk is written behind our back unless ``wait`` says that it must be there on return.
        """
        stored = self._kept.put(key, _Held(result), cost=result.cost_seconds, size=result.size_bytes)
        problem = f"its {result.size_bytes} bytes are too large to store" if not stored else None
        if self.disk is not None:
            put = self.disk.store if wait else self.disk.store_later
            on_disk = put(disk_key(key), result)
            if on_disk is None:
                problem = None
            elif problem is not None or wait:
                problem = on_disk
        if problem is None or stored:
            self._reasons.pop(key, None)
        else:
            self._remember(key, problem)
        return problem

    def count_hit(self, kept: Kept) -> None:
        """An answer that is only on disk was given."""
        self._hit(_Held(kept.result, kept))

    def count_miss(self, command: str) -> None:
        """An answer that would only be on disk was asked for in vain."""
        self._miss(command)

    def remove(self, key: Hashable, reason: str = "it was removed") -> bool:
        """Forget one answer in memory; whether there was one. ``reason`` is what the next lookup says."""
        if self._kept.pop(key, None) is None:
            return False
        self._remember(key, reason)
        return True

    def forget(self, disk_keys: set[bytes], reason: str = "it was removed") -> int:
        """Forget the answers in memory whose keys on disk are these; returns how many there were."""
        return sum(self.remove(key, reason) for key in list(self._kept) if disk_key(key) in disk_keys)

    def clear(self) -> int:
        """Forget all answers in memory; returns how many there were. The counts go on."""
        count = len(self._kept)
        for key in self._kept:
            self._remember(key, "the cache was cleared")
        self._kept.clear()
        return count

    def entries(self) -> list[ResultEntry]:
        """What is stored, the most recently used first, whether it still holds or not."""
        now = self.now()
        return [
            ResultEntry(
                key=key,
                command=kept.result.command,
                label=kept.result.label,
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

    def _hit(self, kept: _Held) -> None:
        kept.hits += 1
        saved = kept.result.cost_seconds
        self._hits += 1
        self._seconds_saved += saved
        if self.disk is not None:
            self.disk.note_hit(kept.on_disk, kept.result)
        tally = self._tally(kept.result.command)
        tally.hits += 1
        tally.seconds_saved += saved

    def _miss(self, command: str) -> None:
        self._misses += 1
        self._tally(command).misses += 1
        if self.disk is not None:
            self.disk.note_miss(command)

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

    def _note_eviction(self, key: Hashable, kept: _Held) -> None:
        self._remember(key, "it was evicted to make room")


def disk_key(key: Hashable) -> bytes:
    """The name that a key has on disk: a hash of how it is written. Keys are of texts, numbers and tuples of them."""
    from azos_shell.core.digest import blake2b

    return blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=20).digest()
