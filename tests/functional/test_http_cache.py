"""http and what is kept of it, as processes: shared, shown, gone round, and quick."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from harness.fault_server import FaultServer
from harness.processes import shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """The server, in a thread."""
    with FaultServer().in_thread() as server:
        yield server


def test_an_answer_is_kept_for_the_next_process(azos: Azos, faults: FaultServer) -> None:
    line = f"http '{faults.url}/ok?max-age=100&size=100000' | wc -c"
    assert azos.run(line).text == azos.run(line).text == "100000\n"
    assert len(faults.received) == 1


@pytest.mark.parametrize("way", ["http --fresh", "\\http", "AZOS_NO_CACHE=1 http"])
def test_it_can_be_gone_round(azos: Azos, faults: FaultServer, way: str) -> None:
    url = f"'{faults.url}/ok?max-age=100'"
    azos.run(f"http {url}; {way} {url}")
    assert len(faults.received) == 2


def test_a_trace_says_what_became_of_it(azos: Azos, faults: FaultServer) -> None:
    url = f"'{faults.url}/ok?max-age=100'"
    first, second = azos.run(f"trace http {url}"), azos.run(f"trace http {url}")
    assert "miss: it is not stored" in first.errors
    assert "stored: fresh for 100 s" in first.errors
    assert "hit: " in second.errors
    checked = f"'{faults.url}/ok?etag=a'"
    assert "revalidated: " in azos.run(f"http {checked}; trace http {checked}").errors
    assert "gone round" in azos.run(f"trace http --fresh {url}").errors


def test_the_cache_commands_know_it(azos: Azos, faults: FaultServer) -> None:
    url = f"{faults.url}/ok?max-age=100"
    azos.run(f"http '{url}'; http '{url}'")
    (entry,) = [json.loads(row) for row in azos.run("cache ls").text.splitlines()]
    assert (entry["command"], entry["key"], entry["hits"]) == ("http", f"GET {url}", 1)
    assert azos.run("cache show 'GET *'").text == "xx"
    assert azos.run("cache verify").text == '{"checked":1,"bad":0,"orphans":0,"problem":null}\n'
    assert azos.run("cache stats --csv").text.splitlines()[2].startswith("http,1,1,0.5,")
    azos.run("cache rm 'GET *'")
    azos.run(f"http '{url}'")
    assert len(faults.received) == 2
    azos.run(f"cache clear; http '{url}'")
    assert len(faults.received) == 3


def test_a_hit_needs_neither_httpx_nor_hishel(azos: Azos, faults: FaultServer) -> None:
    url = f"'{faults.url}/ok?max-age=100'"
    environment = {**azos.environment, "PYTHONPROFILEIMPORTTIME": "1"}
    first = azos.run(f"http {url}", env=environment)
    second = azos.run(f"http {url}", env=environment)
    assert "httpx" in first.errors
    assert "hishel" in first.errors
    assert second.text == "xx"
    assert not [line for line in second.errors.splitlines() if line.endswith((" httpx", " hishel"))]


def test_what_a_shell_has_exported_is_heeded(azos: Azos, faults: FaultServer) -> None:
    ran = azos.run(f"export http_proxy=127.0.0.1:{faults.port}; http http://nosuch.invalid/ok")
    assert (ran.text, ran.errors) == ("xx", "")
    ran = azos.run("all_proxy=socks5://127.0.0.1:1 http http://nosuch.invalid/ok")
    assert ran.status == 2
    assert "only http and https proxies are spoken to" in ran.errors


@pytest.mark.parametrize(
    ("path", "options", "status", "said"),
    [
        ("refuse", "--retries 0", 1, "hung up without an answer"),
        ("cut/300", "", 1, "cut short"),
        ("length-lies", "", 1, "cut short"),
        ("bad-chunk", "", 1, "not HTTP"),
        ("endless-headers", "", 1, "not HTTP"),
        ("silent", "--timeout 0.05", 124, "nothing came for 0.05 s"),
        ("slow-headers", "--timeout 0.05", 124, "nothing came for 0.05 s"),
        ("stall-body", "--timeout 0.05", 124, "nothing came for 0.05 s"),
        ("sse-stall", "--timeout 0.05", 124, "nothing came for 0.05 s"),
        ("gzip-bomb?size=10000000", "--max-bytes 1000", 1, "longer than 1000 bytes"),
        ("gzip-bomb?size=10&layers=9", "", 1, "encoded 9 times over"),
        ("status/429?after=999999", "", 4, "the server asks to wait 12 days"),
        ("status/503", "--retries 0", 5, ""),
    ],
)
def test_each_fault_has_its_status_and_one_line(
    azos: Azos, faults: FaultServer, path: str, options: str, status: int, said: str
) -> None:
    ran = azos.run(f"http {options} '{faults.url}/{path}'")
    assert ran.status == status
    assert said in ran.errors
    assert len(ran.errors.splitlines()) == (1 if said else 0)


def test_many_processes_share_one_store(azos: Azos, faults: FaultServer) -> None:
    line = "; ".join(
        f"http '{faults.url}/ok?max-age=100&size={size}' | wc -c" for size in (10, 50_000, 500_000)
    )
    started = [
        subprocess.Popen(
            [*shell_under_test(), "run", line], cwd=azos.cwd, env=azos.environment, stdout=-1, stderr=-1
        )
        for _ in range(8)
    ]
    for process in started:
        assert process.communicate() == (b"10\n50000\n500000\n", b"")
    assert azos.run("cache verify").text == '{"checked":3,"bad":0,"orphans":0,"problem":null}\n'
    before = len(faults.received)
    azos.run(line)
    assert len(faults.received) == before


def test_killed_while_an_answer_comes_there_is_none(azos: Azos, faults: FaultServer) -> None:
    line = f"http '{faults.url}/gigabyte?size=50000000'"
    process = subprocess.Popen(
        [*shell_under_test(), "run", line], cwd=azos.cwd, env=azos.environment, stdout=-1, stderr=-1
    )
    assert process.stdout is not None
    assert len(process.stdout.read(200_000)) == 200_000  # more than is gathered in memory
    process.kill()
    process.communicate()
    assert azos.run("cache verify").text == '{"checked":0,"bad":0,"orphans":0,"problem":null}\n'
    assert azos.run(f"http '{faults.url}/ok?max-age=100&size=90000' | wc -c").text == "90000\n"
    assert azos.run("cache verify").text == '{"checked":1,"bad":0,"orphans":0,"problem":null}\n'


def test_a_person_is_told(open_terminal: Callable[..., Terminal], faults: FaultServer) -> None:
    terminal = open_terminal()
    for told in ("^xx", "^cached 0s ago · saved"):
        terminal.run(f"http '{faults.url}/ok?max-age=100'")
        terminal.wait_for(told)
    terminal.run(f"http '{faults.url}/flaky/1/503?after=0'")
    terminal.wait_for("answered 503; attempt 2 of 4 in")
    terminal.wait_for("^good")


@pytest.mark.parametrize("path", ["status/503?after=30", "silent", "slow-body", "stall-body"])
def test_control_c_ends_whatever_it_waits_for(
    open_terminal: Callable[..., Terminal], faults: FaultServer, path: str
) -> None:
    terminal = open_terminal()
    terminal.type_line(f"http '{faults.url}/{path}'")
    terminal.send("\r")
    terminal.wait_for(lambda: bool(faults.received))
    if "503" in path:
        terminal.wait_for("attempt 2 of 4 in")
    terminal.send("\x03")
    terminal.prompt()
    terminal.run("echo status $?")
    terminal.wait_for("^status 130")
    terminal.wait_for(lambda: "503" in path or faults.open_connections == 0)
    assert len(faults.received) == 1
