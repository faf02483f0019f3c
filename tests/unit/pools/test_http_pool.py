"""The HTTP pool against the server with faults: limits by origin, nothing leaked, errors that say what arrived."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import aclosing

import pytest
from harness.fault_server import FaultServer

from azos_shell.core.errors import DependencyError, TimeLimitError
from azos_shell.pools.http import PER_ORIGIN, HttpPool
from azos_shell.pools.http_errors import LostError, NotSentError
from azos_shell.pools.http_request import origin_of
from azos_shell.pools.undisturbed import undisturbed


@pytest.fixture
async def server():
    async with FaultServer() as server:
        yield server


@pytest.fixture
async def pool():
    pool = HttpPool()
    yield pool
    await pool.aclose()


async def get(pool, url, **more):
    async with pool.exchange("GET", url, **more) as live:
        return b"".join([chunk async for chunk in live.body()])


async def test_an_origin_answers_so_many_at_once_and_the_rest_wait_in_order(pool, server):
    tasks = [asyncio.create_task(get(pool, f"{server.url}/silent?n={n}")) for n in range(PER_ORIGIN + 4)]
    await server.wait_for_requests(PER_ORIGIN)
    now = pool.statistics().origins[origin_of(server.url)]
    assert (now.in_flight, now.waiting) == (PER_ORIGIN, 4)
    for task in tasks[:2]:
        task.cancel()
    await server.wait_for_requests(PER_ORIGIN + 2)
    assert [received.query["n"] for received in server.received[-2:]] == ["8", "9"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    now = pool.statistics()
    assert (now.in_flight, now.waiting) == (0, 0)
    assert await get(pool, f"{server.url}/ok") == b"xx"


async def test_a_waiter_that_is_cancelled_takes_no_place_with_it(pool, server):
    for _ in range(50):
        holders = [asyncio.create_task(get(pool, f"{server.url}/silent")) for _ in range(PER_ORIGIN)]
        waiters = [asyncio.create_task(get(pool, f"{server.url}/silent")) for _ in range(3)]
        await asyncio.sleep(0)
        for task in (*waiters, *holders):  # some are granted a place in the very moment they are cancelled
            task.cancel()
        await asyncio.gather(*holders, *waiters, return_exceptions=True)
    now = pool.statistics()
    assert (now.in_flight, now.waiting) == (0, 0)
    bodies = await asyncio.gather(*(get(pool, f"{server.url}/ok") for _ in range(2 * PER_ORIGIN)))
    assert bodies == [b"xx"] * 2 * PER_ORIGIN


async def test_one_origin_does_not_keep_another_waiting(pool, server):
    holders = [asyncio.create_task(get(pool, f"{server.url}/silent")) for _ in range(PER_ORIGIN + 1)]
    await server.wait_for_requests(PER_ORIGIN)
    async with FaultServer() as other:
        assert await get(pool, f"{other.url}/ok") == b"xx"
    for task in holders:
        task.cancel()
    await asyncio.gather(*holders, return_exceptions=True)


async def test_origins_that_are_idle_are_forgotten(pool, server):
    for number in range(300):
        pool._origin(f"http://host-{number}:80")
    assert len(pool.statistics().origins) <= 256


async def test_cookies_of_servers_are_not_sent_back(pool, server):
    await get(pool, f"{server.url}/ok?header.Set-Cookie=a%3Db")
    await get(pool, f"{server.url}/ok")
    assert "cookie" not in server.received[1].headers


async def test_an_error_says_whether_the_request_may_have_arrived(pool, server):
    with pytest.raises(LostError, match="hung up without an answer"):
        await get(pool, f"{server.url}/refuse")
    with pytest.raises(LostError):
        await get(pool, f"{server.url}/cut/10")
    with pytest.raises(DependencyError) as caught:
        await get(pool, f"{server.url}/cut/500")
    assert type(caught.value) is DependencyError
    with pytest.raises(NotSentError, match="connection refused"):
        await get(pool, "http://127.0.0.1:1/")
    assert pool.statistics().failures == 3


@pytest.mark.parametrize(
    "path", ["slow-headers", "silent", "stall-body", "sse-stall", "endless-headers", "gigabyte", "slow-body"]
)
async def test_whatever_a_server_does_the_connection_is_closed_after_it(pool, server, path):
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        try:
            async with pool.exchange("GET", f"{server.url}/{path}", timeout_seconds=0.03) as live:
                await _read_a_little(live, 1 if path == "slow-body" else 200_000)
        except (TimeLimitError, DependencyError):
            pass
    await pool.aclose()
    while server.open_connections:  # the server hears of it in its own time
        await asyncio.wait(server._tasks, timeout=0.05)
    for _ in range(5):  # transports close a step of the loop later
        await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    assert server.bytes_sent < 20_000_000


async def _read_a_little(live, size):
    async with aclosing(live.body()) as chunks:
        async for _ in chunks:
            if live.bytes_in >= size:
                return


@pytest.mark.parametrize("seed", range(3))
async def test_a_cancellation_at_any_moment_leaves_no_connection_behind(pool, server, seed):
    """Among those moments: while a connection is being given back."""
    chance = random.Random(seed)
    paths = ["stall-body", "silent", "slow-headers", "ok?size=100000", "gigabyte", "slow-body", "ok"]
    for _ in range(200):
        task = asyncio.create_task(get(pool, f"{server.url}/{chance.choice(paths)}"))
        for _ in range(chance.randrange(200)):  # as many steps of the loop
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await get(pool, f"{server.url}/ok") == b"xx"
    (held,) = pool._clients._held.values()
    assert held.users == 0
    assert [connection.is_idle() for connection in held.client._transport._pool.connections] == [True]


async def test_work_is_undisturbed_until_its_end():
    ended, discarded = [], []

    async def tidy():
        for _ in range(3):
            await asyncio.sleep(0)
        ended.append(True)
        return "result"

    async def discard(result):
        discarded.append(result)

    task = asyncio.create_task(undisturbed(tidy(), discard=discard))
    for _ in range(2):
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ended, discarded) == ([True], ["result"])
    assert await undisturbed(tidy()) == "result"


async def test_work_that_is_stopped_is_stopped_once():
    stops = []

    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # tidying that a second cancellation would tear
            await asyncio.sleep(0)
            stops.append("tidied")

    def stop(work):
        stops.append("stopped")
        work.cancel()

    task = asyncio.create_task(undisturbed(wait(), stop=stop))
    await asyncio.sleep(0)
    for _ in range(4):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stops == ["stopped", "tidied"]


async def test_what_is_left_of_plain_requests_costs_others_no_connection(pool, server):
    await get(pool, f"{server.url}/ok")
    for _ in range(5):
        task = asyncio.create_task(get(pool, f"{server.url}/silent"))
        await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert pool.statistics().clients_made == 1
