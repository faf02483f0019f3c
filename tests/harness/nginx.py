"""nginx with a configuration and a directory of its own: plain HTTP, and TLS with HTTP/2, on free ports."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import trustme

if TYPE_CHECKING:
    from pathlib import Path

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is missing")

_CONFIGURATION = """
daemon off;
worker_processes 1;
{user}
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 256; }}
http {{
  log_format requests '$request_method $request_uri $status $server_protocol $connection "$http_range"';
  access_log {directory}/access.log requests;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 0;
  default_type application/octet-stream;
  types {{ text/html html; application/json json; text/plain txt; text/csv csv; }}
  gzip_types application/json text/plain;
  server {{
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{tls_port} ssl http2;
    ssl_certificate {directory}/server.pem;
    ssl_certificate_key {directory}/server.pem;
    root {directory}/files;
    {locations}
  }}
}}
"""


class Nginx:
    """The running server: what lies in ``files`` it serves, and ``logged`` tells what it was asked for.

    ``locations`` are further lines of its server block. Its listening sockets are handed down (as for a binary
    upgrade), so that no other process can take a port between choosing and listening. ``authority`` is the one that
    its certificate, for 127.0.0.1 and localhost, is signed by; ``authority_file`` has that in PEM.
    """

    def __init__(self, directory: Path, locations: str = "") -> None:
        assert NGINX is not None
        self.files = directory / "files"
        self.files.mkdir(parents=True)
        self._directory = directory
        self.authority = trustme.CA()
        self.authority_file = directory / "authority.pem"
        self.authority.cert_pem.write_to_path(str(self.authority_file))
        certificate = self.authority.issue_cert("127.0.0.1", "localhost")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(directory / "server.pem"))
        listeners = [_listener(), _listener()]
        self.port, self.tls_port = (listener.getsockname()[1] for listener in listeners)
        self.url = f"http://127.0.0.1:{self.port}"
        self.tls_url = f"https://127.0.0.1:{self.tls_port}"
        configuration = directory / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                directory=directory,
                user="user root;" if os.geteuid() == 0 else "",  # else its worker may not read our directory
                port=self.port,
                tls_port=self.tls_port,
                locations=locations,
            )
        )
        descriptors = [listener.fileno() for listener in listeners]
        self._process = subprocess.Popen(
            [NGINX, "-c", str(configuration), "-p", str(directory), "-e", str(directory / "error.log")],
            pass_fds=descriptors,
            env={"NGINX": "".join(f"{descriptor};" for descriptor in descriptors)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - it only makes a system call
        )
        for listener in listeners:
            listener.close()

    def logged(self, count: int) -> list[str]:
        """``METHOD URI STATUS PROTOCOL CONNECTION "RANGE"`` of each request, once that many have been answered.

        The log is written after the answer, so that a client may be earlier.
        """
        path = self._directory / "access.log"
        end = time.monotonic() + 10
        while True:
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) >= count:
                return lines
            if time.monotonic() > end:
                raise AssertionError(f"{count} requests were expected, not {lines}")
            time.sleep(0.005)

    @property
    def errors(self) -> str:
        """What it complained about."""
        path = self._directory / "error.log"
        return path.read_text() if path.exists() else ""

    def file(self, name: str, content: bytes | str) -> str:
        """Put a file there; its address."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"{self.url}/{name}"

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)

    def __repr__(self) -> str:
        return f"<Nginx {self.url} {self.tls_url}>"


def _end_with_the_tests() -> None:
    """Have the kernel end nginx with us, however we end (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    os.set_inheritable(listener.fileno(), True)
    return listener
