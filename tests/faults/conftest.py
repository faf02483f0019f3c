"""What the rows about the web share: a server with faults, and a web whose clock the test owns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from fakes.web import WebUnderTest
from harness.fault_server import FaultServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def faults() -> AsyncIterator[FaultServer]:
    """The server, in the test's own event loop."""
    async with FaultServer() as server:
        yield server


@pytest.fixture
async def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebUnderTest]:
    """Requests by way of it; nothing is left of them in the end."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    web = WebUnderTest(str(tmp_path))
    yield web
    assert web.services.http.statistics().in_flight == 0
    await web.close()
