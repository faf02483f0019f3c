"""Who may hold a locked database."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.commands.sql_holders import told_holders
from azos_shell.core.errors import BusyError
from azos_shell.plugin import Services

HOLD = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "c.execute(sys.argv[2]).fetchall(); print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def database(tmp_path):
    path = str(tmp_path / "data.db")
    make_database(path)
    return path


@pytest.fixture
def hold():
    """Starts processes that hold a database, and ends them."""
    started = []

    def hold(path, statement):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, path, statement], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process.pid

    yield hold
    for process in started:
        process.communicate()


def test_a_process_that_has_a_lock_is_named(database, hold):
    pid = hold(database, "begin immediate")
    # Where /proc/locks says nothing of it, as in some containers, that it has the file open is all that is known.
    wanted = rf": python[\d.]* \(pid {pid}\) has (locked it|it open and may have locked it)"
    assert re.fullmatch(wanted, told_holders(database))


def test_a_process_that_has_it_open_may_be_the_one(database, hold):
    pid = hold(database, "select 1 from t")
    told = told_holders(database)
    assert f"(pid {pid}) has it open and may have locked it" in told


def test_nobody_is_named_where_nobody_is(database, tmp_path):
    assert told_holders(database) == ""
    assert told_holders(str(tmp_path / "missing.db")) == ""
    with closing(sqlite3.connect(database)):
        assert told_holders(database) == ""  # we ourselves have it open, but that is not who we wait for


def fake_proc(tmp_path, database, pid):
    """A /proc in which that process has a lock on the database."""
    seen = os.stat(database)
    proc = tmp_path / "proc"
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "comm").write_text("sqlite3\n")
    device = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
    (proc / "locks").write_text(
        f"1: POSIX  ADVISORY  READ 77 {device} 1073741826 1073742335\n"
        f"2: -> POSIX  ADVISORY  WRITE {pid} {device} 1073741825 1073741825\n"
        f"3: POSIX  ADVISORY  WRITE 99 {device} 1073741825 1073741825\n"
        "4: FLOCK  ADVISORY  WRITE 55 00:2f:1 0 EOF\nnonsense\n"
    )
    return str(proc)


def test_the_kernels_list_of_locks_is_read(tmp_path, database):
    proc = fake_proc(tmp_path, database, 4711)
    assert told_holders(database, proc=proc) == ": sqlite3 (pid 4711) has locked it"
    assert told_holders(database, proc=proc, own_pid=4711) == ": another command of this shell has locked it"


async def test_a_locked_database_says_who_may_hold_it(database, tmp_path, hold):
    pid = hold(database, "begin exclusive")
    services = Services({}, clock=FakeClock())
    services.sqlite._busy_seconds = 0.02
    for words in (["data.db", "select * from t"], ["-w", "data.db", "delete from t"]):
        with pytest.raises(
            BusyError, match=rf"data\.db: the database is locked by another process: .*\(pid {pid}\)"
        ):
            await FakeCall(str(tmp_path), services=services).run(sql, *words)
    await services.aclose()
