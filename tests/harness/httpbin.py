"""httpbin: the well-known test server, as a process of its own on a free port of the loopback interface."""

from __future__ import annotations

import os
import subprocess
import sys

_SERVE = """
import logging, os, sys, threading
logging.disable(logging.CRITICAL)
from werkzeug.serving import WSGIRequestHandler, make_server
from httpbin import app

class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # kept-alive connections and chunked bodies, as real servers have them

    def log_request(self, *_):
        pass

def end_with_the_tests():
    sys.stdin.buffer.read()
    os._exit(0)

threading.Thread(target=end_with_the_tests, daemon=True).start()
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Httpbin:
    """The running server; it ends with ``close``, or with the process that started it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.origin = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.origin}"

    def close(self) -> None:
        """Stop it."""
        for file in (self._process.stdin, self._process.stdout):
            assert file is not None
            file.close()
        self._process.wait(10)

    def __repr__(self) -> str:
        return f"<Httpbin {self.url}>"
