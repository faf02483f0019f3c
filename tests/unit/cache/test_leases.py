"""Leases: one holder at a time; of dead, stopped and forgotten holders they are free again."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading

import pytest
from fakes.clock import FakeClock

from azos_shell.cache.leases import TERM_SECONDS, Holder, Leases, is_free, process_start
from azos_shell.cache.moment import Moment, boot_id
from azos_shell.core.errors import BusyError

KEY = b"key"
ME = Holder.new().text()


@pytest.fixture
def leases(tier):
    return Leases(tier.database, tier.clock)


def put_row(tier, holder: str, *, boot: str | None = None, monotonic: object = None, wall: object = None):
    row = (
        KEY,
        holder,
        boot_id() if boot is None else boot,
        tier.clock.monotonic() + TERM_SECONDS if monotonic is None else monotonic,
        tier.clock.wall() + TERM_SECONDS if wall is None else wall,
    )
    tier.database.write(
        lambda connection: connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?)", row)
    )


def test_a_lease_has_one_holder_until_it_is_released(leases):
    assert leases.is_free(KEY)
    lease = leases.take(KEY)
    assert lease is not None
    assert leases.take(KEY) is None
    assert not leases.is_free(KEY)
    other = leases.take(b"other")
    assert other is not None
    other.release()
    lease.release()
    assert leases.is_free(KEY)
    again = leases.take(KEY)
    assert again is not None
    again.release()


def test_another_process_cannot_take_it(leases, tier, in_another_process):
    lease = leases.take(KEY)
    program = """
import sys
from azos_shell.cache.disk import CACHE
from azos_shell.cache.leases import Leases
from azos_shell.storage.database import Database
sys.path.insert(0, sys.argv[2])
from fakes.clock import FakeClock
clock = FakeClock()
print(Leases(Database(CACHE, sys.argv[1], clock), clock).take(b"key"))
"""
    tests = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    assert in_another_process(program, tier.path, tests) == "None\n"
    lease.release()


def test_a_lease_is_free_when_its_time_is_up_and_held_while_it_is_put_off(leases, clock):
    lease = leases.take(KEY)
    clock.advance(TERM_SECONDS - 0.1)
    leases.put_off(KEY, lease.holder)
    clock.advance(TERM_SECONDS - 0.1)
    assert not leases.is_free(KEY)
    clock.advance(0.2)
    assert leases.is_free(KEY)
    lease.release()


def test_a_holder_that_comes_back_late_disturbs_nobody(leases, clock):
    late = leases.take(KEY)
    clock.advance(TERM_SECONDS + 1)
    new = leases.take(KEY)
    assert new is not None
    leases.put_off(KEY, late.holder)
    late.release()
    assert not leases.is_free(KEY)
    new.release()


def test_setting_the_wall_clock_frees_no_lease_of_this_boot(leases, clock):
    lease = leases.take(KEY)
    for jump in (3600.0, -3600.0, 3e8, -3e8):
        clock.jump_wall(jump)
        assert not leases.is_free(KEY)
    lease.release()


def test_a_dead_holder_is_noticed_at_once(leases, tier):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    put_row(tier, f"{process.pid} {process_start(process.pid)} 1")
    assert not leases.is_free(KEY)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert leases.is_free(KEY)  # a zombie is dead, too
    process.communicate()
    assert leases.is_free(KEY)


def test_a_number_that_was_used_again_is_another_process(leases, tier):
    put_row(tier, f"{os.getpid()} 1 1")
    assert leases.is_free(KEY)


def test_without_a_way_to_know_processes_only_time_counts(leases, tier, clock):
    put_row(tier, f"{2**30}  1")
    assert not leases.is_free(KEY)
    clock.advance(TERM_SECONDS)
    assert leases.is_free(KEY)


def test_a_lease_of_another_boot_ends_by_the_wall_clock():
    row = (ME, "another", 0.0, 1000.0 + TERM_SECONDS)
    assert not is_free(row, Moment("this", 5.0, 1001.0))
    assert is_free(row, Moment("this", 5.0, 1010.0))
    assert is_free(row, Moment("this", 5.0, 900.0))  # nothing ends that late: the clock was set back


def test_a_lease_that_would_last_longer_than_any_is_free(leases, tier, clock):
    put_row(tier, ME, monotonic=clock.monotonic() + 1e6)
    assert leases.is_free(KEY)


@pytest.mark.parametrize("holder", ["", "word", "1", "x y z", "1 2 3 4", "-1 5 1", "\x00"])
def test_a_damaged_row_never_raises(leases, tier, holder):
    put_row(tier, holder)
    leases.is_free(KEY)
    lease = leases.take(KEY)
    if lease is not None:
        lease.release()


def test_a_row_whose_times_are_damaged_is_free(leases, tier):
    put_row(tier, ME, monotonic="soon", wall=b"late")
    assert leases.is_free(KEY)
    lease = leases.take(KEY)
    assert lease is not None
    lease.release()


def test_threads_are_different_holders():
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(Holder.new().text() for _ in range(200)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1600


def test_of_threads_that_want_it_at_once_one_gets_it(open_tier, clock):
    tiers = [open_tier(busy_timeout_seconds=5.0) for _ in range(8)]
    taken: list[object] = []
    threads = [
        threading.Thread(target=lambda one=one: taken.append(Leases(one.database, clock).take(KEY)))
        for one in tiers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [lease for lease in taken if lease is not None]
    assert len(held) == 1
    held[0].release()


def test_time_is_looked_at_when_the_database_is_had(tier):
    """A wait for the database must not make a lease that was put off meanwhile look forgotten, or as over."""
    clock = tier.clock
    leases = Leases(tier.database, clock)
    first = leases.take(KEY)
    write = tier.database.write

    def write_late(work, **patience):
        clock.advance(TERM_SECONDS - 1)
        leases_of_other.put_off(KEY, first.holder)
        return write(work)

    leases_of_other = Leases(tier.database, clock)
    late = Leases(type("Late", (), {"write": staticmethod(write_late)})(), clock)
    tier.clock.advance(2)
    assert late.take(KEY) is None
    first.release()


def test_a_busy_database_is_an_error_to_take_and_unknown_to_ask(leases, tier):
    lease = leases.take(KEY)
    lease.release()
    other = sqlite3.connect(tier.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BusyError):
        leases.take(KEY)
    leases.give_back(KEY, Holder.new())  # says nothing
    other.close()


def test_a_fake_clock_that_stands_still_makes_no_lease_free():
    for monotonic in (0.1, 1000.1, 123456.789, 1e7 / 3):
        clock = FakeClock(monotonic=monotonic)
        row = (ME, boot_id(), clock.monotonic() + TERM_SECONDS, clock.wall() + TERM_SECONDS)
        assert not is_free(row, Moment.now(clock))
