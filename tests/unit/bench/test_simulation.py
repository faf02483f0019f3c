"""The cache simulator: each policy on sequences worked out by hand, and what holds for all of them."""

from __future__ import annotations

import random
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts" / "bench"))

from simulation.arc import ARC
from simulation.azos import Azos
from simulation.clairvoyant import Clairvoyant, next_uses
from simulation.contest import hit_percent, saved_percent
from simulation.gdsf import GDSF
from simulation.lru import LRU
from simulation.policy import Policy
from simulation.public_traces import load
from simulation.report import BARS_BY_ENTRIES, Bar
from simulation.s3fifo import S3FIFO
from simulation.sketch import CountMinSketch
from simulation.trace import COST_SECONDS, SIZE_BYTES, Generator, Trace
from simulation.wtinylfu import WTinyLFU

ONLINE: dict[str, Callable[[int], Policy]] = {
    "LRU": LRU,
    "ARC": ARC,
    "S3-FIFO": S3FIFO,
    "W-TinyLFU": lambda capacity: WTinyLFU(capacity, min(capacity, 1000)),
    "GDSF": GDSF,
    "azos": Azos.of_entries,
    "azos, no hints": Azos.of_entries_unhinted,
}
SIZED = {**{name: make for name, make in ONLINE.items() if "azos" not in name}}
SIZED["azos"] = lambda capacity: Azos.of_bytes(capacity, 1000)
SMALL = Generator(zipf_exponent=0.9, accesses=3_000, commands=400, drift_ranks=4)


def hits(policy: Policy, keys: str) -> str:
    """The accesses that hit, as a line of h and dots."""
    return "".join("h" if policy.access(key, 1.0, 1) else "." for key in keys)


def test_lru_drops_what_was_used_longest_ago() -> None:
    assert hits(LRU(2), "abacab") == "..h.h."


def test_lru_agrees_with_its_definition() -> None:
    policy, model = LRU(20), OrderedDict[int, None]()
    for key in SMALL.make().keys:
        known = key in model
        assert policy.access(key, 1.0, 1) is known
        model[key] = None
        model.move_to_end(key)
        if len(model) > 20:
            model.popitem(last=False)


def test_arc_keeps_what_was_seen_twice_from_a_scan() -> None:
    # a and b are in T2 when the scan comes; LRU would lose both.
    assert hits(ARC(4), "aabb12345678ab") == ".h.h........hh"
    assert hits(LRU(4), "aabb12345678ab") == ".h.h.........."


def test_arc_learns_from_what_it_evicted_too_early() -> None:
    policy = ARC(3)
    assert hits(policy, "aabcd") == ".h..."  # T2 a, T1 c d, B1 b
    assert policy._p == 0.0
    assert hits(policy, "b") == "."  # back from B1: T1's target grows by one, b goes to T2
    assert policy._p == 1.0
    assert list(policy._t2) == ["a", "b"]
    assert list(policy._t1) == ["d"]
    assert hits(policy, "c") == "."  # back from B1 as well
    assert policy._p == 2.0
    assert list(policy._t2) == ["b", "c"]  # T1, below its target, keeps d: T2's oldest goes to B2
    assert list(policy._b2) == ["a"]
    assert hits(policy, "a") == "."
    assert policy._p == 1.0


def test_s3fifo_lets_what_was_used_once_pass_through_the_small_queue() -> None:
    policy = S3FIFO(10)
    hits(policy, "aaa" + "123456789")  # a was used twice since it came: it stays
    assert hits(policy, "x") == "."
    assert list(policy._m) == ["a"]
    assert list(policy._g) == ["1"]
    assert hits(policy, "1") == "."  # remembered: straight to the main queue
    assert list(policy._m) == ["a", "1"]


def test_s3fifo_gives_the_used_another_round_in_the_main_queue() -> None:
    policy = S3FIFO(10)
    for key in "abc":
        policy._m.push(key, 1)
        policy._uses[key] = 1 if key == "a" else 0
    policy._evict_main()
    assert list(policy._m) == ["c", "a"]
    assert policy._uses == {"a": 0, "c": 0}


def test_the_sketch_never_counts_too_little_and_halves_in_the_end() -> None:
    sketch = CountMinSketch(100)
    for key in range(50):
        for _ in range(key % 5 + 1):
            sketch.add(key)
    assert all(sketch.estimate(key) >= key % 5 + 1 for key in range(50))
    assert sum(sketch.estimate(key) == key % 5 + 1 for key in range(50)) > 45
    for _ in range(850):  # 150 and 850 are the sample of 1,000
        sketch.add("often")
    assert sketch.estimate("often") == 15 // 2
    assert sketch.estimate(4) == 5 // 2


def test_wtinylfu_does_not_let_a_scan_in() -> None:
    policy = WTinyLFU(10, 10)  # a window of 1
    hits(policy, "abcdefghi" * 3)
    scan = hits(policy, "".join(chr(1000 + number) for number in range(30)))
    assert "h" not in scan
    assert hits(policy, "abcdefgh") == "hhhhhhhh"


def test_wtinylfu_weighs_a_newcomer_against_all_that_it_would_displace() -> None:
    policy = WTinyLFU(100, 100)
    for key in range(9):
        policy.access(key, 1.0, 11)
    assert policy.used == 99
    policy.access("large", 1.0, 33)  # seen once against three, each seen once
    assert "large" not in policy._probation
    for _ in range(3):
        policy.access("large", 1.0, 33)
    assert "large" in policy._probation
    assert policy.used == 99


def test_gdsf_lets_go_what_saves_the_least_per_byte() -> None:
    policy = GDSF(10)
    policy.access("dear", 10.0, 5)  # worth 2
    policy.access("cheap", 1.0, 5)  # worth 0.2
    policy.access("new", 1.0, 2)  # cheap goes, and the clock is 0.2
    assert policy.access("dear", 10.0, 5)
    assert policy._clock == pytest.approx(0.2)
    assert not policy.access("cheap", 1.0, 5)  # too large beside both: new (0.7) goes before dear (4.2)
    assert policy.access("dear", 10.0, 5)
    assert not policy.access("new", 1.0, 2)


def test_gdsf_ages_what_is_no_longer_used() -> None:
    policy = GDSF(2)
    for _ in range(5):
        policy.access("often", 1.0, 1)
    for key in range(5):
        policy.access(key, 1.0, 1)
        policy.access(key, 1.0, 1)
    assert not policy.access("often", 1.0, 1)


def test_belady_drops_what_is_used_again_latest() -> None:
    keys = "abcabdabc"
    assert next_uses("aba") == [2, 1 << 62, 1 << 62]
    assert hits(Clairvoyant(2, keys), keys) == "...hh.hh."


@pytest.mark.parametrize("name", ONLINE)
def test_no_policy_beats_belady_nor_holds_too_much(name: str) -> None:
    trace, capacity = SMALL.make(), 25
    policy = ONLINE[name](capacity)
    for key in trace.keys:
        policy.access(key, 1.0, 1)
        assert policy.used <= capacity
    assert hit_percent(trace, ONLINE[name](capacity)) <= hit_percent(trace, Clairvoyant(capacity, trace.keys))


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("budget", [7, 1_000, 1_000_000])
def test_no_policy_holds_more_bytes_than_it_may(name: str, budget: int) -> None:
    trace, policy = SMALL.make(), SIZED[name](budget)
    for key in trace.keys:
        policy.access(key, trace.cost_seconds[key], trace.size_bytes[key])
        assert policy.used <= budget


@pytest.mark.parametrize("name", SIZED)
def test_where_everything_fits_only_first_accesses_miss(name: str) -> None:
    trace = SMALL.make()
    policy = SIZED[name](1 << 40)
    missed = [key for key in trace.keys if not policy.access(key, 1.0, trace.size_bytes[key])]
    assert sorted(missed) == sorted(set(trace.keys))


def test_azos_with_hints_hits_no_less_than_lru_and_about_as_often_as_gdsf() -> None:
    trace = SMALL.make()
    ours = hit_percent(trace, Azos.of_entries(40))
    assert ours >= hit_percent(trace, LRU(40))
    assert ours == pytest.approx(hit_percent(trace, GDSF(40)), abs=3.0)


def test_azos_refuses_what_would_take_more_than_a_tenth() -> None:
    policy = Azos.of_bytes(1_000, 10)
    assert not policy.access("large", 1.0, 101)
    assert not policy.access("large", 1.0, 101)
    assert policy.used == 0


def test_what_is_saved_is_counted_by_cost() -> None:
    trace = Trace("three", [0, 1, 1, 0], [3.0, 1.0], [1, 1])
    assert saved_percent(trace, LRU(2)) == pytest.approx(50.0)
    assert saved_percent(trace, LRU(1)) == pytest.approx(12.5)
    assert hit_percent(trace, LRU(1)) == pytest.approx(25.0)


def test_a_made_trace_is_the_same_each_time_and_within_its_bounds() -> None:
    trace = SMALL.make()
    assert trace == SMALL.make()
    assert len(trace.keys) == SMALL.accesses
    assert all(COST_SECONDS.least <= cost <= COST_SECONDS.most for cost in trace.cost_seconds)
    assert all(SIZE_BYTES.least <= size <= SIZE_BYTES.most for size in trace.size_bytes)


def test_the_higher_the_exponent_the_more_the_popular_are_asked_for() -> None:
    flat = Generator(zipf_exponent=0.5, accesses=3_000, commands=400).make()
    steep = Generator(zipf_exponent=1.2, accesses=3_000, commands=400).make()
    assert hit_percent(steep, LRU(20)) > hit_percent(flat, LRU(20)) + 10


def test_a_public_trace_is_read_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_text("# time, object, size, next\n0, 77, 10, 2\n0, 5, 20, -1\n1, 77, 30, -1\n")
    trace = load("some", path, 1, 2)
    assert trace.keys == [0, 1, 0]
    assert trace.size_bytes == [10, 20]
    assert len(trace.cost_seconds) == 2
    assert load("later", path, 1, 2, skipped=1).size_bytes == [20, 30]


def test_a_bar_says_where_it_is_missed() -> None:
    from simulation.contest import Row

    rows = [Row("a", 10, {"LRU": 5.0, "azos": 6.0}), Row("b", 1_000, {"LRU": 5.0, "azos": 4.5})]
    bar: Bar = BARS_BY_ENTRIES[0]
    assert bar.verdict(rows[:1]).endswith(": holds on all 1 rows.\n")
    assert bar.verdict(rows).endswith(": **missed** on 1 of 2 rows: b at 1,000 by 0.50.\n")


def test_random_keys_of_random_sizes_break_no_policy() -> None:
    chance = random.Random(3)
    accesses = [(chance.randrange(60), chance.randrange(1, 40)) for _ in range(2_000)]
    for make in SIZED.values():
        policy = make(100)
        for key, size in accesses:
            policy.access(key, 1.0, size)
            assert policy.used <= 100
