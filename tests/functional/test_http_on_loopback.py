"""http against a server on the loopback interface."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


class EchoHandler(http.server.BaseHTTPRequestHandler):
    """`/status/N` answers with that status; anything else tells the request back."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer any method."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        answer = json.dumps({"method": self.command, "path": self.path, "body": body}).encode() + b"\n"
        self.server.seen.append((self.command, self.path))  # type: ignore[attr-defined]
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Answer", "yes")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


class Server:
    """The server: its address, and the requests it has seen."""

    def __init__(self) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EchoHandler)
        self.seen: list[tuple[str, str]] = []
        self._server.seen = self.seen  # type: ignore[attr-defined]
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on the loopback interface."""
    one = Server()
    yield one
    one.close()


def test_the_body_goes_to_standard_output(azos: Azos, server: Server) -> None:
    ran = azos.run(f"http {server.url}/a?b=c")
    assert ran.errors == ""
    assert json.loads(ran.text) == {"method": "GET", "path": "/a?b=c", "body": ""}


def test_a_method_may_be_named(azos: Azos, server: Server) -> None:
    ran = azos.run(f"http DELETE {server.url}/a")
    assert json.loads(ran.text)["method"] == "DELETE"


def test_dash_v_shows_the_headers_on_standard_error(azos: Azos, server: Server) -> None:
    ran = azos.run(f"http -v {server.url}/a")
    assert json.loads(ran.text)["path"] == "/a"
    assert "200" in ran.errors
    assert "x-answer: yes" in ran.errors.lower()


@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (304, 3), (404, 4), (500, 5)])
def test_the_exit_status_tells_the_answers_class(
    azos: Azos, server: Server, status: int, exit_status: int
) -> None:
    assert azos.run(f"http {server.url}/status/{status}").status == exit_status


def test_a_connection_that_is_refused_is_told(azos: Azos, server: Server) -> None:
    server.close()
    ran = azos.run(f"http {server.url}/; echo status $?")
    assert ran.text == "status 1\n"
    assert ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize("url", ["nonsense://x", "http://", "http://[::1", "http://a b/"])
def test_a_bad_address_is_told(azos: Azos, url: str) -> None:
    ran = azos.run(f"http '{url}'")
    assert ran.status in (1, 2)
    assert ran.errors
    assert "Traceback" not in ran.errors


def test_an_answer_goes_into_sql(azos: Azos, server: Server) -> None:
    ran = azos.run(f"http {server.url}/a | sql 'select path from stdin'")
    assert ran.text == '{"path":"/a"}\n'


def test_only_what_is_safe_is_sent_again(azos: Azos, server: Server) -> None:
    azos.run(f"http POST {server.url}/status/503")
    assert server.seen == [("POST", "/status/503")]
