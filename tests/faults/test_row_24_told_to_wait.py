"""Row 24: 429 and 503 with Retry-After: heeded up to a minute, told beyond that, never in lockstep."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from fakes.web import WebUnderTest

if TYPE_CHECKING:
    from harness.fault_server import FaultServer

CLIENTS = 50
SLOT_SECONDS = 0.01


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "asked", ["2", "0", "-1", "nonsense", "1e10", formatdate(1_700_000_002, usegmt=True)]
)
async def test_what_it_asks_for_is_heeded_and_nonsense_is_not(
    web: WebUnderTest, faults: FaultServer, status: int, asked: str
) -> None:
    got = await web.ask(f"{faults.url}/status/{status}?after={quote(asked)}")
    assert (got.status, got.body) == (status, b"as asked\n")
    assert len(faults.received) == 4
    at_least = 2.0 if asked[:1] in ("2", "T") else 0.0
    assert all(at_least <= waited <= 60 for waited in web.waited[:1])
    assert got.told.warnings == [f"{faults.url}: answered {status}; gave up after 4 attempts"]
    assert [detail.split(":")[0] for detail in got.told.of("retry")] == [f"answered {status}"] * 3
    assert len(got.told.notices) == 3


@pytest.mark.parametrize(
    ("asked", "when"),
    [("61", "61 seconds"), ("3600", "60 minutes"), ("10000000000", "115,741 days"), ("9" * 50, "days")],
)
@pytest.mark.parametrize("retries", [0, 3])
async def test_who_asks_for_more_than_a_minute_is_not_waited_for_and_it_is_said_when(
    web: WebUnderTest, faults: FaultServer, asked: str, when: str, retries: int
) -> None:
    got = await web.ask(f"{faults.url}/status/429?after={asked}", retries=retries)
    assert (got.status, web.waited, len(faults.received)) == (429, [], 1)
    assert "the server asks to wait" in got.told.warnings[0]
    assert when in got.told.warnings[0]


async def test_all_attempts_together_have_one_budget(web: WebUnderTest, faults: FaultServer) -> None:
    got = await web.ask(f"{faults.url}/status/503?after=40")
    assert len(faults.received) == 3
    assert sum(web.waited) <= 90
    assert "would pass the limit of 90 s" in got.told.warnings[0]


@pytest.mark.parametrize(("asked", "sent"), [(0, 1), (1, 2), (3, 4), (50, 4)])
async def test_attempts_are_counted_by_the_server(
    web: WebUnderTest, faults: FaultServer, asked: int, sent: int
) -> None:
    await web.ask(f"{faults.url}/status/503", retries=asked)
    assert len(faults.received) == sent


async def test_what_heals_is_answered(web: WebUnderTest, faults: FaultServer) -> None:
    got = await web.ask(f"{faults.url}/flaky/2/503")
    assert (got.status, got.body, got.told.warnings) == (200, b"good", [])


@pytest.mark.parametrize("after", ["", "?after=2"])
async def test_clients_that_failed_together_do_not_come_back_together(
    tmp_path: object, faults: FaultServer, after: str
) -> None:
    """Each with a clock of its own, and the same seed for all of them together."""
    chance = random.Random(24)
    webs = [WebUnderTest(None) for _ in range(CLIENTS)]
    for web in webs:
        web.next_chance = chance.random
    await asyncio.gather(*(web.ask(f"{faults.url}/status/503{after}") for web in webs))
    slots: Counter[int] = Counter()
    for web in webs:
        moment = 0.0
        for waited in web.waited:
            assert waited <= 60
            moment += waited
            slots[int(moment / SLOT_SECONDS)] += 1
        await web.close()
    assert slots.total() == 3 * CLIENTS
    assert max(slots.values()) <= 0.05 * slots.total()
