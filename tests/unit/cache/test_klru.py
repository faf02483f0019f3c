"""KLRUCache: bounds, batches, protection of the last k, and the value of entries."""

from __future__ import annotations

import pytest

from azos_shell.cache.klru import KLRUCache


def filled(count: int, **options: int) -> KLRUCache[int, str]:
    cache: KLRUCache[int, str] = KLRUCache(**options)
    for key in range(count):
        cache.put(key, f"v{key}")
    return cache


def test_at_capacity_nothing_is_evicted() -> None:
    assert list(filled(100)) == list(range(100))


def test_over_capacity_one_batch_goes_down_to_the_low_water_mark() -> None:
    cache = filled(101)
    assert list(cache) == list(range(6, 101))
    assert len(cache) == cache.capacity - cache.k
    assert cache.statistics().evictions == 6


def test_with_low_water_at_capacity_one_goes_for_each_that_comes() -> None:
    cache = filled(120, capacity=100, k=5, low_water=100)
    assert list(cache) == list(range(20, 120))


def test_a_get_saves_an_entry_from_the_next_batch() -> None:
    cache = filled(100)
    assert cache.get(0) == "v0"
    cache.put(100, "v100")
    assert 0 in cache
    assert list(cache)[-2:] == [0, 100]
    assert 1 not in cache


@pytest.mark.parametrize(("capacity", "k", "kept"), [(10, 5, 5), (8, 5, 5), (5, 5, 5), (3, 5, 3), (1, 5, 1)])
def test_in_a_small_cache_the_last_k_stay_all_the_same(capacity: int, k: int, kept: int) -> None:
    cache = filled(capacity + 1, capacity=capacity, k=k)
    assert list(cache) == list(range(capacity + 1))[-kept:]


def test_a_low_water_mark_below_k_does_not_touch_the_last_k() -> None:
    assert list(filled(11, capacity=10, k=4, low_water=1)) == [7, 8, 9, 10]


def test_contains_peek_and_iteration_make_nothing_recent_and_count_nothing() -> None:
    cache = filled(3, capacity=3, k=1, low_water=3)
    assert 0 in cache
    assert cache.peek(0) == "v0"
    assert dict(cache.items()) == {0: "v0", 1: "v1", 2: "v2"}
    assert list(cache.values()) == ["v0", "v1", "v2"]
    cache.put(3, "v3")
    assert list(cache) == [1, 2, 3]
    assert cache.statistics().hits == cache.statistics().misses == 0


def test_it_is_a_mutable_mapping() -> None:
    cache: KLRUCache[str, int] = KLRUCache()
    cache["a"] = 1
    cache.update(b=2, c=3)
    assert cache == {"a": 1, "b": 2, "c": 3}
    assert cache["a"] == 1
    assert list(cache) == ["b", "c", "a"]
    assert cache.setdefault("d", 4) == 4
    assert cache.pop("b") == 2
    assert cache.pop("b", None) is None
    assert cache.popitem() == ("c", 3)
    del cache["a"]
    assert list(cache) == ["d"]
    cache.clear()
    assert not cache
    for missing in (lambda: cache["x"], lambda: cache.pop("x"), cache.popitem):
        with pytest.raises(KeyError):
            missing()
    with pytest.raises(KeyError):
        del cache["x"]


def test_none_can_be_stored() -> None:
    cache: KLRUCache[str, None] = KLRUCache()
    cache["a"] = None
    assert cache["a"] is None
    assert cache.pop("a") is None
    assert "a" not in cache


def test_statistics_tell_what_happened() -> None:
    cache = filled(3)
    cache.get(0)
    cache.get(1)
    cache.get("missing")  # type: ignore[arg-type]
    statistics = cache.statistics()
    assert (statistics.entries, statistics.hits, statistics.misses, statistics.insertions) == (3, 2, 1, 3)
    assert statistics.hit_rate == pytest.approx(2 / 3)
    assert KLRUCache().statistics().hit_rate == 0.0
    assert repr(cache) == "<KLRUCache 3/100, k=5, 2 hits, 1 misses>"


def test_what_saves_least_per_byte_goes_first() -> None:
    cache: KLRUCache[str, str] = KLRUCache(capacity=4, k=1, low_water=4)
    cache.put("dear", "x", cost=10.0, size=100)
    cache.put("cheap", "x", cost=0.1, size=100)
    cache.put("dear but huge", "x", cost=10.0, size=1_000_000)
    cache.put("middling", "x", cost=1.0, size=100)
    cache.put("a", "x", cost=5.0, size=100)
    assert "dear but huge" not in cache
    cache.put("b", "x", cost=5.0, size=100)
    assert "cheap" not in cache
    assert "dear" in cache


def test_use_adds_worth() -> None:
    cache: KLRUCache[str, str] = KLRUCache(capacity=2, k=1, low_water=2)
    cache.put("often", "x", cost=1.0, size=10)
    for _ in range(3):
        cache.get("often")
    cache.put("once", "x", cost=2.0, size=10)
    cache.put("new", "x", cost=0.1, size=10)
    assert "often" in cache
    assert "once" not in cache


def test_what_is_no_longer_used_is_overtaken_in_the_end_however_dear() -> None:
    cache: KLRUCache[object, str] = KLRUCache(capacity=10, k=2, low_water=10)
    cache.put("very dear", "x", cost=20.0, size=1)
    for key in range(1000):
        cache.put(key, "x", cost=1.0, size=1)
    assert "very dear" not in cache


def test_the_last_k_stay_even_if_they_are_worth_nothing() -> None:
    cache: KLRUCache[object, str] = KLRUCache(capacity=6, k=3, low_water=6)
    for key in range(6):
        cache.put(key, "x", cost=100.0, size=1)
    for key in "abc":
        cache.put(key, "x", cost=0.0, size=1)
    assert list(cache)[-3:] == ["a", "b", "c"]


def test_without_costs_a_cache_bounded_by_bytes_is_exactly_lru() -> None:
    cache: KLRUCache[int, bytes] = KLRUCache(capacity=1000, k=2, max_bytes=100, sizer=len)
    for key in range(10):
        cache.put(key, b"x" * 10)
    cache.get(0)
    cache.put(10, b"x" * 10)
    cache.put(11, b"x" * 5)
    assert list(cache) == [3, 4, 5, 6, 7, 8, 9, 0, 10, 11]
    assert cache.bytes == 95
    assert cache.size_of(11) == 5


def test_an_entry_above_a_tenth_of_the_byte_budget_is_not_stored() -> None:
    cache: KLRUCache[str, bytes] = KLRUCache(max_bytes=1000, sizer=len)
    assert cache.max_entry_bytes == 100
    assert cache.put("fits", b"x" * 100)
    assert not cache.put("too large", b"x" * 101)
    assert not cache.put("fits", b"x" * 101), "the value that was to be replaced is out of date"
    assert not cache
    assert cache.bytes == 0
    assert cache.statistics().refused == 2


def test_the_last_k_always_fit_the_byte_budget() -> None:
    cache: KLRUCache[int, bytes] = KLRUCache(capacity=50, k=20, max_bytes=1000, sizer=len)
    for key in range(100):
        cache.put(key, b"x" * 50)
        assert cache.bytes <= 1000
        assert list(cache)[-20:] == list(range(max(0, key - 19), key + 1))


def test_without_a_sizer_a_byte_bound_goes_by_getsizeof() -> None:
    cache: KLRUCache[int, bytes] = KLRUCache(max_bytes=10_000)
    cache.put(1, b"x" * 100)
    assert 100 < cache.bytes < 200


def test_the_first_hint_keeps_the_recency_known_before() -> None:
    cache = filled(4, capacity=4, k=1, low_water=4)
    cache.get(0)
    cache.put(4, "v4", cost=1.0)
    assert list(cache) == [2, 3, 0, 4]
    cache.put(5, "v5", cost=1.0)
    assert list(cache) == [3, 0, 4, 5]


def test_on_evict_hears_of_the_evicted_only() -> None:
    evicted: list[tuple[int, str]] = []
    cache: KLRUCache[int, str] = KLRUCache(
        2, 1, low_water=2, on_evict=lambda key, value: evicted.append((key, value))
    )
    cache.put(1, "a")
    cache.put(1, "b")
    cache.put(2, "c")
    del cache[2]
    cache.put(3, "d")
    cache.put(4, "e")
    assert evicted == [(1, "b")]


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_a_cost_that_is_no_duration_is_refused_and_changes_nothing(cost: float) -> None:
    cache: KLRUCache[str, int] = KLRUCache()
    cache["a"] = 1
    with pytest.raises(ValueError, match="cost"):
        cache.put("a", 2, cost=cost)
    assert cache["a"] == 1


@pytest.mark.parametrize(
    "bounds", [{"capacity": 0}, {"k": 0}, {"max_bytes": 0}, {"low_water": 0}, {"low_water": 101}]
)
def test_bounds_that_make_no_sense_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        KLRUCache(**bounds)


def test_replacing_for_ever_does_not_grow_what_is_kept_beside_the_entries() -> None:
    cache: KLRUCache[int, int] = KLRUCache(capacity=10, k=2)
    for number in range(10_000):
        cache.put(number % 5, number, cost=1.0, size=1)
    assert len(cache._order._heap) < 100  # type: ignore[union-attr]


def test_among_the_equally_dear_a_scan_does_not_flush_what_was_used_twice() -> None:
    cache: KLRUCache[object, str] = KLRUCache(capacity=20, k=2, low_water=20)
    for key in "abcdefgh":
        cache.put(key, "x", cost=1.0, size=1)
        cache.get(key)
    for number in range(60):
        cache.put(number, "x", cost=1.0, size=1)
    assert all(key in cache for key in "abcdefgh")


def test_what_comes_back_is_worth_more_than_what_is_new() -> None:
    cache: KLRUCache[object, str] = KLRUCache(capacity=4, k=1, low_water=4)
    for key in "abcde":
        cache.put(key, "x", cost=1.0, size=1)
    assert "a" not in cache
    cache.put("a", "x", cost=1.0, size=1)
    for number in range(8):
        cache.put(number, "x", cost=1.0, size=1)
    assert "a" in cache, "it has been asked for before"
    assert 0 not in cache


def test_the_past_of_the_cheap_does_not_outweigh_one_use_of_the_dear() -> None:
    cache: KLRUCache[object, str] = KLRUCache(capacity=3, k=1, low_water=3)
    cache.put("dear", "x", cost=10.0, size=1)
    for _ in range(20):
        for key in "abc":
            if cache.get(key) is None:
                cache.put(key, "x", cost=0.01, size=1)
    assert "dear" in cache


def test_ghosts_are_few_and_those_of_what_cost_nothing_are_not_kept() -> None:
    cache: KLRUCache[int, int] = KLRUCache(capacity=10, k=2)
    for number in range(1_000):
        cache.put(number, number, cost=1.0, size=1)
    assert len(cache._order._ghosts) <= 4 * 11  # type: ignore[union-attr]
    cache.clear()
    for number in range(1_000):
        cache.put(number, number, size=1)
    assert not cache._order._ghosts  # type: ignore[union-attr]
