"""Stale answers: while a circuit is open the last good one is given, marked; and a hit is told on a terminal only."""

from __future__ import annotations

import pytest
from fakes.builtin_call import MemoryOutput
from fakes.bus import BusUnderTest, Changeable, Source

from azos_shell.bus.command import CachePolicy, Plan
from azos_shell.core.errors import DependencyError

pytestmark = pytest.mark.usefixtures("on_the_loop")


async def _open(bus: BusUnderTest) -> None:
    failing = Source([DependencyError("refused")]).command(Plan(circuit="http:x"), name="failing")
    for _ in range(5):
        await bus.dispatch(failing)


async def test_while_its_circuit_is_open_the_last_good_answer_is_given_and_marked(bus: BusUnderTest) -> None:
    proof = Changeable()
    source = Source([b"good\n"])
    answer = source.command(Plan(circuit="http:x", cache=CachePolicy("k", (proof,))))
    assert (await bus.dispatch(answer))[0] == 0
    proof.broken = "it has changed"
    await _open(bus)
    bus.clock.advance(30)
    for _ in range(2):
        status, stdout, stderr = await bus.dispatch(answer)
        assert (status, stdout) == (0, b"good\n")
        assert b"x failed repeatedly" in stderr
        assert b"stale: this answer is 30s old" in stderr
    assert source.started == 1


async def test_without_an_earlier_answer_an_open_circuit_is_an_error(bus: BusUnderTest) -> None:
    source = Source([b"good\n"])
    answer = source.command(Plan(circuit="http:x", cache=CachePolicy("k")))
    await _open(bus)
    status, stdout, stderr = await bus.dispatch(answer)
    assert status != 0
    assert not stdout
    assert b"stale" not in stderr
    assert source.started == 0


@pytest.mark.parametrize("terminal", [True, False])
async def test_a_hit_is_told_on_a_terminal_only(bus: BusUnderTest, terminal: bool) -> None:
    answer = Source([b"good\n"]).command(Plan(cache=CachePolicy("k")))
    await bus.dispatch(answer)
    bus.clock.advance(180)
    call = bus.call(answer)
    call.stderr = stderr = MemoryOutput(terminal=terminal)
    await bus.bus.dispatch(answer, call)
    assert bytes(stderr.data).decode() == ("cached 3m ago · saved 0 ms\n" if terminal else "")
