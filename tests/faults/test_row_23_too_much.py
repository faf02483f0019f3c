"""Row 23: bodies without measure: what is not wanted is not read, what is packed is unpacked within limits."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from fakes.call import FakeCall
from harness.fault_server import GIGABYTE, FaultServer
from harness.processes import run_process, shell_under_test

from azos_shell.commands.http import http
from azos_shell.core.errors import AzosError, DependencyError
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_request import HttpRequest

if TYPE_CHECKING:
    from fakes.web import WebUnderTest
    from harness.processes import Azos

TENTH = GIGABYTE // 10
SIZES = [TENTH, pytest.param(GIGABYTE, marks=pytest.mark.slow)]
MARGIN_KB = 64 * 1024
PEAK = """
import resource, subprocess, sys
ran = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ran.returncode)
"""


def peak_kb(azos: Azos, line: str) -> tuple[int, bytes]:
    """The most memory that any of azos and its programs had, and what the line wrote."""
    argv = [sys.executable, "-c", PEAK, *shell_under_test(), "run", line]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment)
    return int(ran.stderr.split()[-1]), ran.stdout


@pytest.mark.azos_only
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["gigabyte", "gzip-bomb", "gzip-bomb?layers=2"])
def test_a_body_of_any_size_passes_through_flat_memory(azos: Azos, path: str, size: int) -> None:
    with FaultServer().in_thread() as faults:
        base, _ = peak_kb(azos, f"http {faults.url}/ok")
        sign = "&" if "?" in path else "?"
        peak, counted = peak_kb(azos, f"http '{faults.url}/{path}{sign}size={size}' | wc -c")
    assert int(counted) == size
    assert peak <= base + MARGIN_KB


@pytest.mark.azos_only
def test_a_reader_that_goes_away_stops_the_source(azos: Azos) -> None:
    with FaultServer().in_thread() as faults:
        ran = azos.run(f"http {faults.url}/gigabyte | head -c 3 | wc -c")
        assert (ran.text.strip(), ran.errors) == ("3", "")
        assert faults.bytes_sent < 50_000_000


async def test_reading_stops_where_the_reader_stops(web: WebUnderTest, faults: FaultServer) -> None:
    request = HttpRequest("GET", f"{faults.url}/gigabyte")
    async with web.services.web.ask(request, Asking()) as answer, aclosing(answer.body()) as chunks:
        await anext(chunks)
    assert faults.bytes_sent < 50_000_000
    assert list(web.services.disk.blobs._files()) == []


@pytest.mark.parametrize("layers", [1, 2, 3])
async def test_the_limit_is_on_what_is_unpacked(web: WebUnderTest, faults: FaultServer, layers: int) -> None:
    call = FakeCall(services=web.services)
    with pytest.raises(AzosError, match="longer than 1000000 bytes"):
        await call.run(http, "--max-bytes", "1000000", f"{faults.url}/gzip-bomb?size={TENTH}&layers={layers}")
    assert web.services.disk.statistics().entries == 0


@pytest.mark.parametrize("layers", [5, 100])
async def test_an_answer_that_is_packed_over_and_over_is_refused(
    web: WebUnderTest, faults: FaultServer, layers: int
) -> None:
    call = FakeCall(services=web.services)
    with pytest.raises(DependencyError, match=f"encoded {layers} times over"):
        await call.run(http, f"{faults.url}/gzip-bomb?size=1000&layers={layers}")


@pytest.mark.azos_only
@pytest.mark.parametrize("events", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_flood_of_tiny_events_passes_through_flat_memory(azos: Azos, events: int) -> None:
    with FaultServer().in_thread() as faults:
        base, _ = peak_kb(azos, f"http {faults.url}/ok")
        peak, counted = peak_kb(azos, f"http '{faults.url}/sse-flood?events={events}' | grep -c data")
    assert int(counted) == events
    assert peak <= base + MARGIN_KB


async def test_the_body_of_a_redirect_or_of_an_attempt_is_not_read_to_its_end(
    web: WebUnderTest, faults: FaultServer
) -> None:
    got = await web.ask(f"{faults.url}/gigabyte?status=302%20Found&header.Location=/ok", follow=True)
    assert got.body == b"xx"
    async with web.services.web.ask(HttpRequest("GET", f"{faults.url}/gigabyte?status=503%20Storm")) as last:
        assert last.status == 503
    assert len(faults.received) == 2 + 4
    assert faults.bytes_sent < 50_000_000
