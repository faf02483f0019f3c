"""Answers of several pages, events as they come, and what of an answer is shown on a terminal."""

from __future__ import annotations

import asyncio
import json
import os

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.web import FakeWeb

from azos_shell.commands.http import http
from azos_shell.commands.http_part_file import PartFile
from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UsageError
from azos_shell.plugin import Records, Services


@pytest.fixture
async def web():
    web = FakeWeb()
    await web.start()
    yield web
    await web.stop()


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def call(services, tmp_path):
    return FakeCall(str(tmp_path), services=services)


@pytest.fixture
def looked_at(call):
    """The call with a terminal as its standard output."""
    call.output.is_terminal = lambda: True
    call.shell.variables["TERM"] = "xterm"
    return call


def answering(body=b"", status="200 OK", *headers):
    async def answer(visit):
        await visit.answer(body, status, *headers)

    return answer


JSON = "Content-Type: application/json"


def paged(web, count, wrap=lambda rows: rows, path="/items"):
    """Pages of two rows each, linked to one another."""

    async def answer(visit):
        page = int(visit.target.partition("page=")[2] or 1)
        rows = [{"id": 2 * page - 1}, {"id": 2 * page, **({"more": page} if page > 1 else {})}]
        link = [f'Link: <{path}?page={page + 1}>; rel="next"'] if page < count else []
        await visit.answer(json.dumps(wrap(rows)).encode(), "200 OK", JSON, *link)

    return web.on(path, answer)


# -- pages -------------------------------------------------------------------------------------------------------------


async def test_all_pages_are_one_stream_of_records(web, call):
    url = paged(web, 3)
    rows = await call.run(http, "--all-pages", "--jsonl", url)
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1]["more"] == 3
    assert (len(web.visits), web.connections) == (3, 1)


async def test_all_pages_may_be_dug_for_records(web, call):
    url = paged(web, 3, lambda rows: {"items": rows, "total": 6})
    assert len(await call.run(http, "--all-pages", "--records", "items", url)) == 6


async def test_all_pages_are_bodies_one_after_the_other(web, call):
    body = await call.run(http, "--all-pages", paged(web, 2))
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(body.decode())
    assert [row["id"] for row in first + decoder.raw_decode(body.decode(), end)[0]] == [1, 2, 3, 4]


async def test_pages_stop_where_they_are_told_to(web, call):
    url = paged(web, 9)
    assert len(await call.run(http, "--all-pages", "--max-pages", "2", "--jsonl", url)) == 4
    assert len(await call.run(http, "--jsonl", url)) == 2
    assert len(web.visits) == 3


async def test_who_takes_one_row_asks_for_one_page(web, call):
    chunks = call.chunks(http, "--all-pages", "--jsonl", paged(web, 9))
    assert isinstance(await anext(chunks), Records)
    await chunks.aclose()
    assert len(web.visits) == 1
    assert call.services.http.statistics().in_flight == 0


async def test_pages_that_go_in_a_circle_are_told(web, call):
    url = web.on("/a", answering(b"[1]", "200 OK", JSON, "Link: </b>; rel=next"))
    web.on("/b", answering(b"[2]", "200 OK", JSON, "Link: </a>; rel=next"))
    with pytest.raises(AzosError, match="as the next page of itself"):
        await call.run(http, "--all-pages", url)


async def test_pages_of_csv_are_one_table(web, call):
    csv = "Content-Type: text/csv"
    url = web.on("/a", answering(b"x,y\n1,2\n", "200 OK", csv, "Link: </b>; rel=next"))
    web.on("/b", answering(b"x,y\n3,4\n", "200 OK", csv))
    assert await call.run(http, "--all-pages", "--jsonl", url) == [{"x": 1, "y": 2}, {"x": 3, "y": 4}]
    web.on("/b", answering(b"z,y\n3,4\n", "200 OK", csv))
    with pytest.raises(AzosError, match="other columns"):
        await call.run(http, "--all-pages", "--jsonl", url)


async def test_what_tells_who_asks_goes_to_no_other_origin_for_a_page(web, call):
    other = FakeWeb()
    await other.start()
    target = other.on("/b", answering(b"[2]", "200 OK", JSON))
    url = web.on("/a", answering(b"[1]", "200 OK", JSON, f"Link: <http://{target}>; rel=next"))
    words = ["-a", "ann:secret", "Cookie:a=b", "X-Api-Key:k", "X-Other:o"]
    await call.run(http, "--all-pages", url, *words)
    seen = other.visits[0].headers
    assert {"authorization", "cookie", "x-api-key"} <= web.visits[0].headers.keys()
    assert not {"authorization", "cookie", "x-api-key"} & seen.keys()
    assert seen["x-other"] == "o"
    await other.stop()


# -- events ------------------------------------------------------------------------------------------------------------

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


async def test_events_are_records_as_soon_as_they_come(web, call):
    gate = asyncio.Event()

    async def events(visit):
        await visit.send(EVENTS + b"id: 1\ndata: one\n\nevent: tick\nda")
        await gate.wait()
        await visit.send(b"ta: two\n\n")
        raise ConnectionError

    chunks = call.chunks(http, "--jsonl", web.on("/", events))
    first = await anext(chunks)
    assert first.rows == [("message", "one", "1", None)]
    gate.set()
    assert [row for batch in [batch async for batch in chunks] for row in batch.rows] == [
        ("tick", "two", "1", None)
    ]


async def test_events_that_stall_are_given_up_after_what_came(web, call):
    async def stalling(visit):
        await visit.send(EVENTS + b"data: one\n\ndata: tw")
        await asyncio.Event().wait()

    url = web.on("/", stalling)
    rows = []
    with pytest.raises(TimeLimitError, match="nothing came for"):
        async for batch in call.chunks(http, "--jsonl", "--timeout", "0.05", url):
            rows += batch.rows
    assert [row[1] for row in rows] == ["one"]
    pieces = []
    with pytest.raises(TimeLimitError):
        async for piece in call.chunks(http, "--timeout", "0.05", url):
            pieces.append(piece)
    assert b"".join(pieces) == b"data: one\n\ndata: tw"
    assert call.services.http.statistics().in_flight == 0


# -- on a terminal -----------------------------------------------------------------------------------------------------


async def run_shown(call, *words) -> str:
    """All that the terminal gets, in its order."""
    async for chunk in call.chunks(http, *words):
        call.output.write(chunk)
    return call.output.data.decode()


async def test_a_terminal_gets_the_head_and_the_body_laid_out(web, looked_at):
    looked_at.shell.variables["NO_COLOR"] = "1"
    shown = await run_shown(looked_at, web.on("/", answering(b'{"a":[1,2]}', "200 OK", JSON)))
    assert shown == (
        "HTTP/1.1 200 OK\nContent-Length: 11\nContent-Type: application/json\n\n"
        '{\n    "a": [\n        1,\n        2\n    ]\n}\n'
    )
    assert not looked_at.errors.data


async def test_verbose_shows_every_step_in_its_order(web, looked_at):
    looked_at.shell.variables["NO_COLOR"] = "1"
    web.on("/to", answering(b"done", "200 OK"))
    url = web.on("/from", answering(b"", "303 See Other", "Location: /to"))
    shown = await run_shown(looked_at, "-v", "-F", url, "a=b")
    wanted = [
        "POST /from HTTP/1.1",
        '"a": "b"',
        "HTTP/1.1 303 See Other",
        "GET /to HTTP/1.1",
        "HTTP/1.1 200 OK",
        "done",
    ]
    assert [shown.index(part) for part in wanted] == sorted(shown.index(part) for part in wanted)


async def test_colour_is_for_terminals_that_want_it(web, looked_at):
    url = web.on("/", answering(b'{"a":1}', "200 OK", JSON))
    assert "\x1b[" in await run_shown(looked_at, url)
    looked_at.output.data.clear()
    looked_at.shell.variables["TERM"] = "dumb"
    assert "\x1b[" not in await run_shown(looked_at, url)


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "text/html; charset=latin-1", "text/event-stream", ""]
)
async def test_nothing_in_a_body_reaches_a_terminal_as_a_command_and_all_of_it_a_pipe(
    web, services, looked_at, tmp_path, kind
):
    looked_at.shell.variables["NO_COLOR"] = "1"
    evil = b'{"a": "\x1b]0;title\x07\x1b[2J\xc2\x9b31m \xe2\x80\xae\r \xff"}\n\x1b[31m'
    url = web.on("/", answering(evil, "200 OK", f"Content-Type: {kind}", "X-Evil: \x9b2J"))
    shown = await run_shown(looked_at, url)
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    assert "title" in shown
    assert await FakeCall(str(tmp_path), services=services).run(http, url) == evil


async def test_what_is_no_text_is_not_shown_on_a_terminal(web, looked_at):
    for body, kind in ((b"\x89PNG\r\n", "image/png"), (b"a\0b", "application/octet-stream")):
        shown = await run_shown(looked_at, web.on("/", answering(body, "200 OK", f"Content-Type: {kind}")))
        assert "not shown on a terminal" in shown
        assert "PNG" not in shown
    assert looked_at.services.http.statistics().in_flight == 0


async def test_what_is_shown_can_be_chosen(web, looked_at):
    looked_at.shell.variables["NO_COLOR"] = "1"
    url = web.on("/", answering(b"body", "200 OK", "Content-Type: text/plain"))
    assert await run_shown(looked_at, "-b", url) == "body\n"
    looked_at.output.data.clear()
    assert (
        await run_shown(looked_at, "-h", url)
        == "HTTP/1.1 200 OK\nContent-Length: 4\nContent-Type: text/plain\n\n"
    )
    looked_at.output.data.clear()
    assert (await run_shown(looked_at, "-p", "H", url)).startswith("GET / HTTP/1.1\n")


async def test_heads_that_are_asked_for_are_data_in_a_pipe_too(web, call):
    url = web.on("/", answering(b"body"))
    await call.run(http, "-h", url)
    assert call.output.data == b"HTTP/1.1 200 OK\nContent-Length: 4\n\n"
    assert not call.errors.data


async def test_of_head_the_head_is_the_answer(web, call):
    async def head_only(visit):
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")

    assert await call.run(http, "HEAD", web.on("/", head_only)) == []
    assert call.output.data == b"HTTP/1.1 200 OK\nContent-Length: 4\n\n"


async def test_the_bytes_of_a_form_with_unknown_length_are_not_buffered(web, call, tmp_path):
    url = web.on("/", answering())
    os.mkfifo(tmp_path / "pipe")

    def write():
        with open(tmp_path / "pipe", "wb") as file:
            file.write(b"x" * 300_000)

    writing = asyncio.create_task(asyncio.to_thread(write))
    await call.run(http, "-f", url, "f@pipe")
    await writing
    assert web.visits[0].headers["transfer-encoding"] == "chunked"
    assert web.visits[0].body.count(b"x" * 300_000) == 1


# -- downloads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"206 Partial Content\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6",
        b"206 Partial Content\r\nContent-Range: bytes 0-9/10\r\nContent-Length: 10",
        b"206 Partial Content\r\nContent-Length: 5",
        b"206 Partial Content\r\nContent-Range: nonsense\r\nContent-Length: 5",
    ],
)
async def test_another_part_than_the_one_asked_for_is_refused(web, call, tmp_path, head):
    (tmp_path / "file.part").write_bytes(b"01234")
    (tmp_path / "file.part.json").write_text('{"validator": "\\"e\\""}')
    url = web.on("/", b"HTTP/1.1 " + head + b"\r\n\r\n" + b"56789012345")
    with pytest.raises(AzosError, match="another part"):
        await call.run(http, "-d", "-c", "-o", "file", url)
    assert (tmp_path / "file.part").read_bytes() == b"01234"
    assert not (tmp_path / "file").exists()
    assert web.visits[0].headers["range"] == "bytes=5-"
    assert web.visits[0].headers["if-range"] == '"e"'


async def test_a_part_that_nobody_asked_for_is_refused(web, call, tmp_path):
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n01234"
    with pytest.raises(AzosError, match="a part that was not asked for"):
        await call.run(http, "-d", "-o", "file", web.on("/", head))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("etag", "left"), [('ETag: "e"', 2), ('ETag: W/"e"', 0), ("X-None: 1", 0)])
async def test_a_download_that_is_cut_short_is_kept_where_it_can_be_gone_on_with(
    web, call, tmp_path, etag, left
):
    url = web.on("/", f"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{etag}\r\n\r\n01234".encode())
    with pytest.raises(DependencyError, match="cut short"):
        await call.run(http, "-d", "-o", "file", "--retries", "0", url)
    assert len(os.listdir(tmp_path)) == left
    assert (b"5 bytes are kept" in call.errors.data) == bool(left)


async def test_two_downloads_do_not_write_one_file(web, call, tmp_path):
    url = web.on("/", answering(b"new"))
    with PartFile(str(tmp_path / "file"), go_on=False) as other:
        other.write(b"of another process")
        with pytest.raises(AzosError, match="another download is writing it"):
            await call.run(http, "-d", "-o", "file", url)
        other.keep()
    assert (tmp_path / "file").read_bytes() == b"of another process"


async def test_a_file_that_cannot_be_written_is_told(web, call, tmp_path):
    url = web.on("/", answering(b"x"))
    with pytest.raises(AzosError, match="No such file or directory"):
        await call.run(http, "-d", "-o", "no/such/file", url)
    with pytest.raises(UsageError, match="goes on with a download"):
        await call.run(http, "-c", url)


# -- the way there, and what is only shown -----------------------------------------------------------------------------


async def test_a_proxy_that_is_named_goes_before_those_of_the_environment(web, call):
    asked = []

    async def pass_on(visit):
        asked.append((visit.target, visit.headers.get("proxy-authorization")))
        await visit.answer(b"by the proxy")

    web.on("http://example.invalid/x", pass_on)
    call.shell.variables |= {"http_proxy": "http://127.0.0.1:9", "no_proxy": "*"}
    for proxy in (f"http://{web.origin}", f"http:http://ann:secret@{web.origin}", f"all:{web.origin}"):
        assert await call.run(http, "--proxy", proxy, "http://example.invalid/x") == b"by the proxy"
    assert [target for target, _ in asked] == ["http://example.invalid/x"] * 3
    assert asked[1][1] == "Basic YW5uOnNlY3JldA=="


async def test_what_is_only_shown_is_shown_to_a_terminal_without_commands_to_it(looked_at):
    looked_at.shell.variables["NO_COLOR"] = "1"
    shown = await run_shown(looked_at, "--offline", "x.org", "a=\x1b[31m", "X-A:\x1b[2J\u202e")
    assert "\x1b" not in shown
    assert '"a": "\\u001b[31m"' in shown
    looked_at.output.data.clear()
    shown = await run_shown(looked_at, "--curl", "x.org", "--raw", "it's \x1b[31m\n\\n é")
    assert shown.endswith("--data-raw $'it\\'s \\x1b[31m\\x0a\\\\n é'\n")


# -- records for a command that reads on -------------------------------------------------------------------------------


@pytest.fixture
def read_on(call):
    """The call with a command as its reader that takes records."""

    async def put_records(batch):
        raise AssertionError("that is for the delivery to call")

    call.output.put_records = put_records
    return call


async def test_a_command_that_takes_records_gets_events_and_pages_as_such(web, read_on):
    url = web.on("/events", answering(b"data: 1\n\n", "200 OK", "Content-Type: text/event-stream"))
    assert [row["data"] for row in await read_on.run(http, url)] == ["1"]
    assert [row["id"] for row in await read_on.run(http, "--all-pages", paged(web, 2))] == [1, 2, 3, 4]
    assert isinstance(await read_on.run(http, paged(web, 2)), bytes)  # what it can read of the bytes itself


async def test_an_error_that_has_no_records_is_told_as_what_it_is(web, call):
    url = web.on("/", answering(b'{"message": "no"}', "401 Unauthorized", JSON))
    with pytest.raises(AzosError, match=r"401 Unauthorized of http://.*: there is no items") as caught:
        await call.run(http, "--records", "items", url)
    assert caught.value.status == 4
    assert await call.run(http, "--json", url) == [{"message": "no"}]


async def test_a_link_that_leads_nowhere_is_told(web, call):
    for link in ("ftp://x/", "http://[::1", "https://ann:secret@:x/"):
        url = web.on("/", answering(b"[]", "200 OK", JSON, f"Link: <{link}>; rel=next"))
        with pytest.raises(AzosError, match="the answer points to") as caught:
            await call.run(http, "--all-pages", url)
        assert caught.value.status == 1


async def test_records_do_not_go_where_bodies_go(call):
    for words in (["--json", "-o", "x"], ["--records", "a", "-o", "x"], ["--records", "a", "-d"]):
        with pytest.raises(UsageError):
            await call.run(http, "localhost", *words)
