"""Row 5, the result cache: a database that another process has locked is a miss after one time-out of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fakes.disk import Tier, an_answer
from faults.test_row_05_locked_database import HOLDER

from azos_shell.cache.leases import Leases
from azos_shell.core.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOKUPS = 50


@pytest.fixture
def tier(tmp_path: Path) -> Iterator[Tier]:
    """A tier with one answer in it. Its time-outs are 0.05 s to write and 0.02 s to read."""
    tier = Tier(tmp_path / "cache")
    assert tier.store(b"first", an_answer()) is None
    tier.database.close()
    yield tier
    tier.end()


@pytest.fixture(params=["writers", "whole"])
def holder(tier: Tier, request: pytest.FixtureRequest) -> Iterator[str]:
    """A stopped process that holds the database: against writers, or as a whole."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tier.path, request.param], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    os.kill(process.pid, signal.SIGSTOP)
    yield request.param
    process.kill()
    process.stdout.close()
    process.wait()


def test_a_lookup_asks_once_and_is_a_hit_or_a_miss(tier: Tier, holder: str) -> None:
    for number in range(1, LOOKUPS + 1):
        kept = tier.lookup(b"first")
        assert (kept is None) == (holder == "whole")
        assert tier.database.statistics().busy == (number if holder == "whole" else 0)
    assert tier.database.statistics().set_aside == 0


def test_a_store_is_given_up_in_words_after_one_attempt(tier: Tier, holder: str) -> None:
    assert tier.store(b"key", an_answer()) == "another process holds the result cache"
    assert tier.database.statistics().busy == 1


def test_all_else_that_reads_is_empty_or_right(tier: Tier, holder: str) -> None:
    wanted = 0 if holder == "whole" else 1
    assert len(tier.entries()) == wanted
    assert tier.statistics().entries == wanted
    assert tier.tallies() == []
    assert tier.verify(mend=False).checked == wanted


def test_leases_are_an_error_to_take_and_not_free(tier: Tier, holder: str) -> None:
    leases = Leases(tier.database, tier.clock)
    with pytest.raises(BusyError):
        leases.take(b"key")
    assert leases.is_free(b"key") == (holder != "whole")


def test_what_is_queued_is_bounded_and_closing_does_not_wait_for_it(tier: Tier, holder: str) -> None:
    for number in range(2000):
        tier.store_later(b"%d" % number, an_answer())
    statistics = tier.statistics()
    assert statistics.queued + statistics.dropped == 2000
    assert statistics.dropped >= 1000
    assert tier.close(60.0)  # one more attempt, of 0.05 s


def test_what_is_queued_is_written_once_the_lock_is_gone(
    tier: Tier, holder: str, request: pytest.FixtureRequest
) -> None:
    tier.store_later(b"key", an_answer())
    process = next(
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and tier.path.encode() in command_of(int(name))
    )
    os.kill(process, signal.SIGKILL)
    assert tier.flush(60.0)
    assert tier.lookup(b"key") is not None


def command_of(pid: int) -> bytes:
    """The command line of a process."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
