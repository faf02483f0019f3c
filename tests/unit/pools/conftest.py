"""Databases in both journal modes, and another process that commits to them when told to."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.pools.sqlite import SqlitePools

ACTOR = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    print(connection.execute(line).fetchall(), flush=True)
"""


class Actor:
    """Another process with the database open; each statement is done when ``execute`` returns."""

    def __init__(self, path):
        self._process = subprocess.Popen(
            [sys.executable, "-c", ACTOR, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def execute(self, statement):
        print(statement, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()

    def end(self):
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def actor():
    actors = []

    def start(path):
        actors.append(Actor(path))
        return actors[-1]

    yield start
    for one in actors:
        one.end()


@pytest.fixture(params=["delete", "wal"])
def database(request, tmp_path):
    """A database of 1,000 rows in either journal mode, under a path that needs care."""
    path = str(tmp_path / "da ta%3F#?&é.db")
    make_database(path, request.param)
    return path


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def pools(clock):
    pools = SqlitePools(clock=clock, busy_seconds=0.05)
    yield pools
    await pools.aclose()
