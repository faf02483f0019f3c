"""Nanoseconds a call of KLRUCache and of its peers: reads that hit and miss, writes that replace and insert.

Every round measures every cache, in shuffled order and with the garbage collector off; the time of the empty
loop, taken beside each, is subtracted. Keys are strings whose hash is known, in shuffled order.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from typing import Any

from cache_peers import REFERENCE, Loop, Peer, installed_peers, nothing_for_each
from document import markdown_table

SIZES = (1_000, 100_000)
CALLS = 20_000
OPERATIONS = ("get, hit", "get, miss", "set, replacing", "set, inserting")
REPEATS_OF_NOTHING = 3

Samples = dict[tuple[str, str], list[float]]


def nanoseconds(loop: Loop, cache: Any, keys: list[str]) -> float:
    """The time of one call, less the loop's own."""
    started = time.perf_counter_ns()
    loop(cache, keys)
    taken = time.perf_counter_ns() - started
    own = []
    for _ in range(REPEATS_OF_NOTHING):
        started = time.perf_counter_ns()
        nothing_for_each(cache, keys)
        own.append(time.perf_counter_ns() - started)
    return (taken - min(own)) / len(keys)


def hashed(prefix: str, count: int) -> list[str]:
    """That many keys; their hashes are computed now."""
    keys = [f"{prefix} {number}" for number in range(count)]
    for key in keys:
        hash(key)
    return keys


def filled(peer: Peer, keys: list[str]) -> Any:
    """A full cache of these keys, a policy that admits not all of them aside."""
    cache = peer.make(len(keys))
    peer.write(cache, keys)
    return cache


def held_of(peer: Peer, cache: Any, keys: list[str]) -> list[str]:
    """The keys that are in the cache; theine's answer is a pair."""
    return [key for key in keys if cache.get(key) not in (None, (None, False))]


def take_round(peer: Peer, entries: int, chance: random.Random) -> dict[str, float]:
    """Nanoseconds by operation."""
    keys = hashed("key", entries)
    cache = filled(peer, keys)
    present = chance.choices(held_of(peer, cache, keys), k=CALLS)
    absent = hashed("absent", CALLS)
    new = hashed("new", CALLS)
    gc.collect()
    gc.disable()
    try:
        return {
            "get, hit": nanoseconds(peer.read, cache, present),
            "get, miss": nanoseconds(peer.read, cache, absent),
            "set, replacing": nanoseconds(peer.write, cache, present),
            "set, inserting": nanoseconds(peer.write, cache, new),
        }
    finally:
        gc.enable()


def measure(peers: list[Peer], entries: int, rounds: int, seed: int) -> Samples:
    """Nanoseconds by (peer, operation), one for each round."""
    chance = random.Random(seed)
    samples: Samples = {(peer.name, operation): [] for peer in peers for operation in OPERATIONS}
    for _ in range(rounds):
        for peer in chance.sample(peers, len(peers)):
            for operation, value in take_round(peer, entries, chance).items():
                samples[peer.name, operation].append(value)
    return samples


def cell(peer: Peer, operation: str, samples: Samples) -> str:
    """The median, and the median of the rounds' ratios to the reference."""
    own = samples[peer.name, operation]
    text = f"{statistics.median(own):.0f}"
    reference = samples.get((REFERENCE, operation))
    if peer.name == REFERENCE or not reference:
        return text
    ratio = statistics.median(a / b for a, b in zip(own, reference, strict=True))
    return f"{text} ({ratio:.2f}×)"


def speed_tables(rounds: int, seed: int = 0) -> tuple[str, float]:
    """A table for each size, with a word about who is missing; and the nanoseconds of azos's hit at the first."""
    peers, missing = installed_peers()
    parts, hit = [], 0.0
    for entries in SIZES:
        samples = measure(peers, entries, rounds, seed)
        if entries == SIZES[0]:
            hit = max(statistics.median(samples[peer.name, OPERATIONS[0]]) for peer in peers[:2])
        lines = [[f"ns a call, {entries:,} entries", *OPERATIONS]]
        lines += [
            [peer.name, *(cell(peer, operation, samples) for operation in OPERATIONS)] for peer in peers
        ]
        parts.append(markdown_table(lines))
    if missing:
        parts.append(f"Not installed, so not measured: {', '.join(missing)}.\n")
    return "\n".join(parts), hit
