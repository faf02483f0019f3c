"""What requests cost by way of azos's web: beside httpx itself, from the store, and while a circuit is open.

And how well its limits are kept: when a server that dawdles is given up, how soon a cancelled request is gone. Printed
as JSON Lines; the server is the one with faults of the tests, in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from harness.fault_server import FaultServer

from azos_shell.bus.services import Services
from azos_shell.core.errors import AzosError
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_request import HttpRequest

ROUNDS = 300
LIMIT_SECONDS = 0.5
AZOS = str(Path(sys.executable).parent / "azos")


def tell(what: str, **figures: float) -> None:
    """One line of figures."""
    print(
        json.dumps({"what": what, **{name: round(value, 3) for name, value in figures.items()}}), flush=True
    )


async def each_ms(work: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> list[float]:
    """What each of many rounds took, in milliseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        await work()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def told_ms(what: str, taken: list[float]) -> None:
    """Their median, 99th percentile and largest."""
    ordered = sorted(taken)
    tell(what, p50_ms=statistics.median(taken), p99_ms=ordered[int(0.99 * len(ordered))], most_ms=ordered[-1])


async def requests(url: str, home: str) -> None:
    """Requests over a connection that is open, and what does not need one."""
    import httpx

    services = Services({"HOME": home})

    async def ask(path: str, **options: object) -> None:
        request = HttpRequest("GET", f"{url}/{path}")
        async with services.web.ask(request, Asking(**options)) as answer:  # type: ignore[arg-type]
            async for _ in answer.body():
                pass

    async def refused() -> None:
        try:
            await ask("refuse")
        except AzosError:
            pass

    async with httpx.AsyncClient(trust_env=False) as client:
        told_ms("httpx itself", await each_ms(lambda: client.get(f"{url}/ok")))
    told_ms("web, nothing may be kept", await each_ms(lambda: ask("ok?header.Cache-Control=no-store")))
    told_ms("web, gone round the store", await each_ms(lambda: ask("ok", fresh=True)))
    told_ms("web, kept anew", await each_ms(lambda: ask("ok?header.Cache-Control=max-age%3D0")))
    told_ms("web, checked (304)", await each_ms(lambda: ask("ok?etag=a")))
    told_ms("web, hit", await each_ms(lambda: ask("ok?max-age=1000")))
    told_ms("web, hit of 10 MB", await each_ms(lambda: ask("ok?max-age=1000&size=10000000"), 20))
    for path in ("silent", "slow-headers", "stall-body"):
        began = time.perf_counter()
        try:
            await ask(path, timeout_seconds=LIMIT_SECONDS)
        except AzosError:
            tell(f"given up: {path}", of_limit=(time.perf_counter() - began) / LIMIT_SECONDS)
    for path in ("silent", "slow-body"):
        task = asyncio.ensure_future(ask(path))
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        tell(f"cancelled: {path}", ms=1000 * (time.perf_counter() - began))
    for _ in range(5):
        try:
            await ask("refuse", retries=0)
        except AzosError:
            pass
    told_ms("web, circuit open", await each_ms(refused))
    await services.aclose()
    services.close()


def processes(url: str, home: str) -> None:
    """One-shots, and a gigabyte."""
    environment = {"PATH": os.defpath, "HOME": home}

    def wall(*argv: str) -> float:
        began = time.perf_counter()
        subprocess.run(
            argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        return 1000 * (time.perf_counter() - began)

    lines = {
        "one-shot, true": [AZOS, "run", "true"],
        "one-shot, http asked": [AZOS, "run", f"http --fresh '{url}/ok?max-age=1000'"],
        "one-shot, http hit": [AZOS, "run", f"http '{url}/ok?max-age=1000'"],
        "one-shot, circuit of nothing there": [AZOS, "run", "http --retries 0 http://127.0.0.1:1/"],
    }
    for what, argv in lines.items():
        told_ms(what, [wall(*argv) for _ in range(11)])
    giant = {"a gigabyte, http": [AZOS, "run", f"http --max-bytes 9000000000 {url}/gigabyte"]}
    if shutil.which("curl"):
        giant["a gigabyte, curl"] = ["curl", "-s", f"{url}/gigabyte"]
    for what, argv in giant.items():
        tell(what, mb_per_second=2**30 / 1e6 / (min(wall(*argv) for _ in range(3)) / 1000))


def serve() -> None:
    """The server: tells its address and serves until its standard input ends."""
    with FaultServer().in_thread() as server:
        print(server.url, flush=True)
        sys.stdin.read()


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            asyncio.run(requests(url, home))
            processes(url, home)
        finally:
            server.stdin.close()
            server.wait()


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
