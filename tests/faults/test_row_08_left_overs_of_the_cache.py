"""Row 8, the result cache: what dead and stopped processes left behind is in nobody's way, and goes in time."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.disk import Tier, an_answer

from azos_shell.cache.disk import INLINE_BYTES
from azos_shell.cache.entry import STDOUT
from azos_shell.cache.leases import TERM_SECONDS, Leases

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = b"large " * INLINE_BYTES
KEY = b"key"
HOLDER = """
import sys
sys.path.insert(0, sys.argv[2])
from fakes.clock import FakeClock
from azos_shell.cache.disk import CACHE
from azos_shell.cache.leases import Leases
from azos_shell.storage.database import Database
clock = FakeClock()
lease = Leases(Database(CACHE, sys.argv[1], clock), clock).take(b"key")
print("held" if lease else "refused", flush=True)
sys.stdin.readline()
lease.release()
print("released", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def tier(tmp_path: Path) -> Iterator[Tier]:
    """A tier with one large answer."""
    tier = Tier(tmp_path / "cache", busy_timeout_seconds=5.0)
    assert tier.store(b"first", an_answer(LARGE)) is None
    yield tier
    tier.end()


@pytest.fixture
def holder(tier: Tier) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lease, by a clock that stands still at the beginning of ours."""
    argv = [sys.executable, "-c", HOLDER, tier.path, str(Path(__file__).parents[1])]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_half_of_a_blob_is_in_nobodys_way_and_is_swept(tier: Tier) -> None:
    (name,) = tier.blobs.names()
    part = f"{tier.blobs.path(name)}.part-1-abcdef"
    with open(part, "wb") as file:
        file.write(LARGE[:100])
    assert tier.store(b"second", an_answer(LARGE)) is None
    kept = tier.lookup(b"second")
    assert kept is not None
    assert kept.result.output == ((STDOUT, LARGE),)
    wall = tier.clock.wall()
    os.utime(part, (wall - 60, wall - 60))
    assert tier.verify().orphans == 0
    assert os.path.exists(part)  # its writer may live
    os.utime(part, (wall - 7200, wall - 7200))
    tier.verify()
    assert not os.path.exists(part)
    assert tier.lookup(b"first") is not None


@pytest.mark.parametrize("is_held", [False, True])
def test_a_lock_file_that_was_left_stops_nobody(tier: Tier, is_held: bool) -> None:
    with open(f"{tier.path}.lock", "wb") as lock:
        if is_held:  # its holder is stopped
            fcntl.flock(lock, fcntl.LOCK_EX)
        assert tier.store(b"second", an_answer()) is None
        tier.database.close()
        with open(tier.path, "wb") as file:
            file.write(b"garbage " * 1000)
        assert tier.lookup(b"first") is None
        reason = tier.store(b"third", an_answer())
        assert (reason is None) == (not is_held)
    tier.clock.advance(61.0)
    assert tier.store(b"third", an_answer()) is None
    assert tier.lookup(b"third") is not None


def test_the_lease_of_a_killed_process_is_free_at_once(tier: Tier, holder: subprocess.Popen[str]) -> None:
    leases = Leases(tier.database, tier.clock)
    assert leases.take(KEY) is None
    holder.kill()
    holder.wait()
    lease = leases.take(KEY)
    assert lease is not None
    lease.release()


def test_the_lease_of_a_process_whose_number_was_used_again_is_free(tier: Tier) -> None:
    row = (
        KEY,
        f"{os.getpid()} 12345 1",
        Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        tier.clock.monotonic() + TERM_SECONDS,
        tier.clock.wall() + TERM_SECONDS,
    )
    tier.database.write(
        lambda connection: connection.execute("INSERT INTO lease VALUES (?, ?, ?, ?, ?)", row)
    )
    lease = Leases(tier.database, tier.clock).take(KEY)
    assert lease is not None
    lease.release()


def test_the_lease_of_a_stopped_process_is_free_after_its_term(
    tier: Tier, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    leases = Leases(tier.database, tier.clock)
    tier.clock.advance(TERM_SECONDS - 0.01)
    assert leases.take(KEY) is None
    tier.clock.advance(0.02)
    lease = leases.take(KEY)
    assert lease is not None
    # It wakes up, thinks that it holds the lease, and gives back what is no longer its.
    os.kill(holder.pid, signal.SIGCONT)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "released\n"
    assert not leases.is_free(KEY)
    assert leases.take(KEY) is None
    lease.release()
    assert leases.is_free(KEY)


def test_blobs_of_a_process_that_died_before_its_commit_are_swept(tier: Tier) -> None:
    name = tier.blobs.write(b"nobody's" * 10_000)
    assert tier.verify(mend=False).orphans == 1
    assert tier.verify().orphans == 1
    assert name not in list(tier.blobs.names())
    assert tier.verify().orphans == 0
    assert tier.lookup(b"first") is not None
