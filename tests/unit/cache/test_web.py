"""The web: answers of real servers on the loopback kept as RFC 9111 allows, with a clock that the test owns."""

from __future__ import annotations

import asyncio
import json
import os
from email.utils import formatdate

import pytest
from fakes.told import Told
from fakes.web import FakeWeb, WebUnderTest
from harness.fault_server import FaultServer

from azos_shell.cache.http_flights import PATIENCE_SECONDS
from azos_shell.core.errors import AzosError, DependencyError, UnavailableError
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_request import HttpRequest
from azos_shell.pools.http_surroundings import Surroundings


@pytest.fixture
async def server():
    async with FaultServer() as server:
        yield server


@pytest.fixture
async def web(tmp_path):
    web = WebUnderTest(str(tmp_path))
    yield web
    await web.close()


def date(seconds):
    return formatdate(seconds, usegmt=True)


# -- fresh answers ------------------------------------------------------------------------------------------------


async def test_a_fresh_answer_is_given_without_asking_and_says_its_age(web, server):
    url = f"{server.url}/ok?max-age=100&size=1000"
    assert not (await web.ask(url)).from_store
    web.clock.advance(40)
    again = await web.ask(url)
    assert (again.status, again.body, again.headers["Age"]) == (200, b"x" * 1000, "40")
    assert len(server.received) == 1
    assert again.told.notices[0].startswith("cached 40s ago")
    assert again.told.of("cache") == ["hit: 40 s old"]
    web.clock.advance(60)
    assert not (await web.ask(url)).from_store
    assert len(server.received) == 2


async def test_it_outlives_the_process_and_another_shares_it(web, server, tmp_path):
    url = f"{server.url}/ok?max-age=100&size=500000"
    await web.ask(url)
    other = WebUnderTest(str(tmp_path))
    assert (await other.ask(url)).body == b"x" * 500_000
    assert len(server.received) == 1
    await other.close()


async def test_setting_the_wall_clock_neither_revives_nor_kills(web, server):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    web.clock.jump_wall(10_000)
    assert (await web.ask(url)).from_store
    web.clock.jump_wall(-20_000)
    web.clock.advance(100)
    assert not (await web.ask(url)).from_store


@pytest.mark.parametrize(
    ("headers", "fresh_for"),
    [
        ({"Cache-Control": "max-age=60"}, 60),
        ({"Cache-Control": "max-age=60", "Age": "20"}, 40),
        ({"Cache-Control": 'MAX-AGE="60", public'}, 60),
        ({"Cache-Control": "private, max-age=60"}, 60),
        ({"Cache-Control": "s-maxage=600, max-age=60"}, 60),  # we are nobody's shared cache
        ({"Cache-Control": "max-age=60", "Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 60),
        ({"Cache-Control": "max-age=nonsense"}, 0),
        ({"Cache-Control": "max-age=-5"}, 0),
        ({"Cache-Control": "max-age=60, no-cache"}, 0),
        ({"Pragma": "no-cache", "Expires": "Fri, 31 Dec 2100 00:00:00 GMT"}, 0),
        ({"Expires": "0"}, 0),
        ({"Date": date(1_700_000_000), "Expires": date(1_700_000_090)}, 90),
        ({"Date": date(1_699_999_970), "Cache-Control": "max-age=60"}, 30),
        # A tenth of the time since the last change, by section 4.2.2:
        ({"Date": date(1_700_000_000), "Last-Modified": date(1_700_000_000 - 1000)}, 100),
        ({"Date": date(1_700_000_000), "Last-Modified": date(1_700_000_000 + 1000)}, 0),
        ({"Date": "yesterday", "Last-Modified": "long ago"}, 0),
        ({}, 0),
    ],
)
async def test_how_long_an_answer_is_fresh(web, server, headers, fresh_for):
    query = "&".join(
        f"header.{name}={value.replace(' ', '%20').replace(',', '%2C').replace('+', '%2B')}"
        for name, value in headers.items()
    )
    url = f"{server.url}/ok?{query}"
    await web.ask(url)
    if fresh_for:
        web.clock.advance(fresh_for - 1)
        assert (await web.ask(url)).from_store
        web.clock.advance(1)
    assert not (await web.ask(url)).from_store


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Cache-Control": "no-store, max-age=60"}, "its server says no-store"),
        ({"Cache-Control": "max-age=60", "Vary": "*"}, "it varies by what is not in the request"),
        ({"Cache-Control": "max-age=60", "Set-Cookie": "a=b"}, "it sets a cookie"),
    ],
)
async def test_what_may_not_be_kept_is_not_and_the_trace_says_why(web, server, headers, why):
    query = "&".join(f"header.{name}={value.replace(' ', '%20')}" for name, value in headers.items())
    url = f"{server.url}/ok?{query}"
    got = await web.ask(url)
    assert any(why in told for told in got.told.of("store"))
    assert not (await web.ask(url)).from_store


@pytest.mark.parametrize(
    ("wish", "is_hit"),
    [
        ("", True),
        ("no-cache", False),
        ("no-store", False),
        ("max-age=30", False),
        ("max-age=50", True),
        ("min-fresh=70", False),
        ("min-fresh=50", True),
    ],
)
async def test_what_a_request_says_of_stored_answers_is_heeded(web, server, wish, is_hit):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    web.clock.advance(40)
    headers = {"Cache-Control": wish} if wish else {}
    assert (await web.ask(url, headers=headers)).from_store is is_hit


async def test_a_request_may_take_an_old_answer_or_none_from_the_server(web, server):
    url = f"{server.url}/ok?max-age=100"
    with pytest.raises(AzosError, match="only-if-cached"):
        await web.ask(url, headers={"Cache-Control": "only-if-cached"})
    assert server.received == []
    await web.ask(url)
    web.clock.advance(150)
    assert (await web.ask(url, headers={"Cache-Control": "max-stale=60"})).from_store
    assert not (await web.ask(url, headers={"Cache-Control": "max-stale=40"})).from_store


async def test_fresh_goes_round_the_store(web, server):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    assert not (await web.ask(url, fresh=True)).from_store
    assert len(server.received) == 2


# -- variants and credentials --------------------------------------------------------------------------------------


async def test_vary_tells_answers_apart_and_keeps_no_values(web, server, tmp_path):
    url = f"{server.url}/ok?max-age=100&header.Vary=Accept%2C%20X-Secret"
    await web.ask(url, headers={"Accept": "a/a", "X-Secret": "canary-4711"})
    assert not (await web.ask(url, headers={"Accept": "b/b", "X-Secret": "canary-4711"})).from_store
    assert (await web.ask(url, headers={"Accept": "a/a", "X-Secret": "canary-4711"})).from_store
    assert (await web.ask(url, headers={"Accept": "b/b", "X-Secret": "canary-4711"})).from_store
    await web.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"max-age=100" in stored
    assert b"canary" not in stored


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
async def test_an_answer_to_somebody_is_kept_only_where_others_may_see_it_and_never_given_to_another(
    web, server, tmp_path, header
):
    private = f"{server.url}/ok?max-age=100"
    await web.ask(private, headers={header: "canary-1"})
    assert not (await web.ask(private, headers={header: "canary-1"})).from_store
    assert not (await web.ask(private)).from_store
    public = f"{server.url}/ok?header.Cache-Control=public%2C%20max-age=100"
    await web.ask(public, headers={header: "canary-1"})
    assert (await web.ask(public, headers={header: "canary-1"})).from_store
    assert not (await web.ask(public, headers={header: "canary-2"})).from_store
    assert not (await web.ask(public)).from_store
    await web.close()
    assert b"canary" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_a_password_in_the_address_is_a_credential_and_is_kept_nowhere(web, server, tmp_path):
    at = server.url.removeprefix("http://")
    url = f"http://anna:canary@{at}/ok?header.Cache-Control=public%2C%20max-age=100&api_key=canary"
    await web.ask(url)
    assert server.received[0].headers["authorization"].startswith("Basic ")
    assert (await web.ask(url)).from_store
    assert not (await web.ask(url.replace("canary@", "other@"))).from_store
    (entry, _) = web.services.disk.entries()
    assert entry.label == f"GET http://{at}/ok?header.Cache-Control=public%2C%20max-age=100&api_key=…"
    await web.close()
    assert b"canary" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_head_and_get_are_kept_apart(web, server):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url, "HEAD")
    got = await web.ask(url)
    assert (got.from_store, got.body) == (False, b"xx")
    head = await web.ask(url, "HEAD")
    assert (head.from_store, head.body) == (True, b"")


# -- checking --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 300_000])
async def test_a_stale_answer_is_checked_and_not_sent_again(web, server, size):
    url = f"{server.url}/ok?etag=one&max-age=10&size={size}"
    await web.ask(url)
    web.clock.advance(60)
    checked = await web.ask(url)
    assert (checked.status, checked.body) == (200, b"x" * size)
    assert server.received[1].headers["if-none-match"] == '"one"'
    assert checked.told.of("cache")[-1].startswith("revalidated")
    assert checked.headers["Age"] == "0"
    assert checked.told.notices[0].startswith("checked with its server: unchanged for 1m")
    assert (await web.ask(url)).from_store  # fresh anew
    assert len(server.received) == 2
    assert web.services.disk.verify().bad == ()
    assert web.services.disk.statistics().entries == 1


async def test_a_changed_answer_takes_the_place_of_the_old_one(web):
    server = FakeWeb()
    await server.start()
    bodies = iter([b"old", b"new"])

    async def answer(visit):
        body = next(bodies)
        await visit.answer(body, "200 OK", f'ETag: "{body.decode()}"', "Cache-Control: max-age=10")

    url = f"http://{server.on('/', answer)}"
    assert (await web.ask(url)).body == b"old"
    web.clock.advance(11)
    assert (await web.ask(url)).body == b"new"
    assert (await web.ask(url)).body == b"new"
    assert len(server.visits) == 2
    await server.stop()


async def test_a_304_about_something_else_is_not_believed(web):
    server = FakeWeb()
    await server.start()

    async def answer(visit):
        if "if-none-match" in visit.headers:
            await visit.send(b'HTTP/1.1 304 Not Modified\r\nETag: "other"\r\n\r\n')
        else:
            await visit.answer(b"body %d" % len(server.visits), "200 OK", 'ETag: "one"')

    url = f"http://{server.on('/', answer)}"
    await web.ask(url)
    again = await web.ask(url)
    assert (again.status, again.body) == (200, b"body 3")
    await server.stop()


async def test_a_request_with_conditions_or_ranges_of_its_own_is_none_of_ours(web, server):
    url = f"{server.url}/ok?etag=one&max-age=100"
    await web.ask(url)
    assert (await web.ask(url, headers={"If-None-Match": '"one"'})).status == 304
    await web.ask(url, headers={"Range": "bytes=0-1"})
    assert len(server.received) == 3


async def test_what_changes_an_address_makes_what_is_kept_of_it_old(web, server):
    url = f"{server.url}/ok?max-age=100"
    for method, is_kept in [("OPTIONS", True), ("POST", False), ("DELETE", False)]:
        await web.ask(url)
        await web.ask(url, method)
        assert (await web.ask(url)).from_store is is_kept
    await web.ask(url)
    await web.ask(f"{server.url}/status/201?header=1", "POST")
    assert (await web.ask(url)).from_store


async def test_a_change_that_failed_makes_nothing_old(web):
    server = FakeWeb()
    await server.start()

    async def answer(visit):
        status = "200 OK" if visit.method == "GET" else "403 Forbidden"
        await visit.answer(b"x", status, "Cache-Control: max-age=100")

    url = f"http://{server.on('/', answer)}"
    await web.ask(url)
    await web.ask(url, "PUT", body=b"y")
    assert (await web.ask(url)).from_store
    await server.stop()


# -- whole or not at all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["length-lies", "cut/1500", "cut-chunked/1500", "reset/1500", "bad-chunk"])
async def test_what_did_not_come_whole_is_not_kept(web, server, fault):
    with pytest.raises(DependencyError):
        await web.ask(f"{server.url}/{fault}")
    assert web.services.disk.statistics().entries == 0
    assert not list(web.services.disk.blobs._files())


async def test_what_was_not_read_to_its_end_is_not_kept_and_leaves_no_file(web, server):
    request = HttpRequest("GET", f"{server.url}/gigabyte?size=1000000")
    async with web.services.web.ask(request, Asking()) as answer:
        assert await anext(answer.body())
    with pytest.raises(BrokenPipeError):
        async with web.services.web.ask(request, Asking()) as answer:
            async for _ in answer.body():
                pass
            raise BrokenPipeError
    assert web.services.disk.statistics().entries == 0
    assert not list(web.services.disk.blobs._files())


async def test_a_body_whose_end_is_the_end_of_the_connection_is_not_kept(web):
    server = FakeWeb()
    await server.start()
    raw = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\n\r\nall?"
    url = f"http://{server.on('/', raw)}"
    got = await web.ask(url)
    assert got.body == b"all?"
    assert got.told.of("store") == ["not stored: it was not read to its end"]
    await server.stop()


async def test_a_body_that_is_too_long_is_given_and_not_kept(tmp_path, server):
    web = WebUnderTest(str(tmp_path), disk_bytes=1_000_000)
    got = await web.ask(f"{server.url}/ok?max-age=100&size=200000")
    assert len(got.body) == 200_000
    assert "longer than" in got.told.of("store")[0]
    assert not list(web.services.disk.blobs._files())
    await web.close()


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
async def test_a_damaged_body_is_asked_for_again(web, server, damage):
    url = f"{server.url}/ok?max-age=100&size=200000"
    await web.ask(url)
    (path,) = web.services.disk.blobs._files()
    if damage == "missing":
        os.unlink(path)
    else:
        with open(path, "r+b") as file:
            file.write(b"\xff" * 100) if damage == "flipped" else file.truncate(1000)
    got = await web.ask(url)
    assert (got.from_store, got.body) == (False, b"x" * 200_000)
    assert (await web.ask(url)).from_store


async def test_a_body_that_is_damaged_when_its_server_says_that_it_is_still_good_is_sent_again(web, server):
    url = f"{server.url}/ok?etag=one&size=200000"
    await web.ask(url)
    (path,) = web.services.disk.blobs._files()
    os.unlink(path)
    got = await web.ask(url)
    assert (got.status, got.body, got.from_store) == (200, b"x" * 200_000, False)
    assert [received.headers.get("if-none-match") for received in server.received] == [None, '"one"', None]
    assert (await web.ask(url)).from_store


@pytest.mark.parametrize("asked", ["", "{}", "[]", '{"method": 1}', json.dumps({"headers": [1], "vary": []})])
async def test_an_entry_of_another_azos_is_a_miss(web, server, asked):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    from azos_shell.cache.http_answer import address_key
    from azos_shell.core.frozen import replace

    disk = web.services.disk
    (kept,) = disk.find(address_key(url))
    disk.store(kept.key, replace(kept.result, asked=asked))
    assert not (await web.ask(url)).from_store


async def test_budget_listing_and_removal_are_those_of_every_result(web, server):
    await web.ask(f"{server.url}/ok?max-age=100&size=100000")
    (entry,) = web.services.disk.entries()
    assert (entry.command, entry.label) == ("http", f"GET {server.url}/ok?max-age=100&size=100000")
    assert entry.size_bytes > 100_000
    assert len(b"".join(chunk for _, chunk in web.services.disk.lookup(entry.key).result.output)) == 100_000
    web.services.disk.clear()
    assert not (await web.ask(f"{server.url}/ok?max-age=100&size=100000")).from_store


async def test_hits_and_misses_are_counted(web, server):
    url = f"{server.url}/ok?max-age=100"
    for _ in range(3):
        await web.ask(url)
    counts = web.services.results.statistics().commands["http"]
    assert (counts.hits, counts.misses) == (2, 1)


async def test_without_a_place_for_a_cache_every_request_is_sent(server):
    web = WebUnderTest(None)
    for _ in range(2):
        assert not (await web.ask(f"{server.url}/ok?max-age=100")).from_store
    await web.close()


# -- at the same time ----------------------------------------------------------------------------------------------


async def test_the_same_request_at_the_same_time_is_sent_once(web, server):
    url = f"{server.url}/ok?max-age=100&size=200000"
    answers = await asyncio.gather(*(web.ask(url) for _ in range(20)))
    assert {answer.body for answer in answers} == {b"x" * 200_000}
    assert len(server.received) == 1


async def test_what_cannot_be_kept_is_not_waited_for(web):
    server = FakeWeb()
    await server.start()
    came, gate = asyncio.Event(), asyncio.Event()

    async def answer(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 4\r\n\r\nab")
        if len(server.visits) == 1:
            came.set()
            await gate.wait()
        await visit.send(b"cd")

    url = f"http://{server.on('/', answer)}"
    first = asyncio.create_task(web.ask(url))
    await came.wait()
    assert (await web.ask(url)).body == b"abcd"
    gate.set()
    assert (await first).body == b"abcd"
    await server.stop()


async def test_a_leader_whose_reader_stands_still_is_not_waited_for(web, server):
    url = f"{server.url}/ok?max-age=100&size=1000000"
    request = HttpRequest("GET", url)
    async with web.services.web.ask(request, Asking()) as answer:
        await anext(answer.body())
        async with asyncio.timeout(100 * PATIENCE_SECONDS):
            assert len((await web.ask(url)).body) == 1_000_000


async def test_those_who_wait_for_a_failure_go_on_by_themselves(web, server):
    url = f"{server.url}/length-lies"
    answers = await asyncio.gather(*(web.ask(url) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(answer, DependencyError) for answer in answers)
    assert len(server.received) == 3
    assert len(web.services.web._flights) == 0


async def test_a_cancelled_leader_leaves_no_flight_behind(web, server):
    url = f"{server.url}/silent"
    leader = asyncio.create_task(web.ask(url))
    await server.wait_for_requests(1)
    follower = asyncio.create_task(web.ask(url))
    await asyncio.sleep(0)
    leader.cancel()
    await server.wait_for_requests(2)
    follower.cancel()
    await asyncio.gather(leader, follower, return_exceptions=True)
    assert len(web.services.web._flights) == 0
    assert web.services.http.statistics().in_flight == 0


# -- while the circuit is open -------------------------------------------------------------------------------------


async def open_circuit(web, server):
    server.down = True
    for _ in range(5):
        with pytest.raises(DependencyError):
            await web.ask(f"{server.url}/refuse", retries=0)


async def test_while_the_circuit_is_open_fresh_answers_are_given_and_old_ones_marked(web, server):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    await open_circuit(web, server)
    web.clock.advance(20)
    assert (await web.ask(url)).told.warnings == []
    web.clock.advance(85)
    server.down = False
    web.services.breaker(f"http:{server.url}")  # half-open by now: a probe
    server.down = True
    with pytest.raises(DependencyError):
        await web.ask(f"{server.url}/refuse")
    old = await web.ask(url)
    assert (old.status, old.body) == (200, b"xx")
    assert "failed repeatedly; next try in 60 s: stale: this answer is 1m old" in old.told.warnings[0]


async def test_without_an_answer_or_with_one_that_must_be_checked_an_open_circuit_is_an_error(web, server):
    strict = f"{server.url}/ok?header.Cache-Control=max-age=1%2C%20must-revalidate"
    await web.ask(strict)
    await open_circuit(web, server)
    web.clock.advance(10)
    for url in (strict, f"{server.url}/ok?other=1"):
        with pytest.raises(UnavailableError, match="failed repeatedly; next try in 50 s"):
            await web.ask(url)


async def test_after_a_fresh_answer_an_older_one_is_not_given_any_more(web, server):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    await web.ask(url, fresh=True)
    assert not (await web.ask(url)).from_store
    assert (await web.ask(url)).from_store


@pytest.mark.parametrize(("size", "is_kept"), [(1_000_000, True), (1_100_000, False)])
async def test_what_is_of_no_use_but_in_need_is_kept_only_if_it_is_small(web, server, size, is_kept):
    await web.ask(f"{server.url}/ok?size={size}")
    assert web.services.disk.statistics().entries == int(is_kept)


async def test_a_stream_of_events_is_not_kept(web, server):
    got = await web.ask(f"{server.url}/ok?max-age=100&header.Content-Type=text/event-stream")
    assert got.told.of("store") == ["not stored: it is a stream of events"]


async def test_an_address_is_the_same_however_it_is_written(web, server):
    await web.ask(f"{server.url}/ok?max-age=100")
    for other in (f"{server.url.upper()}/ok?max-age=100", f"{server.url}/ok?max-age=100#part"):
        assert (await web.ask(other)).from_store


async def test_who_waits_for_a_place_says_so(web, server):
    tasks = [asyncio.create_task(web.ask(f"{server.url}/silent?n={n}")) for n in range(8)]
    await server.wait_for_requests(8)
    told = Told()
    waiter = asyncio.create_task(web.ask(f"{server.url}/ok", told=told))
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    assert (await waiter).status == 200
    assert told.of("permit") == ["waits for an earlier request to its origin"]
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_what_an_earlier_answer_has_left_on_its_connection_does_not_spoil_the_next(web, status):
    server = FakeWeb()
    await server.start()

    async def answer(visit):
        await visit.send(f"HTTP/1.1 {status}\r\nContent-Length: 7\r\n\r\na body!".encode())

    async def good(visit):
        await visit.answer(b"good")

    await web.ask(f"http://{server.on('/', answer)}")
    got = await web.ask(f"http://{server.on('/good', good)}")
    assert (got.status, got.body) == (200, b"good")
    await server.stop()


async def test_a_header_that_is_not_sent_is_another_variant(web, server):
    url = f"{server.url}/ok?max-age=100&header.Vary=Accept-Encoding"
    bare = HttpRequest("GET", url, (), None, frozenset({"accept-encoding"}))
    await web.ask(url)
    async with web.services.web.ask(bare, Asking()) as answer:
        assert [chunk async for chunk in answer.body()] == [b"xx"]
    assert [received.headers.get("accept-encoding") for received in server.received] == [
        "gzip, deflate",
        None,
    ]
    assert (await web.ask(url)).from_store


@pytest.mark.parametrize(
    "apart", [{"is_verified": False}, {"certificate_file": "mine.pem"}, {"certificate_key_file": "mine.key"}]
)
async def test_what_was_asked_with_other_trust_is_for_nobody_else(web, server, apart):
    url = f"{server.url}/ok?max-age=100"
    await web.ask(url)
    web.surroundings = Surroundings(**apart)
    got = await web.ask(url)
    assert got.told.of("cache") == ["gone round: it is asked with certificates of its own"]
    web.services.disk.clear()
    await web.ask(url)
    web.surroundings = Surroundings()
    assert not (await web.ask(url)).from_store
