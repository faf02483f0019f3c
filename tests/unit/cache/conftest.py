"""Disk tiers that end with the test, and other processes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fakes.clock import FakeClock
from fakes.disk import Tier


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def open_tier(tmp_path, clock):
    """Opens tiers on the same directory, each with connections of its own."""
    opened = []

    def open_one(**options) -> Tier:
        opened.append(Tier(tmp_path / "cache", options.pop("clock", clock), **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.end()


@pytest.fixture
def tier(open_tier):
    return open_tier()


@pytest.fixture
def in_another_process():
    """Runs a Python program to its end and gives what it printed."""

    def run(program: str, *arguments: object) -> str:
        argv = [sys.executable, "-c", program, *map(str, arguments)]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    return run
