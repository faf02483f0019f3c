"""sleep: the times it takes, and waiting."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from fakes.builtin_call import builtin_call
from fakes.clock import FakeClock

from azos_shell.commands.sleep import parse_interval, sleep
from azos_shell.core import drive


def slept(*words: str, clock: FakeClock | None = None) -> Any:
    call = builtin_call("sleep", *words, clock=clock or FakeClock())
    return sleep.function(call)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("1", 1.0), ("0.5", 0.5), (".25", 0.25), ("2m", 120.0), ("1.5h", 5400.0), ("1d", 86400.0), ("3s", 3.0),
        ("1e-3", 0.001), ("0x10", 16.0), ("0x1p-1s", 0.5), ("inf", float("inf")), ("infinity", float("inf")),
        ("+1", 1.0), ("0x1d", 29.0),
    ],
)  # fmt: skip
def test_times_are_read_as_coreutils_reads_them(word: str, seconds: float) -> None:
    assert parse_interval(word) == seconds


@pytest.mark.parametrize(
    "word", ["", "x", "-1", "1x", "1 ", " 1", "1_0", "nan", "1ms", "s", "١", "0x", "--1"]
)
def test_what_is_no_time_is_refused(word: str) -> None:
    assert parse_interval(word) is None


@pytest.mark.parametrize("words", [[], ["--"], ["1", "x"], ["-1"]])
def test_wrong_words_are_told_before_any_waiting(words: list[str]) -> None:
    call = builtin_call("sleep", *words, clock=FakeClock())
    outcome: Any = sleep.function(call)
    assert drive.run(outcome) == 1
    assert call.err.startswith(b"azos: sleep: ")


def test_sleeping_for_nothing_needs_no_event_loop() -> None:
    assert drive.run(slept("0", "0s")) == 0


def test_times_are_added_up_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    assert drive.run(slept("1.5", "1m"), with_loop=True) == 0
    assert waited == [61.5]


def test_where_nothing_else_is_under_way_the_shell_itself_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    assert drive.run(slept("0.5")) == 0
    assert drive.run(slept("infinity")) == 0
    assert waited == [0.5, 1e9]


def test_a_sleep_for_ever_can_be_cancelled() -> None:
    async def cancel() -> None:
        task = asyncio.ensure_future(slept("infinity"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    drive.run(cancel(), with_loop=True)
