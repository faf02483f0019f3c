"""Row 28: no trust without proof, no silent downgrade, and credentials go where they were meant to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from fakes.web import WebUnderTest
from harness.certificates import KINDS, Authority
from harness.fault_server import FaultServer

from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError
from azos_shell.pools.http_surroundings import Surroundings

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

SECRETS = {"Authorization": "Bearer canary", "Cookie": "canary=1", "X-Api-Key": "canary"}


@pytest.fixture
def authority(tmp_path: Path, web: WebUnderTest) -> Authority:
    """An authority that is trusted."""
    made = Authority(tmp_path)
    web.surroundings = Surroundings(authorities_file=str(made.file))
    return made


def context(authority: Authority, kind: str) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old protocols are the point
        return authority.context(kind)


async def test_what_is_proved_is_trusted(web: WebUnderTest, authority: Authority) -> None:
    async with FaultServer(tls=context(authority, "good")) as server:
        got = await web.ask(f"{server.url}/ok", headers=SECRETS)
        assert got.body == b"xx"
        assert server.received[0].headers["authorization"] == "Bearer canary"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "good"])
async def test_what_is_not_proved_is_refused_at_once_and_sees_nothing(
    web: WebUnderTest, authority: Authority, kind: str
) -> None:
    async with FaultServer(tls=context(authority, kind)) as server:
        with pytest.raises(
            DependencyError, match=r"certificate is not trusted|no secure connection"
        ) as caught:
            await web.ask(f"{server.url}/ok", headers=SECRETS)
        assert "\n" not in caught.value.message
        assert server.received == []
        assert web.waited == []  # it would be no better the next time


async def test_a_handshake_that_stalls_is_given_up(web: WebUnderTest) -> None:
    async with FaultServer(stalls_handshakes=True) as server:
        with pytest.raises(TimeLimitError, match=r"no connection within 0\.05 s"):
            await web.ask(f"{server.url}/ok", headers=SECRETS, timeout_seconds=0.05, retries=0)
        assert server.received == []


async def test_a_server_that_speaks_no_tls_gets_nothing_in_the_clear(
    web: WebUnderTest, faults: FaultServer
) -> None:
    with pytest.raises((DependencyError, TimeLimitError)):
        await web.ask(f"https://127.0.0.1:{faults.port}/ok", headers=SECRETS, timeout_seconds=0.1, retries=0)
    assert faults.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_another_origin_sees_no_credentials(
    web: WebUnderTest, faults: FaultServer, status: int
) -> None:
    async with FaultServer() as other:
        url = f"{faults.url}/redirect?status={status}&to={other.url}/ok"
        got = await web.ask(url, headers={**SECRETS, "X-Plain": "1"}, follow=True)
        assert got.body == b"xx"
        seen = other.received[0].headers
        assert "canary" not in str(seen)
        assert seen["x-plain"] == "1"
        assert "canary" in str(faults.received[0].headers)


async def test_a_password_in_the_address_is_not_carried_over(web: WebUnderTest, faults: FaultServer) -> None:
    async with FaultServer() as other:
        url = f"{faults.url}/redirect?to={other.url}/ok".replace("://", "://anna:canary@", 1)
        await web.ask(url, follow=True)
        assert "authorization" in faults.received[0].headers
        assert "authorization" not in other.received[0].headers


async def test_from_https_nobody_is_sent_to_http(
    web: WebUnderTest, authority: Authority, faults: FaultServer
) -> None:
    async with FaultServer(tls=context(authority, "good")) as server:
        with pytest.raises(AzosError, match="where anybody could read along"):
            await web.ask(f"{server.url}/redirect?to={faults.url}/ok", headers=SECRETS, follow=True)
        assert faults.received == []


async def test_redirects_end(web: WebUnderTest, faults: FaultServer) -> None:
    with pytest.raises(AzosError, match="redirected more than 20 times"):
        await web.ask(f"{faults.url}/loop", follow=True)
    assert len(faults.received) == 21
