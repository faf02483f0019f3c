"""The walk through history asks for a page at a time and waits for none."""

from __future__ import annotations

import pytest
from fakes.repl_host import FakeHistory

from azos_shell.repl import background
from azos_shell.repl.recall import PAGE_ENTRIES, Recall


def settle(recall: Recall, back: int) -> str | None:
    for _ in range(40):  # patience for a loaded machine
        line = recall.line(back)
        if line is not None:
            return line
    return None


def test_lines_come_newest_first_this_session_before_earlier_ones() -> None:
    recall = Recall(FakeHistory(["one", "two"]))
    assert recall.remember("three")
    assert [settle(recall, back) for back in (1, 2, 3)] == ["three", "two", "one"]
    assert recall.line(4) is None
    assert "1 of this session, 2 earlier" in repr(recall)


def test_a_line_like_the_one_before_it_is_not_remembered_again() -> None:
    recall = Recall(FakeHistory(["ls"]))
    assert settle(recall, 1) == "ls"
    assert not recall.remember("ls")
    assert recall.remember("cd")
    assert not recall.remember("cd")


def test_only_the_pages_that_are_walked_are_loaded() -> None:
    history = FakeHistory(f"line {n}" for n in range(5 * PAGE_ENTRIES))
    recall = Recall(history)
    assert settle(recall, 1) == f"line {5 * PAGE_ENTRIES - 1}"
    assert history.pages == 1
    assert settle(recall, PAGE_ENTRIES + 1) == f"line {4 * PAGE_ENTRIES - 1}"
    assert history.pages <= 3


async def test_going_to_the_oldest_line_loads_all() -> None:
    history = FakeHistory(f"line {n}" for n in range(2 * PAGE_ENTRIES + 5))
    recall = Recall(history)
    assert await recall.oldest() == 2 * PAGE_ENTRIES + 5
    assert recall.line(2 * PAGE_ENTRIES + 5) == "line 0"


def test_a_store_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    history = FakeHistory(["one"])
    history.gate.clear()
    recall = Recall(history)
    recall.start()
    monkeypatch.setattr(background, "PATIENCE_SECONDS", 0.001)
    assert recall.line(1) is None
    history.gate.set()
    assert settle(recall, 1) == "one"


async def test_a_store_that_fails_is_an_empty_one_until_it_answers() -> None:
    history = FakeHistory(["one"])
    history.error = OSError("disk on fire")
    recall = Recall(history)
    recall.start()
    assert recall.line(1) is None
    assert recall.search("o", 5).result(5) == []
    assert recall.remember("echo")
    assert await recall.oldest() == 1
    history.error = None
    assert settle(recall, 2) == "one"
