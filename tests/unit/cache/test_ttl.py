"""TimeBasedCache: expiry by monotonic time, swept in bounded work."""

from __future__ import annotations

import random

import pytest
from fakes.clock import FakeClock

from azos_shell.cache.ttl import TimeBasedCache


def test_a_value_lives_for_its_time_and_not_an_instant_longer() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[str, int] = TimeBasedCache(ttl=300, clock=clock)
    cache.put("a", 1)
    clock.advance(299.9)
    assert cache.get("a") == 1
    assert "a" in cache
    clock.advance(0.2)
    assert "a" not in cache
    assert cache.get("a", "gone") == "gone"
    assert cache.statistics().expirations == 1


def test_an_entry_may_have_a_time_of_its_own() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[str, int] = TimeBasedCache(clock=clock)
    cache.put("short", 1, ttl=1)
    cache.put("endless", 2, ttl=float("inf"))
    cache.put("none", 3, ttl=0)
    assert cache.get("none") is None
    clock.advance(1)
    assert cache.get("short") is None
    clock.advance(1e9)
    assert cache.get("endless") == 2


def test_putting_again_begins_a_new_life() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[str, int] = TimeBasedCache(ttl=10, clock=clock)
    cache.put("a", 1)
    clock.advance(9)
    cache.put("a", 2)
    clock.advance(9)
    assert cache.get("a") == 2
    assert len(cache) == 1


def test_a_thousand_jumps_of_the_wall_clock_neither_revive_nor_kill() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[str, int] = TimeBasedCache(ttl=1000.5, clock=clock)
    cache.put("a", 1)
    chance = random.Random(20)
    for _ in range(1000):
        clock.advance(1)
        clock.jump_wall(chance.choice([-1, 1]) * chance.choice([3600, 315_360_000]) * chance.random())
        assert cache.get("a") == 1
    clock.advance(1)
    assert cache.get("a") is None


def test_what_nobody_asks_for_is_swept_a_few_at_a_time() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[int, int] = TimeBasedCache(ttl=10, clock=clock)
    for key in range(100):
        cache.put(key, key)
    clock.advance(11)
    cache.get("unrelated")  # type: ignore[call-overload]
    assert 80 < len(cache) < 100
    for _ in range(20):
        cache.get("unrelated")  # type: ignore[call-overload]
    assert len(cache) == 0


def test_purge_drops_all_that_expired_and_tells_how_many() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[int, int] = TimeBasedCache(ttl=10, clock=clock)
    for key in range(50):
        cache.put(key, key, ttl=5 if key % 2 else 20)
    clock.advance(6)
    assert cache.purge() == 25
    assert len(cache) == 25
    assert cache.purge() == 0


def test_a_full_cache_drops_what_has_the_least_time_left() -> None:
    clock = FakeClock()
    cache: TimeBasedCache[str, int] = TimeBasedCache(ttl=10, clock=clock, capacity=2)
    cache.put("long", 1, ttl=100)
    cache.put("short", 2, ttl=5)
    cache.put("new", 3)
    assert cache.get("short") is None
    assert cache.get("long") == 1
    assert cache.statistics().evictions == 1


def test_remove_and_clear_forget() -> None:
    cache: TimeBasedCache[str, int] = TimeBasedCache(clock=FakeClock())
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.remove("a")
    assert not cache.remove("a")
    cache.clear()
    assert cache.get("b") is None
    assert repr(cache) == "<TimeBasedCache 0/1000, ttl=300.0 s, 0 hits, 1 misses>"


def test_replacing_for_ever_does_not_grow_the_heap() -> None:
    cache: TimeBasedCache[str, int] = TimeBasedCache(clock=FakeClock())
    for number in range(5000):
        cache.put("a", number)
    assert len(cache._by_expiry) < 100


@pytest.mark.parametrize("ttl", [0, -1, float("nan")])
def test_a_time_to_live_must_be_above_zero(ttl: float) -> None:
    with pytest.raises(ValueError, match="ttl"):
        TimeBasedCache(ttl=ttl)
