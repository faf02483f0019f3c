"""Distributions: exact counts in one pass and bounded memory, bins of a sensible width."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.plot_bins import MOST_BINS, Distribution, places


def distribution(
    values: list[float], *, exact: int = 10**9, fine_bins: int = 65_536, piece: int = 100
) -> Distribution:
    found = Distribution(exact, fine_bins)
    for start in range(0, len(values), piece):
        found.add(values[start : start + piece])
    return found


def counted(values: list[float], width: float) -> dict[int, int]:
    """How many values of two decimals are in each bin, by exact arithmetic."""
    return Counter(int(Fraction(str(value)) // Fraction(str(width))) for value in values)


@given(
    st.lists(st.integers(-(10**6), 10**6).map(lambda n: n / 100), min_size=2, max_size=300),
    st.sampled_from([0, 1, 10, 100]),
)
def test_counts_are_exact_whether_values_are_kept_or_not(values: list[float], exact: int) -> None:
    first, width, counts = distribution(values, exact=exact, piece=7).bins(40)
    wanted = counted(values, width)
    assert {first + i: n for i, n in enumerate(counts) if n} == wanted
    assert len(counts) <= 40 + 1


@given(st.lists(st.floats(-1e299, 1e299), min_size=1, max_size=100), st.sampled_from([0, 10, 1000]))
def test_any_values_are_all_counted_in_few_bins(values: list[float], exact: int) -> None:
    found = distribution(values, exact=exact, piece=3)
    _, width, counts = found.bins(50)
    assert sum(counts) == len(values) == found.count
    assert width > 0
    assert len(counts) <= 52


def test_a_million_values_are_held_in_some_thousand_bins() -> None:
    chance = random.Random(1)
    found = Distribution(exact=1_000, fine_bins=4_096)
    total = 0
    for _ in range(100):
        values = [round(chance.gauss(20, 5), 2) for _ in range(1_000)]
        total += len(values)
        found.add(values)
        assert len(found) <= 4_096 + 2
    found.add([1e6])  # the range becomes thousands of times as wide
    assert len(found) <= 4_096 + 2
    _, _, counts = found.bins(60)
    assert sum(counts) == total + 1


def test_values_on_an_edge_belong_to_the_bin_that_begins_there() -> None:
    assert places([0.3, 0.6, 0.7, 0.29, -0.1, 0.1 * 3], 0.1) == [3, 6, 7, 2, -1, 3]
    assert places([1_600_000_000.4, 1_600_000_000.6], 1.0) == [1_600_000_000, 1_600_000_000]


@pytest.mark.parametrize(
    ("values", "first", "width", "counts"),
    [
        ([0.0, 1.0, 2.0, 3.0, 4.0], 0, 1.0, [1, 1, 1, 1, 1]),
        ([5.0], 5, 1.0, [1]),
        ([2.5, 2.5], 5, 0.5, [2]),
        ([0.0, 0.0], 0, 1.0, [2]),
    ],
)
def test_bins_of_few_values(values: list[float], first: int, width: float, counts: list[int]) -> None:
    assert distribution(values).bins(50) == (first, width, counts)


def test_more_values_have_narrower_bins_but_never_more_than_there_is_room_for() -> None:
    chance = random.Random(2)
    few, many = ([chance.gauss(0, 1) for _ in range(n)] for n in (50, 5_000))
    assert len(distribution(few).bins(60)[2]) < len(distribution(many).bins(60)[2]) <= MOST_BINS + 1
    assert len(distribution(many).bins(10)[2]) <= 11
    assert len(distribution([*many, 1e9]).bins(60)[2]) <= MOST_BINS + 1


def test_the_width_is_about_the_same_whether_values_are_kept_or_not() -> None:
    chance = random.Random(3)
    values = [chance.gauss(0, 1) for _ in range(20_000)]
    assert distribution(values).bins(60) == distribution(values, exact=1_000).bins(60)
