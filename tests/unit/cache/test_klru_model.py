"""KLRUCache against a plain model, step by step."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from azos_shell.cache.klru import KLRUCache

KEYS = st.integers(0, 30)
COSTS = [0.0, 0.5, 1.0, 2.0, 50.0]


class Model:
    """The contract, said the slow way: every decision looks at every entry."""

    def __init__(self, capacity: int, k: int, low_water: int | None, max_bytes: int | None) -> None:
        self.capacity = capacity
        self.k = min(k, capacity)
        self.low_water = max(self.k, capacity - k if low_water is None else low_water)
        self.max_bytes = max_bytes
        self.entries: dict[int, dict[str, float]] = {}  # least recently used first
        self.clock = self.marginal = 0.0
        self.ghosts: dict[int, float] = {}  # uses of what was evicted, first evicted first

    def use(self, key: int) -> None:
        entry = self.entries.pop(key)
        entry["uses"] += 1
        self.appraise(entry)
        self.entries[key] = entry

    def appraise(self, entry: dict[str, float]) -> None:
        value = entry["cost"] / max(entry["size"], 1)
        entry["worth"] = self.clock + (entry["uses"] * value + entry["head_start"])

    def put(self, key: int, value: int, cost: float, size: int) -> bool:
        uses = self.entries.pop(key)["uses"] + 1 if key in self.entries else 1.0
        if self.max_bytes is not None and size > self.max_bytes // max(10, self.k):
            return False
        if len(self.entries) >= self.capacity:
            while len(self.entries) + 1 > self.low_water:
                self.evict()
        while self.max_bytes is not None and self.bytes + size > self.max_bytes:
            self.evict()
        past = self.ghosts.pop(key, 0)
        head_start = (past - 0.8) * min(cost / max(size, 1), self.marginal)
        entry = {"value": value, "cost": cost, "size": size, "uses": uses, "past": past}
        self.entries[key] = {**entry, "head_start": head_start}
        self.appraise(self.entries[key])
        return True

    def evict(self) -> None:
        evictable = list(self.entries)[: len(self.entries) - (self.k - 1)]
        victim = min(evictable, key=lambda key: self.entries[key]["worth"])  # of equals the first, the oldest
        gone = self.entries.pop(victim)
        self.clock = max(self.clock, gone["worth"])
        self.marginal = gone["cost"] / max(gone["size"], 1)
        if gone["cost"]:
            self.ghosts[victim] = min(gone["past"] + gone["uses"], 3)
        for key in list(self.ghosts)[: max(0, len(self.ghosts) - 4 * (len(self.entries) + 1))]:
            del self.ghosts[key]

    @property
    def bytes(self) -> int:
        return int(sum(entry["size"] for entry in self.entries.values()))


class KlruMachine(RuleBasedStateMachine):
    @initialize(
        capacity=st.integers(1, 12),
        k=st.integers(1, 6),
        low=st.none() | st.integers(1, 12),
        max_bytes=st.none() | st.integers(20, 200),
        hinted=st.booleans(),
    )
    def make(self, capacity: int, k: int, low: int | None, max_bytes: int | None, hinted: bool) -> None:
        """Begin with a cache of any shape."""
        low_water = None if low is None else min(low, capacity)
        sizer = None if max_bytes is None else (lambda value: 1)
        self.hinted = hinted
        self.cache: KLRUCache[int, int] = KLRUCache(
            capacity, k, low_water=low_water, max_bytes=max_bytes, sizer=sizer
        )
        self.model = Model(capacity, k, low_water, max_bytes)
        self.value = 0

    @rule(key=KEYS, cost=st.sampled_from(COSTS), size=st.integers(1, 12))
    def put(self, key: int, cost: float, size: int) -> None:
        self.value += 1
        if self.hinted:
            stored = self.cache.put(key, self.value, cost=cost, size=size)
            assert stored == self.model.put(key, self.value, cost, size)
        else:
            stored = self.cache.put(key, self.value)
            assert stored == self.model.put(key, self.value, 0.0, 1)

    @rule(key=KEYS)
    def get(self, key: int) -> None:
        if key in self.model.entries:
            assert self.cache.get(key) == self.model.entries[key]["value"]
            self.model.use(key)
        else:
            assert self.cache.get(key) is None

    @rule(key=KEYS)
    def delete(self, key: int) -> None:
        expected = self.model.entries.pop(key, None)
        assert self.cache.pop(key, None) == (expected["value"] if expected else None)

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "cache"):
            return
        assert list(self.cache) == list(self.model.entries)
        assert len(self.cache) <= self.cache.capacity
        if self.cache.max_bytes is not None:
            assert self.cache.bytes == self.model.bytes <= self.cache.max_bytes


KlruMachine.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestKlruAgainstItsModel = KlruMachine.TestCase


@pytest.mark.parametrize("seed", range(40))
def test_long_runs_agree_as_well(seed: int) -> None:
    """Hypothesis finds the odd corner; that the order of value holds over thousands of evictions needs length."""
    chance = random.Random(seed)
    machine = KlruMachine()
    machine.make(
        capacity=chance.randint(1, 12),
        k=chance.randint(1, 6),
        low=chance.choice([None, 12]),
        max_bytes=chance.choice([None, None, 120]),
        hinted=seed % 4 > 0,
    )
    for _ in range(1000):
        key, step = chance.randint(0, 30), chance.random()
        if step < 0.5:
            machine.put(key=key, cost=chance.choice(COSTS), size=chance.randint(1, 12))
        elif step < 0.95:
            machine.get(key=key)
        else:
            machine.delete(key=key)
        machine.agree()
