"""memo in many processes at once: what all miss is run by one of them, and by another if that one is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from harness.counted import Counted
from harness.processes import shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

PATIENCE_SECONDS = 60.0


@pytest.fixture
def counted(azos: Azos) -> Counted:
    return Counted(azos)


def start(counted: Counted, line: str) -> subprocess.Popen[bytes]:
    """One azos that runs the line."""
    return subprocess.Popen(
        [*shell_under_test(), "run", line],
        cwd=counted.azos.cwd,
        env=counted.azos.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def until(true: Callable[[], bool]) -> None:
    """Wait for it; the time is only how long a hang may last."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def holder(counted: Counted) -> int:
    """The process that holds the one lease; 0 if none does."""
    path = counted.cache_dir / "cache.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        try:
            row = connection.execute("SELECT holder FROM lease").fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(row[0].split()[0]) if row else 0


@pytest.mark.parametrize("count", [8, pytest.param(32, marks=pytest.mark.slow)])
def test_what_many_ask_for_at_once_runs_once(counted: Counted, count: int) -> None:
    tool = counted.program("sleep 1; echo answer; echo aside >&2")
    counted.run("memo -q --no-trace -- echo warm")
    asking = [start(counted, f"memo --no-trace {tool}") for _ in range(count)]
    answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in asking]
    assert answers == [(b"answer\n", b"aside\n")] * count
    assert [process.returncode for process in asking] == [0] * count
    assert counted.runs == 1


@pytest.mark.parametrize("count", [8, pytest.param(32, marks=pytest.mark.slow)])
def test_of_those_who_wait_for_a_process_that_is_killed_one_takes_over(counted: Counted, count: int) -> None:
    os.mkfifo(counted.azos.cwd / "gate")
    tool = counted.program("cat gate; echo answer")
    asking = [start(counted, f"memo -q --no-trace {tool}") for _ in range(count)]
    until(lambda: counted.runs == 1 and holder(counted) != 0)
    killed = next(process for process in asking if process.pid == holder(counted))
    os.killpg(killed.pid, signal.SIGKILL)  # it, and the program that it waits for
    killed.communicate(timeout=PATIENCE_SECONDS)
    until(lambda: counted.runs == 2)
    with open(counted.azos.cwd / "gate", "w") as gate:
        gate.write("opened\n")
    others = [process for process in asking if process is not killed]
    answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in others]
    assert answers == [(b"opened\nanswer\n", b"")] * (count - 1)
    assert counted.runs == 2


def test_who_waits_runs_it_himself_where_the_answer_can_not_be_kept(counted: Counted) -> None:
    tool = counted.program("sleep 0.3; echo no; exit 3")
    asking = [start(counted, f"memo -q --no-trace {tool}") for _ in range(4)]
    answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in asking]
    assert answers == [(b"no\n", b"")] * 4
    assert [process.returncode for process in asking] == [3] * 4
    assert counted.runs == 4


def test_an_interrupted_process_gives_its_lease_back(counted: Counted) -> None:
    os.mkfifo(counted.azos.cwd / "gate")
    tool = counted.program("cat gate; echo answer")
    first = start(counted, f"memo -q --no-trace {tool}")
    until(lambda: counted.runs == 1 and holder(counted) == first.pid)
    second = start(counted, f"memo -q --no-trace {tool}")
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=PATIENCE_SECONDS)
    until(lambda: counted.runs == 2)
    with open(counted.azos.cwd / "gate", "w") as gate:
        gate.write("x\n")
    assert second.communicate(timeout=PATIENCE_SECONDS) == (b"x\nanswer\n", b"")
