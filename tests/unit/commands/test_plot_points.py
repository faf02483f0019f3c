"""Points of a line in bounded memory: what is drawn is what all of them would give."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.plot_points import Points
from azos_shell.rendering.plot_lines import Lines, Point, Series, draw_lines
from azos_shell.rendering.plot_picture import Look

finite = st.floats(-1e300, 1e300)


def points(values: list[Point], exact: int) -> Points:
    found = Points(exact)
    for x, y in values:
        found.add(x, y)
    return found


def drawn(values: list[Point]) -> str:
    return draw_lines(Lines([Series("y", values)]), Look(100, 20)).text(colour=False)


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=200), st.integers(2, 50))
def test_of_any_points_the_outermost_are_kept_in_the_order_of_x_and_few_in_all(
    values: list[Point], exact: int
) -> None:
    found = points(values, exact).in_order()
    assert len(found) <= 4 * exact
    assert {(x, y) for x, y in found} <= set(values)
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    for axis in (0, 1):
        assert min(p[axis] for p in found) == min(p[axis] for p in values)  # type: ignore[type-var]
        assert max(p[axis] for p in found) == max(p[axis] for p in values)  # type: ignore[type-var]


def differing_dots(one: str, other: str) -> int:
    return sum((ord(a) ^ ord(b)).bit_count() for a, b in zip(one, other, strict=True) if a != b)


def test_a_hundred_thousand_points_in_any_order_are_drawn_as_if_all_were_kept_but_for_single_dots() -> None:
    chance = random.Random(1)
    values: list[Point] = [(i / 7, math.sin(i / 3_000) + chance.random() / 5) for i in range(100_000)]
    everything = drawn(values).replace(" ", "\u2800")
    in_order = drawn(points(values, 8_192).in_order()).replace(" ", "\u2800")
    chance.shuffle(values)
    in_any_order = drawn(points(values, 8_192).in_order()).replace(" ", "\u2800")
    dots = sum((ord(char) - 0x2800).bit_count() for char in everything if char > "\u2800")
    assert dots > 1_000
    assert differing_dots(in_order, everything) <= dots / 100
    assert differing_dots(in_any_order, everything) <= dots / 100


def test_a_single_peak_among_many_is_kept() -> None:
    values: list[Point] = [(float(i), 0.0) for i in range(50_000)]
    values[31_415] = (31_415.0, 9.0)
    assert (31_415.0, 9.0) in points(values, 1_000).in_order()


def test_a_long_gap_stays_a_gap() -> None:
    values: list[Point] = [(float(i), None if 20_000 <= i < 40_000 else 1.0) for i in range(60_000)]
    found = points(values, 1_000).in_order()
    inside = [y for x, y in found if 20_200 < x < 39_800]
    assert inside
    assert set(inside) == {None}


def test_many_points_of_one_x_are_drawn() -> None:
    found = points([(3.0, float(i)) for i in range(1_000)], 10).in_order()
    assert {x for x, _ in found} == {3.0}
    assert {y for _, y in found} >= {0.0, 999.0}
    assert len(found) <= 40
