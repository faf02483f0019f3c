"""What the rows about the web share: a server with faults, and a web whose clock the test owns."""

from __future__ import annotations

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
async def web(tmp_path: Path) -> AsyncIterator[WebUnderTest]:
    """Requests by way of it; nothing is left of them in the end."""
    web = WebUnderTest(str(tmp_path))
    yield web
    assert web.services.http.statistics().in_flight == 0
    await web.close()
