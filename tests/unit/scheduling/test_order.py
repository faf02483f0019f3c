"""The order of waiting work: priority, first-in first-out, ageing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azos_shell.core.values import Priority
from azos_shell.scheduling.order import AgeingOrder

QUIET = settings(deadline=None, database=None, derandomize=True, max_examples=150)


def drain(order: AgeingOrder[str]) -> list[str]:
    items = []
    while (ticket := order.take()) is not None:
        items.append(ticket.item)
    return items


def test_the_more_urgent_goes_first_and_equals_in_the_order_they_came() -> None:
    order: AgeingOrder[str] = AgeingOrder(ageing_seconds=10)
    for name, priority in (("p", 3), ("b1", 2), ("n1", 1), ("b2", 2), ("i1", 0), ("n2", 1), ("i2", 0)):
        order.add(name, Priority(priority), now=0.0)
    assert order.counts == (2, 2, 2, 1)
    assert drain(order) == ["i1", "i2", "n1", "n2", "b1", "b2", "p"]


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_an_item_rises_one_level_for_each_ageing_time_it_waits(levels: int) -> None:
    for waited, first in ((10.0 * levels - 0.1, "new"), (10.0 * levels, "old")):
        order: AgeingOrder[str] = AgeingOrder(ageing_seconds=10)
        order.add("old", Priority(levels), now=100.0)
        order.add("new", Priority.INTERACTIVE, now=100.0 + waited)
        assert drain(order)[0] == first


def test_nothing_starves_under_a_stream_of_urgent_work() -> None:
    order: AgeingOrder[str] = AgeingOrder(ageing_seconds=10)
    order.add("prefetch", Priority.PREFETCH, now=0.0)
    served = []
    for second in range(100):
        order.add(f"urgent {second}", Priority.INTERACTIVE, now=float(second))
        ticket = order.take()
        assert ticket is not None
        served.append(ticket.item)
    assert served.index("prefetch") == 30


def test_a_clock_that_goes_back_does_not_let_anyone_jump_the_queue() -> None:
    order: AgeingOrder[str] = AgeingOrder(ageing_seconds=10)
    order.add("first", Priority.NORMAL, now=1000.0)
    order.add("second", Priority.NORMAL, now=5.0)
    assert drain(order) == ["first", "second"]


def test_what_was_taken_can_be_put_back_in_its_old_place() -> None:
    order: AgeingOrder[str] = AgeingOrder(ageing_seconds=10)
    for name in "abc":
        order.add(name, Priority.NORMAL, now=0.0)
    ticket = order.take()
    assert ticket is not None
    order.restore(ticket)
    with pytest.raises(ValueError, match="still waiting"):
        order.restore(ticket)
    assert drain(order) == ["a", "b", "c"]


def test_withdrawn_items_do_not_pile_up() -> None:
    order: AgeingOrder[int] = AgeingOrder(ageing_seconds=10)
    order.add(-1, Priority.INTERACTIVE, now=0.0)
    for number in range(10_000):
        ticket = order.add(number, Priority.BULK, now=0.0)
        assert order.withdraw(ticket)
        assert not order.withdraw(ticket)
    assert len(order) == 1
    assert len(order._heap) < 100


@QUIET
@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from(Priority), st.integers(0, 3)), max_size=80))
def test_any_run_agrees_with_sorting_by_due_time(steps: list[tuple[float, Priority, int]]) -> None:
    order: AgeingOrder[int] = AgeingOrder(ageing_seconds=3)
    waiting: list[tuple[float, int]] = []
    tickets = {}
    chance = random.Random(7)
    now = 0.0
    for number, (seconds, priority, action) in enumerate(steps):
        now += seconds
        if action < 2:
            tickets[number] = order.add(number, priority, now)
            waiting.append((now + 3 * priority, number))
        elif action == 2 and waiting:
            waiting.sort()
            ticket = order.take()
            assert ticket is not None
            assert ticket.item == waiting.pop(0)[1]
        elif waiting:
            _, withdrawn = waiting.pop(chance.randrange(len(waiting)))
            assert order.withdraw(tickets[withdrawn])
        assert len(order) == len(waiting)
