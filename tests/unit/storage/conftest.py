"""A state database in a directory of its own, and other processes that use it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fakes.clock import FakeClock

from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import StateDatabase


class Site:
    """One place on disk with as many stores on it as a test wants; all closed at its end."""

    def __init__(self, directory):
        self.path = str(directory / "azos" / "state.db")
        self.clock = FakeClock()
        self.warnings: list[str] = []
        self._closers = []

    def state(self, *, busy_timeout_seconds=0.05, path=None) -> StateDatabase:
        state = StateDatabase(
            path or self.path,
            self.clock,
            warn=self.warnings.append,
            busy_timeout_seconds=busy_timeout_seconds,
            read_timeout_seconds=0.02,
        )
        self._closers.append(state.close)
        return state

    def history(self, **options) -> HistoryStore:
        store = HistoryStore(self.state(**options))
        self._closers.insert(0, lambda: store.close(1.0))
        return store

    def close(self) -> None:
        for close in self._closers:
            close()


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def other_process():
    """Starts Python programs that end with the test; each talks through its pipes."""
    running = []

    def start(program: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
