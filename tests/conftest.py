"""What every test shares: `tests/` on the path (fakes import as `fakes.<name>`), and azos as a process."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.processes import STAND_IN, Azos, shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.httpbin import Httpbin
    from harness.nginx import Nginx
    from harness.terminal import Terminal

FULL_SIZE_ONLY = "full size; make faults runs it"


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers of the outside-in tests."""
    config.addinivalue_line("markers", "azos_only: means nothing for a shell that stands in for azos")
    heed_signals()


def heed_signals() -> None:
    """Whoever started us in the background had signals ignored; the shells under test must not inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the full-size fault rows unless asked for, and what a stand-in is no match for."""
    wants_slow = "slow" in config.getoption("markexpr")
    for item in items:
        if not wants_slow and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=FULL_SIZE_ONLY))
        if STAND_IN and item.get_closest_marker("azos_only"):
            item.add_marker(pytest.mark.skip(reason=f"{STAND_IN} is not azos"))


@pytest.fixture
def azos(tmp_path: Path) -> Azos:
    """azos with a fresh home and a fresh working directory."""
    return Azos(tmp_path)


@pytest.fixture
def open_terminal(azos: Azos) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals of 100 x 30 with azos at its prompt, all with the same home; closes them in the end."""
    from harness.terminal import PROMPT, Terminal

    opened: list[Terminal] = []

    def open_one(*args: str, **environment: str) -> Terminal:
        env = {**azos.environment, "TERM": "xterm-256color", **environment}
        if STAND_IN:
            env |= {"PS1": PROMPT, "PS2": "> "}
        opened.append(Terminal([*shell_under_test(), *args], cwd=azos.cwd, env=env))
        opened[-1].prompt()
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def terminal(open_terminal: Callable[..., Terminal]) -> Terminal:
    """A terminal with azos at its prompt."""
    return open_terminal()


@pytest.fixture(scope="session")
def httpbin() -> Iterator[Httpbin]:
    """httpbin on the loopback interface, started once."""
    from harness.httpbin import Httpbin

    server = Httpbin()
    yield server
    server.close()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """nginx with a directory of its own; what it serves lies in ``nginx.files``."""
    from harness.nginx import NGINX, Nginx

    if NGINX is None:
        pytest.skip("nginx is missing")
    server = Nginx(tmp_path / "nginx")
    yield server
    server.close()
