"""The servers that tests are run against do what the tests take for granted."""

from __future__ import annotations

import ssl
import urllib.request
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from harness.httpbin import Httpbin
    from harness.nginx import Nginx


def fetch(url: str, **options: object) -> httpx.Response:
    """A request past all proxies."""
    with httpx.Client(trust_env=False, http2=True, **options) as client:  # type: ignore[arg-type]
        return client.get(url)


def test_httpbin_answers(httpbin: Httpbin) -> None:
    assert fetch(f"{httpbin.url}/get?a=b").json()["args"] == {"a": "b"}


def test_nginx_serves_ranges_of_files(nginx: Nginx) -> None:
    url = nginx.file("some.txt", "0123456789")
    request = urllib.request.Request(url, headers={"Range": "bytes=4-"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        assert (answer.status, answer.read()) == (206, b"456789")
    assert nginx.logged(1)[0].startswith("GET /some.txt 206 HTTP/1.1")


def test_nginx_speaks_http_2_under_its_authority(nginx: Nginx) -> None:
    nginx.file("some.txt", "hello")
    context = ssl.create_default_context(cafile=str(nginx.authority_file))
    answer = fetch(f"{nginx.tls_url}/some.txt", verify=context)
    assert (answer.http_version, answer.text) == ("HTTP/2", "hello")
