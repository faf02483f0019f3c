"""Proxies and authorities as the exported variables have them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fakes.web import WebUnderTest
from harness.fault_server import FaultServer

from azos_shell.core.errors import DependencyError, UsageError
from azos_shell.pools.http_surroundings import NOWHERE, Surroundings


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "http://a.org/", ""),
        ({"http_proxy": "http://p:1"}, "http://a.org/", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://a.org/", ""),
        ({"HTTPS_PROXY": "p:1"}, "https://a.org/", "http://p:1"),
        ({"all_proxy": "https://p:1", "http_proxy": "http://q"}, "https://a.org/", "https://p:1"),
        ({"all_proxy": "https://p:1", "http_proxy": "http://q"}, "http://a.org/", "http://q"),
        ({"http_proxy": "", "HTTP_PROXY": "http://p:1"}, "http://a.org/", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "a.org"}, "http://a.org/", ""),
        ({"http_proxy": "http://p:1", "no_proxy": "x, .a.org"}, "http://b.a.org:80/", ""),
        ({"http_proxy": "http://p:1", "no_proxy": "a.org:81"}, "http://a.org:80/", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "a.org:81"}, "http://a.org:81/", ""),
        ({"http_proxy": "http://p:1", "no_proxy": "org"}, "http://aorg/", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "*"}, "http://u:p@a.org/", ""),
        ({"http_proxy": "http://p:1", "no_proxy": ",,"}, "http://a.org/", "http://p:1"),
    ],
)
def test_which_proxy_an_address_is_asked_by(environment, url, proxy):
    assert Surroundings.of(environment).proxy_for(url) == proxy


@pytest.mark.parametrize("proxy", ["socks5://p:1", "ftp://p", "http://", "http://[::1", "http://p:port"])
def test_a_proxy_that_cannot_be_is_told(proxy):
    with pytest.raises(UsageError, match="only http and https proxies are spoken to"):
        Surroundings.of({"all_proxy": proxy}).proxy_for("http://a.org/")


@pytest.fixture
async def web():
    web = WebUnderTest(None)
    yield web
    await web.close()


async def test_a_proxy_is_asked_in_the_place_of_the_origin(web):
    async with FaultServer() as proxy:
        web.surroundings = Surroundings.of({"http_proxy": f"http://anna:pass@127.0.0.1:{proxy.port}"})
        assert (await web.ask("http://nosuch.invalid/ok")).body == b"xx"
        assert proxy.received[0].headers["host"] == "nosuch.invalid"
        assert proxy.received[0].headers["proxy-authorization"].startswith("Basic ")


async def test_a_proxy_that_refuses_or_is_away_is_told_with_what_was_asked(web):
    async with FaultServer() as proxy:
        web.surroundings = Surroundings.of({"https_proxy": f"127.0.0.1:{proxy.port}"})
        with pytest.raises(DependencyError, match=r"the proxy to nosuch\.invalid failed: 404"):
            await web.ask("https://nosuch.invalid/ok", headers={"Authorization": "canary"})
        assert "canary" not in str(proxy.received)
    with pytest.raises(DependencyError, match=r"nosuch\.invalid: .*refused"):
        await web.ask("https://nosuch.invalid/ok", retries=0)


@pytest.mark.parametrize("name", ["empty", "missing"])
async def test_authorities_that_cannot_be_read_are_told(web, name, tmp_path):
    (tmp_path / "empty").write_text("")
    web.surroundings = Surroundings(authorities_file=str(tmp_path / name))
    with pytest.raises(UsageError, match="no certificates can be read from it"):
        await web.ask("https://127.0.0.1:1/", retries=0)


async def test_clients_that_nobody_uses_are_closed_when_they_become_many(web):
    async with FaultServer() as server:
        for number in range(40):
            web.surroundings = Surroundings(http_proxy=f"http://user{number}@127.0.0.1:{server.port}")
            await web.ask("http://a.invalid/ok")
        assert len(web.services.http._clients._held) == 32
        web.surroundings = NOWHERE
        assert (await web.ask(f"{server.url}/ok")).body == b"xx"


def test_httpx_is_imported_without_its_command_line():
    program = (
        "import sys; from azos_shell.pools.http_clients import load_httpx; load_httpx(); import httpx; "
        "print(sorted({'click', 'rich', 'pygments'} & set(sys.modules)), httpx.AsyncClient)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("[] <class")
