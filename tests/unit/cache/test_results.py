"""ResultCache: an answer is given only while everything it rests on holds, and every miss has a reason."""

from __future__ import annotations

import pytest
from fakes.clock import FakeClock

from azos_shell.cache.entry import CachedResult
from azos_shell.cache.moment import Moment
from azos_shell.cache.results import ResultCache
from azos_shell.core.frozen import replace


class Switch:
    """A validator that holds until it is told a reason."""

    def __init__(self) -> None:
        self.why: str | None = None

    def reason(self, now: float) -> str | None:
        return self.why


def answer(clock: FakeClock, *validators: Switch, **fields: object) -> CachedResult:
    plain = CachedResult(
        status=0,
        output=((1, b"hello\n"),),
        cost_seconds=2.0,
        size_bytes=100,
        stored=Moment.now(clock),
        validators=validators,
        ttl_seconds=300.0,
        command="sql",
    )
    return replace(plain, **fields)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(clock: FakeClock) -> ResultCache:
    return ResultCache(clock)


def test_a_stored_answer_is_given_again(cache: ResultCache, clock: FakeClock) -> None:
    stored = answer(clock, Switch())
    assert cache.store("q", stored) is None
    clock.advance(3)
    lookup = cache.lookup("q")
    assert lookup.hit is stored
    assert lookup.reason == "stored 3.0 s ago, everything it rests on holds"


def test_one_validator_that_fails_is_enough_to_miss_and_drops_the_answer(
    cache: ResultCache, clock: FakeClock
) -> None:
    switch = Switch()
    stored = answer(clock, Switch(), switch)
    cache.store("q", stored)
    switch.why = "data.db has changed"
    lookup = cache.lookup("q")
    assert lookup.hit is None
    assert lookup.reason == "data.db has changed"
    assert lookup.stale is stored
    assert "q" not in cache
    again = cache.lookup("q")
    assert (again.hit, again.reason, again.stale) == (None, "data.db has changed", None)


def test_an_answer_is_not_given_past_its_time_to_live(cache: ResultCache, clock: FakeClock) -> None:
    cache.store("q", answer(clock))
    clock.advance(299.9)
    assert cache.lookup("q").hit is not None
    clock.advance(0.2)
    assert cache.lookup("q").reason == "it is 300.1 s old, past its time to live of 300 s"


def test_jumps_of_the_wall_clock_do_not_matter(cache: ResultCache, clock: FakeClock) -> None:
    cache.store("q", answer(clock))
    clock.jump_wall(-3.2e8)
    assert cache.lookup("q").hit is not None
    clock.jump_wall(6.4e8)
    assert cache.lookup("q").hit is not None


def test_every_miss_has_its_reason(clock: FakeClock) -> None:
    cache = ResultCache(clock, capacity=2, k=1, max_bytes=10_000)
    assert cache.lookup("q").reason == "it was not stored yet"
    for key in ("a", "b", "c"):
        cache.store(key, answer(clock))
    assert cache.lookup("a").reason == "it was evicted to make room"
    assert cache.store("large", answer(clock, size_bytes=1001)) is not None
    assert cache.max_entry_bytes == 1000
    assert cache.lookup("large").reason == "its 1001 bytes are too large to store"
    assert cache.remove("b")
    assert not cache.remove("b")
    assert cache.lookup("b").reason == "it was removed"
    assert cache.clear() == 1
    assert cache.lookup("c").reason == "the cache was cleared"
    assert len(cache) == 0


def test_storing_forgets_the_reason_of_the_last_miss(cache: ResultCache, clock: FakeClock) -> None:
    cache.store("q", answer(clock))
    cache.clear()
    cache.store("q", answer(clock))
    assert cache.explain("q") == "stored 0.0 s ago, everything it rests on holds"


def test_explaining_changes_nothing(cache: ResultCache, clock: FakeClock) -> None:
    switch = Switch()
    cache.store("q", answer(clock, switch))
    before = cache.statistics()
    switch.why = "the moon has moved"
    assert cache.explain("q") == "the moon has moved"
    assert cache.explain("other") == "it was not stored yet"
    assert cache.statistics() == before
    switch.why = None
    assert cache.lookup("q").hit is not None


def test_a_stale_answer_can_be_put_back_and_is_handed_out_as_stale_again(
    cache: ResultCache, clock: FakeClock
) -> None:
    cache.store("q", answer(clock))
    clock.advance(301)
    for _ in range(3):
        lookup = cache.lookup("q")
        assert lookup.hit is None
        assert lookup.stale is not None
        cache.store("q", lookup.stale)


def test_the_reasons_remembered_are_bounded(clock: FakeClock) -> None:
    cache = ResultCache(clock, capacity=10, k=2)
    for number in range(1000):
        cache.store(number, answer(clock))
    assert len(cache._reasons) == 40


def test_statistics_count_by_command_and_tell_the_time_saved(cache: ResultCache, clock: FakeClock) -> None:
    cache.lookup("q", command="sql")
    cache.store("q", answer(clock))
    cache.lookup("q")
    cache.lookup("q")
    cache.lookup("page", command="http")
    statistics = cache.statistics()
    assert (statistics.hits, statistics.misses, statistics.stale, statistics.insertions) == (2, 2, 0, 1)
    assert statistics.hit_rate == 0.5
    assert statistics.seconds_saved == 4.0
    assert statistics.bytes == 100
    assert statistics.commands["sql"].hits == 2
    assert statistics.commands["sql"].misses == 1
    assert statistics.commands["sql"].seconds_saved == 4.0
    assert statistics.commands["http"].misses == 1
    assert repr(cache) == "<ResultCache 1/100, 100/67108864 bytes, 2 hits, 2 misses, 4.0 s saved>"


def test_the_listing_has_the_most_recently_used_first(cache: ResultCache, clock: FakeClock) -> None:
    cache.store("old", answer(clock))
    clock.advance(10)
    cache.store("new", answer(clock, cost_seconds=0.5, size_bytes=7, command="http"))
    cache.lookup("old")
    first, second = cache.entries()
    assert (first.key, first.age_seconds, first.hits) == ("old", 10.0, 1)
    assert (second.key, second.command, second.cost_seconds, second.size_bytes) == ("new", "http", 0.5, 7)


def test_what_saves_much_time_outlives_what_saves_little(clock: FakeClock) -> None:
    cache = ResultCache(clock, capacity=10, k=2)
    cache.store("slow query", answer(clock, cost_seconds=30.0))
    for number in range(50):
        cache.store(number, answer(clock, cost_seconds=0.01))
    assert cache.lookup("slow query").hit is not None
    assert len(cache) == 10
