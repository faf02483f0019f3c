"""Rows 21 and 22 over HTTP/2: what breaks off there is an error as well, and is not kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from harness.certificates import Authority
from harness.fault_server_h2 import FaultServerH2

from azos_shell.core.errors import DependencyError, TimeLimitError
from azos_shell.pools.http_surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fakes.web import WebUnderTest


@pytest.fixture
async def server(tmp_path: Path, web: WebUnderTest) -> AsyncIterator[FaultServerH2]:
    """The server, trusted."""
    authority = Authority(tmp_path)
    web.surroundings = Surroundings(authorities_file=str(authority.file))
    async with FaultServerH2(authority.context("good")) as server:
        yield server


async def test_many_requests_share_one_connection_and_answers_are_kept(
    web: WebUnderTest, server: FaultServerH2
) -> None:
    answers = await asyncio.gather(*(web.ask(f"{server.url}/ok?n={number}") for number in range(30)))
    assert {answer.body for answer in answers} == {b"xx"}
    assert server.open_connections == 1
    assert (await web.ask(f"{server.url}/ok?n=1")).from_store
    assert len(server.received) == 30


@pytest.mark.parametrize("fault", ["reset", "lies", "cut"])
async def test_what_breaks_off_is_an_error_and_is_not_kept(
    web: WebUnderTest, server: FaultServerH2, fault: str
) -> None:
    for _ in range(3):
        with pytest.raises(DependencyError, match=r"cut short|connection broke") as caught:
            await web.ask(f"{server.url}/{fault}")
        assert "\n" not in caught.value.message
    assert len(server.received) == 3
    assert web.services.disk.statistics().entries == 0
    assert (await web.ask(f"{server.url}/ok")).body == b"xx"


@pytest.mark.parametrize(("fault", "came"), [("stall", b"12345"), ("stall-headers", b"")])
async def test_what_stalls_is_given_up(
    web: WebUnderTest, server: FaultServerH2, fault: str, came: bytes
) -> None:
    with pytest.raises(TimeLimitError, match=r"nothing came for 0\.1 s"):
        await web.ask(f"{server.url}/{fault}", timeout_seconds=0.1)
    assert (await web.ask(f"{server.url}/ok")).body == b"xx"


async def test_a_connection_that_says_goodbye_is_opened_again_where_that_is_safe(
    web: WebUnderTest, server: FaultServerH2
) -> None:
    assert (await web.ask(f"{server.url}/goodbye-once")).body == b"xx"
    with pytest.raises(DependencyError, match="hung up without an answer; gave up after 4 attempts"):
        await web.ask(f"{server.url}/goodbye")
    before = len(server.received)
    with pytest.raises(DependencyError):
        await web.ask(f"{server.url}/goodbye", "POST", body=b"x")
    assert len(server.received) - before <= 1


async def test_headers_without_measure_are_refused(web: WebUnderTest, server: FaultServerH2) -> None:
    with pytest.raises(DependencyError):
        await web.ask(f"{server.url}/flood", timeout_seconds=5, retries=0)


async def test_streams_that_were_left_do_not_use_up_their_connection(
    web: WebUnderTest, server: FaultServerH2
) -> None:
    """A server allows a hundred at once; those that nobody reads any more must not be among them."""
    for number in range(120):
        task = asyncio.create_task(web.ask(f"{server.url}/stall"))
        await asyncio.sleep(0.001 * (number % 4))  # before the connection, the headers, the body
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        if number % 10 == 0:
            assert (await web.ask(f"{server.url}/ok", fresh=True)).body == b"xx"
    assert (await web.ask(f"{server.url}/ok", fresh=True)).body == b"xx"
    assert len(web.services.http._clients._held) == 1


async def test_a_stream_that_is_left_does_not_disturb_its_neighbours(
    web: WebUnderTest, server: FaultServerH2
) -> None:
    neighbour = asyncio.create_task(web.ask(f"{server.url}/stall", timeout_seconds=0.2))
    await asyncio.sleep(0.05)
    left = asyncio.create_task(web.ask(f"{server.url}/stall?left"))
    await asyncio.sleep(0.02)
    left.cancel()
    with pytest.raises(TimeLimitError):  # not that its connection broke
        await neighbour
