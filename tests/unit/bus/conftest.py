"""A bus under test, and tests that run on an event loop which the driver knows of."""

from __future__ import annotations

import pytest
from fakes.bus import BusUnderTest

from azos_shell.core import drive


@pytest.fixture
def on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run on pytest's event loop, which the driver must know of."""
    monkeypatch.setattr(drive, "_in_loop", True)


@pytest.fixture
def bus() -> BusUnderTest:
    return BusUnderTest()
