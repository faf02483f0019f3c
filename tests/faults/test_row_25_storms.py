"""Row 25, of the web: a storm opens the circuit, one probe at a time tries it, refusals are cheap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from azos_shell.core.errors import DependencyError, UnavailableError

if TYPE_CHECKING:
    from fakes.web import WebUnderTest
    from harness.fault_server import FaultServer


async def test_the_fifth_request_that_came_to_nothing_opens_the_circuit(
    web: WebUnderTest, faults: FaultServer
) -> None:
    for _ in range(5):
        assert (await web.ask(f"{faults.url}/status/500")).status == 500
    for _ in range(100):
        with pytest.raises(UnavailableError, match="failed repeatedly; next try in 60 s"):
            await web.ask(f"{faults.url}/ok")
    assert len(faults.received) == 5
    assert web.services.http.statistics().requests == 5  # a refusal costs no connection, nor a place


async def test_of_many_that_come_when_it_is_time_one_tries(web: WebUnderTest, faults: FaultServer) -> None:
    for _ in range(5):
        await web.ask(f"{faults.url}/status/500")
    for probes, path in [(1, "status/503"), (2, "refuse"), (3, "status/503?after=1")]:
        web.clock.advance(60)
        answers = await asyncio.gather(
            *(web.ask(f"{faults.url}/{path}", fresh=True) for _ in range(50)), return_exceptions=True
        )
        assert sum(isinstance(answer, UnavailableError) for answer in answers) == 49
        assert len(faults.received) == 5 + probes  # it is not repeated either
    web.clock.advance(60)
    assert (await web.ask(f"{faults.url}/ok")).status == 200
    assert (await web.ask(f"{faults.url}/ok")).status == 200


async def test_origins_have_circuits_of_their_own(web: WebUnderTest, faults: FaultServer) -> None:
    for _ in range(5):
        with pytest.raises(DependencyError):
            await web.ask("http://127.0.0.1:1/", retries=0)
    with pytest.raises(UnavailableError):
        await web.ask("http://127.0.0.1:1/")
    assert (await web.ask(f"{faults.url}/ok")).status == 200
    with pytest.raises(UnavailableError):
        await web.ask(f"{faults.url}/redirect?to=http://127.0.0.1:1/", follow=True)


async def test_what_the_server_says_of_the_request_is_no_failure(
    web: WebUnderTest, faults: FaultServer
) -> None:
    for _ in range(20):
        await web.ask(f"{faults.url}/status/404")
        await web.ask(f"{faults.url}/status/429", retries=0)
    assert (await web.ask(f"{faults.url}/ok")).status == 200


async def test_attempts_end_when_others_have_opened_the_circuit(
    web: WebUnderTest, faults: FaultServer
) -> None:
    answers = await asyncio.gather(
        *(web.ask(f"{faults.url}/refuse", fresh=True) for _ in range(8)), return_exceptions=True
    )
    assert all(isinstance(answer, DependencyError | UnavailableError) for answer in answers)
    assert len(faults.received) <= 8 * 4
    with pytest.raises(UnavailableError):
        await web.ask(f"{faults.url}/ok")
