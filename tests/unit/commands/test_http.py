"""The http command against a real server on the loopback, with the faults real servers have."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.web import FakeWeb, quick_web

from azos_shell.commands.cache import cache
from azos_shell.commands.http import http
from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UsageError
from azos_shell.core.values import LaneName
from azos_shell.plugin import Services


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
async def web():
    web = FakeWeb()
    await web.start()
    yield web
    await web.stop()


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    quick_web(services)
    yield services
    await services.aclose()


@pytest.fixture
def call(services, tmp_path):
    return FakeCall(str(tmp_path), services=services)


def answering(body=b"", status="200 OK", *headers):
    async def answer(visit):
        await visit.answer(body, status, *headers)

    return answer


async def forever(visit):
    await asyncio.Event().wait()


async def test_the_body_is_streamed_as_it_came(web, call):
    url = web.on("/bytes", answering(bytes(range(256)) * 1000))
    assert await call.run(http, url) == bytes(range(256)) * 1000
    assert call.status == 0
    assert web.visits[0].method == "GET"
    assert web.visits[0].headers["user-agent"].startswith("azos/")


async def test_the_first_chunk_does_not_wait_for_the_last(web, call):
    gate = asyncio.Event()

    async def slowly(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await gate.wait()
        await visit.send(b"4\r\nlast\r\n0\r\n\r\n")

    chunks = call.chunks(http, web.on("/slow", slowly))
    assert await anext(chunks) == b"first"
    gate.set()
    assert [chunk async for chunk in chunks] == [b"last"]


async def test_connections_are_kept_alive(web, call):
    url = web.on("/", answering(b"x"))
    for _ in range(5):
        await call.run(http, url)
    assert (len(web.visits), web.connections) == (5, 1)
    assert call.services.http.statistics().requests == 5
    assert repr(call.services.http) == "<HttpPool 5 requests, 0 in flight>"


@pytest.mark.parametrize(("status", "code"), [("302 Found", 3), ("404 Not Found", 4), ("503 Unavailable", 5)])
async def test_the_exit_status_is_the_class_of_the_answer(web, call, status, code):
    assert await call.run(http, web.on("/", answering(b"body", status))) == b"body"
    assert call.status == code


async def test_redirects_are_followed_if_asked(web, call):
    web.on("/to", answering(b"there"))
    url = web.on("/from", answering(b"", "302 Found", "Location: /to"))
    assert await call.run(http, "-F", url) == b"there"
    assert call.status == 0
    loop = web.on("/loop", answering(b"", "302 Found", "Location: /loop"))
    with pytest.raises(AzosError, match="redirected more than 20 times"):
        await call.run(http, "-F", loop)


async def test_credentials_are_not_carried_to_another_origin(web, call):
    other = FakeWeb()
    await other.start()
    target = other.on("/to", answering(b"there"))
    url = web.on("/from", answering(b"", "302 Found", f"Location: http://{target}"))
    assert await call.run(http, "-F", "-H", "Authorization: Bearer s3cret", url) == b"there"
    assert "authorization" in web.visits[0].headers
    assert "authorization" not in other.visits[0].headers
    await other.stop()


async def test_data_is_posted(web, call, tmp_path):
    url = web.on("/", answering())
    (tmp_path / "small").write_bytes(b"from a file")
    (tmp_path / "large").write_bytes(b"x" * 1_500_000)
    await call.run(http, url, "--data", '{"a": 1}')
    await call.run(http, "put", url, "--data", "a=1", "-H", "Content-Type: text/plain")
    await call.run(http, url, "--data", "@small")
    await call.run(http, url, "--data", "@large")
    seen = [
        (v.method, v.headers["content-type"], v.headers["content-length"], len(v.body)) for v in web.visits
    ]
    assert seen == [
        ("POST", "application/json", "8", 8),
        ("PUT", "text/plain", "3", 3),
        ("POST", "application/x-www-form-urlencoded", "11", 11),
        ("POST", "application/octet-stream", "1500000", 1_500_000),
    ]
    with pytest.raises(AzosError, match="missing: No such file"):
        await call.run(http, url, "--data", "@missing")


async def test_standard_input_is_posted(web, services, tmp_path):
    url = web.on("/", answering())
    for chunks in ([b"a=", b"1"], [b"x" * 70_000] * 20):
        await FakeCall(str(tmp_path), stdin=chunks, services=services).run(http, url, "--data", "@-")
    assert [visit.body for visit in web.visits] == [b"a=1", b"x" * 1_400_000]
    with pytest.raises(UsageError, match="nothing is piped in"):
        await FakeCall(str(tmp_path), terminal=True, services=services).run(http, url, "--data", "@-")


async def test_headers_are_shown_with_nothing_a_terminal_would_obey(web, call):
    url = web.on(
        "/", b"HTTP/1.1 200 Fine \x1b[31m\r\nX-Evil: a\x1b]0;title\x07b\xff\r\nContent-Length: 2\r\n\r\nok"
    )
    try:
        assert await call.run(http, "-v", "-H", "X-Mine: 1", url) == b"ok"
    except DependencyError as error:  # a parser may refuse such headers altogether
        assert "\x1b" not in error.message
    web.on("/", b"HTTP/1.1 200 OK\r\nX-Evil: \xc2\x9b31m\xe2\x80\xae\r\nContent-Length: 2\r\n\r\nok")
    assert await call.run(http, "-v", "-H", "X-Mine: 1", url) == b"ok"
    shown = call.errors.data.decode()
    assert "> GET / HTTP/1.1\n" in shown
    assert "> X-Mine: 1\n" in shown
    assert "< HTTP/1.1 200 OK\n" in shown
    assert not any(character < " " and character != "\n" for character in shown)
    assert "\x9b" not in shown


async def test_packed_bodies_are_unpacked(web, call):
    packed = gzip.compress(b"hello " * 1000)
    assert (
        await call.run(http, web.on("/", answering(packed, "200 OK", "Content-Encoding: gzip")))
        == b"hello " * 1000
    )
    url = web.on("/br", answering(b"as it is", "200 OK", "Content-Encoding: br"))
    assert await call.run(http, url) == b"as it is"
    assert b"left in its encoding, br" in call.errors.data


async def test_a_bomb_is_defused(web, call):
    bomb = gzip.compress(gzip.compress(b"\0" * 20_000_000))
    url = web.on("/", answering(bomb, "200 OK", "Content-Encoding: gzip, gzip"))
    with pytest.raises(AzosError, match="longer than 1000000 bytes"):
        await call.run(http, "--max-bytes", "1000000", url)


async def test_the_body_goes_into_a_file_once_it_is_whole(web, call, tmp_path):
    url = web.on("/", answering(b"whole"))
    assert await call.run(http, "-o", "out", url) == []
    assert (tmp_path / "out").read_bytes() == b"whole"
    cut = web.on("/cut", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with pytest.raises(DependencyError):
        await call.run(http, "-o", "other", cut)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


WHOLE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


@pytest.mark.parametrize("size", range(len(WHOLE)))
async def test_an_answer_cut_anywhere_is_an_error(web, call, size):
    url = web.on("/", WHOLE[:size])
    with pytest.raises(DependencyError) as caught:
        await call.run(http, url)
    assert caught.value.status == 1
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "cut short"),
        (b"", "hung up without an answer"),
        (b"SSH-2.0-OpenSSH\x1b[31m\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "compressed answer"),
    ],
)
async def test_a_faulty_answer_is_told_in_one_line(web, call, raw, message):
    with pytest.raises(DependencyError) as caught:
        await call.run(http, web.on("/", raw))
    assert message in caught.value.message
    assert not set(caught.value.message) & {"\n", "\x1b"}


async def test_more_than_the_length_says_is_not_read(web, call):
    assert (
        await call.run(http, web.on("/", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more")) == b"ok"
    )


async def test_no_connection_is_told(call):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DependencyError, match=f"127.0.0.1:{port}: connection refused"):
        await call.run(http, f"127.0.0.1:{port}")
    with pytest.raises(DependencyError, match=r"nosuch\.invalid: .*host"):
        await call.run(http, "nosuch.invalid")
    assert call.services.http.statistics().failures == 4 + 1  # a name that is wrong stays wrong


async def test_a_handshake_that_stalls_is_given_up_and_nothing_is_sent_in_the_clear(web, call):
    url = web.on("/", answering())
    with pytest.raises(TimeLimitError):
        await call.run(http, "--timeout", "0.05", "-H", "Authorization: s3cret", f"https://{url}")
    assert web.visits == []


async def test_a_server_that_never_answers_is_given_up(web, call):
    with pytest.raises(TimeLimitError, match=r"nothing came for 0\.05 s") as caught:
        await call.run(http, "--timeout", "0.05", web.on("/", forever))
    assert caught.value.status == 124


async def test_headers_that_drip_for_ever_are_given_up(web, call):
    async def drip(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await visit.send(b"X-More: x\r\n")
            await asyncio.sleep(0.01)

    with pytest.raises(TimeLimitError):
        await call.run(http, "--timeout", "0.05", web.on("/", drip))


async def test_a_body_that_stalls_is_given_up_after_what_came(web, call):
    async def stall(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")
        await forever(visit)

    chunks = call.chunks(http, "--timeout", "0.05", web.on("/", stall))
    assert await anext(chunks) == b"part"
    with pytest.raises(TimeLimitError):
        await anext(chunks)


async def test_a_slow_body_may_take_longer_than_the_limit_as_long_as_it_goes_on(web, call):
    async def slow(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.02)
            await visit.send(b"x")

    assert await call.run(http, "--timeout", "0.09", web.on("/", slow)) == b"xxxxxx"


async def test_cancelling_and_closing_early_leave_nothing_in_flight(web, call):
    came = asyncio.Event()

    async def hang(visit):
        came.set()
        await forever(visit)

    task = asyncio.create_task(call.run(http, web.on("/", hang)))
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def endless(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await visit.send(b"y\n" * 1000)

    chunks = call.chunks(http, web.on("/yes", endless))
    await anext(chunks)
    await chunks.aclose()
    assert call.services.http.statistics().in_flight == 0


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a b"],
        ["GE T", "localhost"],
        ["localhost", "-H", "bad"],
        ["localhost", "--timeout", "0"],
        ["ftp://x"],
    ],
)
async def test_wrong_words_are_a_usage_error(call, words):
    with pytest.raises(UsageError):
        await call.run(http, *words)


async def test_the_plan_names_the_lane(call):
    plan = call.plan(http, "HEAD", "Example.org/x")
    assert (plan.lane, plan.by_itself, plan.cache) == (LaneName.HTTP, True, None)
    with pytest.raises(UsageError):
        call.plan(http, "not a url")


def test_the_client_is_made_anew_on_another_event_loop():
    services = Services({}, clock=FakeClock())

    async def once():
        web = FakeWeb()
        await web.start()
        assert await FakeCall(services=services).run(http, web.on("/", answering(b"x"))) == b"x"
        await services.aclose()
        await web.stop()

    asyncio.run(once())
    asyncio.run(once())
    assert services.http.statistics().clients_made == 2


async def test_what_is_kept_is_shown_unpacked_and_why_it_is_asked_for_is_told_elsewhere(web, tmp_path):
    services = Services({"HOME": str(tmp_path)}, clock=FakeClock())
    quick_web(services)
    call = FakeCall(str(tmp_path), services=services)
    packed = gzip.compress(b"hello " * 100)
    url = web.on("/", answering(packed, "200 OK", "Content-Encoding: gzip", "Cache-Control: max-age=9"))
    for _ in range(2):
        assert await call.run(http, url) == b"hello " * 100
    assert len(web.visits) == 1
    services.registry.register(http)
    shown = [chunk async for chunk in FakeCall(services=services).chunks(cache, "show", "1")]
    assert b"".join(shown) == b"hello " * 100
    why = [chunk async for chunk in FakeCall(services=services).chunks(cache, "why", "http", url)]
    assert b"trace http" in why[0]
    await services.aclose()
    services.close()
