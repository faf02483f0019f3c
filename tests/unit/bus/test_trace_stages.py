"""The trace: collects what the stages took."""

from __future__ import annotations

import pytest
from fakes.clock import FakeClock

from azos_shell.bus.trace import STAGES, Stage, Trace


def test_a_stage_is_measured_and_described() -> None:
    clock = FakeClock()
    trace = Trace(clock)
    with trace.stage("cache") as note:
        clock.advance(0.5)
        note.detail = "hit"
        note.ended = True
    assert trace.stages == (Stage("cache", 0.5, "hit", ended=True),)
    assert repr(trace) == "<Trace cache>"


def test_a_stage_that_raises_is_where_it_ended() -> None:
    trace = Trace(FakeClock())
    with pytest.raises(ValueError, match="no such lane"), trace.stage("admit"):
        raise ValueError("no such lane")
    assert trace.stages == (Stage("admit", 0.0, "no such lane", ended=True),)


def test_the_stages_add_up() -> None:
    clock = FakeClock()
    trace = Trace(clock)
    for name in STAGES:
        with trace.stage(name):
            clock.advance(0.25)
    trace.add(Stage("extra", 1.0))
    assert trace.seconds == 3.0
    assert len(trace.stages) == 9
