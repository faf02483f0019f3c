"""Traces of accesses: what a trace is, and a generator of such as a shell might make.

The generator, in words. Commands have ranks, and are drawn by Zipf's law: the chance of rank r is in
proportion to r ** -zipf_exponent. Work comes in sessions: each has a working set of a few commands, drawn by
the same law, and a share of its accesses goes to one of these, each as likely as the other. Popularity drifts:
again and again some ranks, whichever, change hands. What a command costs and the size of its answer are
lognormal, cut off at both ends, correlated with each other, and independent of how popular it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log, sqrt


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A distribution by its median and the standard deviation of its logarithm, cut off at both ends."""

    median: float
    sigma: float
    least: float
    most: float

    def at(self, normal: float) -> float:
        """The value at so many standard deviations from the middle."""
        return min(max(exp(log(self.median) + self.sigma * normal), self.least), self.most)


COST_SECONDS = Lognormal(median=0.1, sigma=2.0, least=0.001, most=60.0)
SIZE_BYTES = Lognormal(median=4_000, sigma=1.8, least=100, most=5_000_000)


@dataclass(frozen=True, slots=True)
class Trace:
    """Accesses by key, the keys numbered from 0; what each key costs to make and how large it is."""

    name: str
    keys: list[int]
    cost_seconds: list[float]
    size_bytes: list[int]


@dataclass(frozen=True, slots=True)
class Generator:
    """All that decides a made trace."""

    zipf_exponent: float
    seed: int = 1
    accesses: int = 200_000
    commands: int = 20_000
    session_accesses: int = 150
    session_commands: int = 12
    session_share: float = 0.5
    drift_every: int = 1_000
    drift_ranks: int = 100
    cost_size_correlation: float = 0.3

    def make(self) -> Trace:
        """The trace; the same each time."""
        chance = random.Random(self.seed)
        costs, sizes = draw_costs_and_sizes(self.commands, self.cost_size_correlation, chance)
        return Trace(f"Zipf {self.zipf_exponent}", self._accesses(chance), costs, sizes)

    def _accesses(self, chance: random.Random) -> list[int]:
        ranks = range(self.commands)
        weights = list(accumulate((rank + 1) ** -self.zipf_exponent for rank in ranks))
        command_at = chance.sample(ranks, self.commands)
        working_set: list[int] = []
        keys: list[int] = []
        for number, rank in enumerate(chance.choices(ranks, cum_weights=weights, k=self.accesses)):
            if number % self.drift_every == 0:
                for _ in range(self.drift_ranks // 2):
                    one, other = chance.randrange(self.commands), chance.randrange(self.commands)
                    command_at[one], command_at[other] = command_at[other], command_at[one]
            if number % self.session_accesses == 0:
                chosen = chance.choices(ranks, cum_weights=weights, k=self.session_commands)
                working_set = [command_at[rank] for rank in chosen]
            in_session = chance.random() < self.session_share
            keys.append(chance.choice(working_set) if in_session else command_at[rank])
        return keys


def draw_costs_and_sizes(
    count: int, correlation: float, chance: random.Random
) -> tuple[list[float], list[int]]:
    """Costs in seconds and sizes in bytes, a pair for each key."""
    costs, sizes = [], []
    for _ in range(count):
        of_cost, other = chance.gauss(), chance.gauss()
        costs.append(COST_SECONDS.at(of_cost))
        sizes.append(int(SIZE_BYTES.at(correlation * of_cost + sqrt(1 - correlation**2) * other)))
    return costs, sizes
