"""Row 27: what is not idempotent is never sent twice by itself, whatever happens after it was sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from azos_shell.core.errors import AzosError

if TYPE_CHECKING:
    from fakes.web import WebUnderTest
    from harness.fault_server import FaultServer

AFTER_SENDING = ["refuse", "cut/0", "cut/30", "cut/500", "reset/0", "reset/500", "status/503?after=0", "status/429",
                 "status/502", "length-lies"]  # fmt: skip


@pytest.mark.parametrize("times", [100, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_nothing_is_executed_twice(
    web: WebUnderTest, faults: FaultServer, method: str, times: int
) -> None:
    for number in range(times):
        web.services._breakers.clear()
        fault = AFTER_SENDING[number % len(AFTER_SENDING)]
        try:
            await web.ask(f"{faults.url}/{fault}", method, body=b"%d" % number)
        except AzosError:
            pass
    executed = Counter(received.body for received in faults.received)
    assert len(executed) == times
    assert max(executed.values()) == 1
    assert web.waited == []


async def test_with_a_key_it_may_be_repeated(web: WebUnderTest, faults: FaultServer) -> None:
    key = {"Idempotency-Key": "4711"}
    await web.ask(f"{faults.url}/flaky/2/503?after=0", "POST", body=b"x", headers=key)
    assert {received.headers["idempotency-key"] for received in faults.received} == {"4711"}
    assert len(faults.received) == 3


async def test_what_never_left_may_be_repeated(web: WebUnderTest) -> None:
    with pytest.raises(AzosError, match="connection refused; gave up after 4 attempts"):
        await web.ask("http://127.0.0.1:1/", "POST", body=b"x")
