"""Axes: round ticks for any range of numbers, dates where calendars have them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azos_shell.rendering.plot_axis import LARGEST, nice_step, number_axis, number_labels, value_labels
from azos_shell.rendering.plot_dates import date_axis

finite = st.floats(-LARGEST, LARGEST, allow_nan=False)


@given(finite, finite, st.integers(1, 40), st.booleans())
def test_any_two_numbers_are_on_the_axis_with_different_labels(
    one: float, other: float, most: int, rounded: bool
) -> None:
    low, high = min(one, other), max(one, other)
    axis = number_axis(low, high, most, rounded=rounded)
    assert 0 <= axis.share(low) <= axis.share(high) <= 1
    assert len(axis.ticks) <= most + 3
    assert all(-1e-6 <= axis.share(tick) <= 1 + 1e-6 for tick, _ in axis.ticks)
    texts = [text for _, text in axis.ticks]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 10, ["0", "2", "4", "6", "8", "10"]),
        (0, 0.3, ["0.0", "0.1", "0.2", "0.3"]),
        (-3, 38, ["-10", "0", "10", "20", "30", "40"]),
        (2012, 2016, ["2012", "2013", "2014", "2015", "2016"]),
        (0, 200_000, ["0", "50,000", "100,000", "150,000", "200,000"]),
        (0, 30_000_000, ["0", "10M", "20M", "30M"]),
        (5, 5, ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]),
        (0, 0, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        (0, 3e-9, ["0", "1e-09", "2e-09", "3e-09"]),
        (0, 3e200, ["0", "1e+200", "2e+200", "3e+200"]),
    ],
)
def test_ticks_are_round(low: float, high: float, labels: list[str]) -> None:
    assert [text for _, text in number_axis(low, high, 5, rounded=True).ticks] == labels


def test_rows_are_counted_in_whole_numbers() -> None:
    assert [text for _, text in number_axis(1, 3, 20, whole=True).ticks] == ["1", "2", "3"]


@given(st.floats(1e-290, 1e299))
def test_a_nice_step_is_not_less_and_never_three_times_as_large(least: float) -> None:
    assert least * (1 - 1e-8) <= nice_step(least) <= least * 2.6


def test_values_beside_bars_keep_what_tells_them_apart() -> None:
    assert value_labels([714, 54]) == ["714", "54"]
    assert value_labels([1234567, 3]) == ["1,234,567", "3"]
    assert value_labels([15.34121, 7.2]) == ["15.34", "7.20"]
    assert value_labels([0.5, 2]) == ["0.5", "2.0"]
    assert value_labels([1e300, 1]) == ["1e+300", "1"]
    assert value_labels([]) == []
    assert number_labels([], 1.0) == []


def seconds(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def labels(low: float, high: float, columns: int = 75) -> list[str]:
    return [text for _, text in date_axis(low, high, lambda size: max(1, columns // (size + 3))).ticks]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (seconds(2012, 1, 1), seconds(2015, 12, 31), ["2012", "2013", "2014", "2015"]),
        (seconds(2012, 1, 5), seconds(2012, 4, 9), ["2012-02", "2012-03", "2012-04"]),
        (
            seconds(2012, 1, 30),
            seconds(2012, 2, 3),
            [f"2012-{d}" for d in ("01-30", "01-31", "02-01", "02-02", "02-03")],
        ),
        (
            seconds(2012, 1, 1, 10),
            seconds(2012, 1, 1, 13),
            ["2012-01-01 10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00"],
        ),
        (
            seconds(2012, 1, 1, 10, 0, 5),
            seconds(2012, 1, 1, 10, 0, 7),
            ["2012-01-01 10:00:05", "10:00:06", "10:00:07"],
        ),
        (
            seconds(2012, 1, 1, 20),
            seconds(2012, 1, 2, 2),
            ["2012-01-01 20:00", "2012-01-01 22:00", "2012-01-02 00:00", "2012-01-02 02:00"],
        ),
        (
            seconds(1, 1, 1),
            seconds(9999, 12, 31),
            ["1000", "2000", "3000", "4000", "5000", "6000", "7000", "8000", "9000"],
        ),
    ],
)
def test_dates_are_marked_where_calendars_and_clocks_have_marks(
    low: float, high: float, expected: list[str]
) -> None:
    assert labels(low, high) == expected


@given(st.floats(-62e9, 253e9), st.floats(0, 400e9), st.integers(20, 300))
def test_any_two_dates_are_on_the_axis(low: float, span: float, columns: int) -> None:
    high = min(low + span, 253_402_300_799.0)
    axis = date_axis(low, high, lambda size: max(1, columns // (size + 3)))
    assert all(axis.low <= tick <= axis.high for tick, _ in axis.ticks)
    assert len(axis.ticks) <= columns / 7 + 2


def test_one_date_alone_has_room_around_it() -> None:
    axis = date_axis(seconds(2020, 1, 1), seconds(2020, 1, 1), lambda size: 75 // (size + 3))
    assert 0 < axis.share(seconds(2020, 1, 1)) < 1
    assert "2020-01-01 00:00" in [text for _, text in axis.ticks]
