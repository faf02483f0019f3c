"""Row 16: Ctrl-C again and again: back at the prompt, alive, and no circuit breaker takes it for a failure."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.terminal import Terminal

CONTROL_C = "\x03"
PRESSES = 10


def press(terminal: Terminal, times: int) -> None:
    """Press it that often, hardly looking."""
    for _ in range(times):
        terminal.send(CONTROL_C)
        terminal.pump(0.01)
    for attempt in range(5):  # the last presses may still be on their way, and take what is typed with them
        terminal.pump(0.1)
        terminal.send(f"\recho alive-{attempt}-$((40+2))\r")
        try:
            terminal.wait_for(f"^alive-{attempt}-42", 3)
        except AssertionError:
            continue
        terminal.prompt()
        return
    raise AssertionError(terminal.text())


@pytest.mark.parametrize("times", [PRESSES, pytest.param(100, marks=pytest.mark.slow)])
def test_at_the_prompt(terminal: Terminal, times: int) -> None:
    press(terminal, times)


@pytest.mark.parametrize("times", [PRESSES, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", ["sleep 600", "/bin/sleep 600", "yes | cat >/dev/null", "x=$(sleep 600)"])
def test_while_a_command_runs(terminal: Terminal, command: str, times: int) -> None:
    terminal.type_line(f"echo started; {command}")
    terminal.send("\r")
    terminal.wait_for("^started")
    press(terminal, times)
    terminal.wait_for(lambda: not terminal.children())


@pytest.mark.azos_only
@pytest.mark.parametrize("times", [PRESSES, pytest.param(100, marks=pytest.mark.slow)])
def test_in_completion(terminal: Terminal, times: int) -> None:
    terminal.type_line("ec")
    terminal.send("\t\t")
    terminal.pump(0.05)
    press(terminal, times)


def test_in_a_continuation_line(terminal: Terminal) -> None:
    terminal.type_line("echo 'open")
    terminal.send("\r")
    terminal.wait_for(lambda: not terminal.before_cursor().endswith("open"))
    press(terminal, PRESSES)


class StallingHandler(http.server.BaseHTTPRequestHandler):
    """Answers `/ok`; keeps every other caller waiting."""

    def do_GET(self) -> None:
        """Answer or stall."""
        if self.path != "/ok":
            self.server.stalled.release()  # type: ignore[attr-defined]
            self.server.over.wait()  # type: ignore[attr-defined]
            return
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def stalling_server() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server on the loopback interface; `stalled` counts the callers that wait."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StallingHandler)
    server.daemon_threads = True
    server.stalled = threading.Semaphore(0)  # type: ignore[attr-defined]
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.azos_only
def test_cancelled_calls_do_not_open_the_circuit(
    terminal: Terminal, stalling_server: http.server.ThreadingHTTPServer
) -> None:
    url = f"http://127.0.0.1:{stalling_server.server_port}"
    for number in range(7):
        terminal.type_line(f"http {url}/stall{number}")
        terminal.send("\r")
        terminal.wait_for(lambda: stalling_server.stalled.acquire(blocking=False))  # type: ignore[attr-defined]
        terminal.send(CONTROL_C)
        terminal.prompt()
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()
    terminal.run(f"http {url}/ok")
    assert "ok" in terminal.lines()
