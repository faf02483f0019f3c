"""Row 21: refused, reset, cut short, wrong length: one typed error, and nothing partial is ever kept as whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from harness.fault_server import WHOLE, WHOLE_CHUNKED

from azos_shell.core.errors import DependencyError

if TYPE_CHECKING:
    from fakes.web import WebUnderTest
    from harness.fault_server import FaultServer

TENTH, ALL = 10, 1


@pytest.mark.parametrize("step", [TENTH, pytest.param(ALL, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("fault", "whole"), [("cut", WHOLE), ("cut-chunked", WHOLE_CHUNKED), ("reset", WHOLE)]
)
async def test_an_answer_that_breaks_off_anywhere_is_an_error_and_is_not_kept(
    web: WebUnderTest, faults: FaultServer, fault: str, whole: bytes, step: int
) -> None:
    open_files = []
    for size in range(0, len(whole), step):
        web.services._breakers.clear()  # the circuit has rows of its own
        with pytest.raises(DependencyError) as caught:
            await web.ask(f"{faults.url}/{fault}/{size}", retries=0)
        assert "\n" not in caught.value.message
        open_files.append(len(os.listdir("/proc/self/fd")))
    assert web.services.disk.statistics().entries == 0
    assert list(web.services.disk.blobs._files()) == []
    assert len(faults.received) == len(range(0, len(whole), step))
    half = len(open_files) // 2
    assert max(open_files[half:]) <= max(open_files[:half]) + 1  # no more after many than after a few
    if fault != "reset":  # which may overtake the whole answer
        assert (await web.ask(f"{faults.url}/{fault}/{len(whole)}", retries=0)).status == 200
        assert web.services.disk.statistics().entries == 1


@pytest.mark.parametrize("fault", ["length-lies", "bad-chunk"])
async def test_what_does_not_keep_its_word_is_an_error_and_is_not_kept(
    web: WebUnderTest, faults: FaultServer, fault: str
) -> None:
    with pytest.raises(DependencyError):
        await web.ask(f"{faults.url}/{fault}")
    assert web.services.disk.statistics().entries == 0


async def test_what_breaks_before_it_begins_is_tried_again_four_times_at_most(
    web: WebUnderTest, faults: FaultServer
) -> None:
    for size in (0, 10, 60):
        before = len(faults.received)
        with pytest.raises(DependencyError, match="gave up after 4 attempts"):
            await web.ask(f"{faults.url}/cut/{size}")
        assert len(faults.received) - before == 4
    with pytest.raises(DependencyError, match="connection refused; gave up after 4 attempts"):
        await web.ask("http://127.0.0.1:1/")
    with pytest.raises(DependencyError, match="no such host"):
        await web.ask("http://nosuch.invalid/")


async def test_what_broke_off_after_it_began_is_not_asked_for_again(
    web: WebUnderTest, faults: FaultServer
) -> None:
    with pytest.raises(DependencyError, match="cut short"):
        await web.ask(f"{faults.url}/cut/{len(WHOLE) - 1}")
    assert len(faults.received) == 1
