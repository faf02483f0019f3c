"""Row 22: servers that dawdle: the first byte, all headers, and each further chunk have their limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from azos_shell.core.errors import DependencyError, TimeLimitError
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_request import HttpRequest

if TYPE_CHECKING:
    from fakes.web import WebUnderTest
    from harness.fault_server import FaultServer

LIMIT_SECONDS = 0.08


@pytest.mark.parametrize("path", ["silent", "slow-headers", "slow-headers?every=0.01"])
async def test_headers_that_do_not_come_are_given_up(
    web: WebUnderTest, faults: FaultServer, path: str
) -> None:
    with pytest.raises(TimeLimitError, match=r"nothing came for 0\.08 s"):
        await web.ask(f"{faults.url}/{path}", timeout_seconds=LIMIT_SECONDS)
    assert len(faults.received) == 1  # it took its time once; it is not asked again
    assert web.waited == []


async def test_headers_without_end_are_not_read_on(web: WebUnderTest, faults: FaultServer) -> None:
    with pytest.raises(DependencyError):
        await web.ask(f"{faults.url}/endless-headers")
    assert faults.bytes_sent < 10_000_000


@pytest.mark.parametrize("path", ["stall-body?after=5", "sse-stall?events=5"])
async def test_a_body_that_stalls_is_given_up_with_what_came_and_not_kept(
    web: WebUnderTest, faults: FaultServer, path: str
) -> None:
    came = b""
    request = HttpRequest("GET", f"{faults.url}/{path}")
    with pytest.raises(TimeLimitError):
        async with web.services.web.ask(request, Asking(timeout_seconds=LIMIT_SECONDS)) as answer:
            async for chunk in answer.body():
                came += chunk
    assert came.startswith((b"xxxxx", b"data: 0\n\ndata: 1\n\n"))
    assert web.services.disk.statistics().entries == 0


async def test_a_body_that_goes_on_may_take_longer_than_the_limit(
    web: WebUnderTest, faults: FaultServer
) -> None:
    got = await web.ask(f"{faults.url}/slow-body?size=20&every=0.02", timeout_seconds=0.25)
    assert got.body == b"x" * 20


@pytest.mark.parametrize("path", ["silent", "slow-headers", "slow-body", "sse-stall"])
async def test_a_cancelled_request_is_gone_and_counts_as_no_failure(
    web: WebUnderTest, faults: FaultServer, path: str
) -> None:
    for _ in range(6):  # more than open a circuit
        before = len(faults.received)
        task = asyncio.create_task(web.ask(f"{faults.url}/{path}"))
        await faults.wait_for_requests(before + 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (breaker,) = web.services._breakers.values()
    counted = breaker.statistics(web.clock.monotonic())
    assert (counted.failures, counted.opened) == (0, 0)
    await asyncio.wait_for(_hung_up_on(faults), 5)


async def _hung_up_on(faults: FaultServer) -> None:
    while faults.open_connections:
        await asyncio.wait(faults._tasks, timeout=0.05)
