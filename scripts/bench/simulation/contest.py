"""Every policy on every trace, at three capacities: by entries and hits, and by bytes and seconds saved."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from simulation.arc import ARC
from simulation.azos import Azos
from simulation.clairvoyant import Clairvoyant
from simulation.gdsf import GDSF
from simulation.lru import LRU
from simulation.policy import Policy
from simulation.public_traces import later_traces, public_traces
from simulation.s3fifo import S3FIFO
from simulation.trace import Generator, Trace
from simulation.wtinylfu import WTinyLFU

ZIPF_EXPONENTS = (0.8, 1.1)
CHECKS = (  # what azos's constants were not chosen by
    Generator(zipf_exponent=0.6, seed=11),
    Generator(zipf_exponent=0.95, seed=12),
    Generator(zipf_exponent=0.9, seed=13, session_share=0.0),
)
CHECKS_SKIP = 500_000  # accesses of a public trace
CAPACITY_SHARES = (0.005, 0.02, 0.1)  # of the distinct keys, or of their bytes
AZOS, UNHINTED, BOUND = "azos", "azos, no hints", "bound"


@dataclass(frozen=True, slots=True)
class Row:
    """What each policy achieved, in percent."""

    trace: str
    capacity: int
    percent: dict[str, float]


@cache
def traces() -> list[Trace]:
    """The made ones and those public ones that are here."""
    return [*(Generator(zipf_exponent=exponent).make() for exponent in ZIPF_EXPONENTS), *public_traces()]


@cache
def check_traces() -> list[Trace]:
    """Others, which the cache was not fitted to."""
    return [*(generator.make() for generator in CHECKS), *later_traces(CHECKS_SKIP)]


def by_entries(trace: Trace, share: float) -> Row:
    """The hit rate with a bound on the number of entries; all cost and weigh the same."""
    capacity = max(10, int(len(set(trace.keys)) * share))
    policies: dict[str, Policy] = {
        "LRU": LRU(capacity),
        "ARC": ARC(capacity),
        "S3-FIFO": S3FIFO(capacity),
        "W-TinyLFU": WTinyLFU(capacity, capacity),
        "GDSF": GDSF(capacity),
        AZOS: Azos.of_entries(capacity),
        UNHINTED: Azos.of_entries_unhinted(capacity),
        BOUND: Clairvoyant(capacity, trace.keys),
    }
    return Row(trace.name, capacity, {name: hit_percent(trace, policy) for name, policy in policies.items()})


def by_bytes(trace: Trace, share: float) -> Row:
    """The share of the seconds saved with a bound on bytes; an infinite cache is the bound."""
    distinct = set(trace.keys)
    footprint = sum(trace.size_bytes[key] for key in distinct)
    budget = int(footprint * share)
    policies: dict[str, Policy] = {
        "LRU": LRU(budget),
        "ARC": ARC(budget),
        "S3-FIFO": S3FIFO(budget),
        "W-TinyLFU": WTinyLFU(budget, max(10, int(len(distinct) * share))),
        "GDSF": GDSF(budget),
        AZOS: Azos.of_bytes(budget, len(distinct)),
        BOUND: LRU(footprint),
    }
    percent = {name: saved_percent(trace, policy) for name, policy in policies.items()}
    return Row(trace.name, budget, percent)


def hit_percent(trace: Trace, policy: Policy) -> float:
    """Hits per hundred accesses, all of cost and size 1."""
    access = policy.access
    return 100.0 * sum(access(key, 1.0, 1) for key in trace.keys) / len(trace.keys)


def saved_percent(trace: Trace, policy: Policy) -> float:
    """What the hits would have cost to make, per hundred seconds that everything would have cost."""
    access, costs, sizes = policy.access, trace.cost_seconds, trace.size_bytes
    saved = total = 0.0
    for key in trace.keys:
        cost = costs[key]
        total += cost
        if access(key, cost, sizes[key]):
            saved += cost
    return 100.0 * saved / total


def hold(of: Callable[[], list[Trace]]) -> tuple[list[Row], list[Row]]:
    """All rows of these traces, by entries and by bytes."""
    numbers = range(len(of()))
    jobs = [(mode, of, number, share) for mode in (0, 1) for number in numbers for share in CAPACITY_SHARES]
    with ProcessPoolExecutor() as processes:
        rows = list(processes.map(_row, jobs))
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


_MODES: tuple[Callable[[Trace, float], Row], ...] = (by_entries, by_bytes)


def _row(job: tuple[int, Callable[[], list[Trace]], int, float]) -> Row:
    mode, of, number, share = job
    return _MODES[mode](of()[number], share)
