"""The state database under the faults of a real disk (rows 1, 3, 4, 6, 7 and 20 of the fault table)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys

import pytest

from azos_shell.core.errors import BusyError
from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import REST_SECONDS, StateError

WRITER = """
import sys
from azos_shell.core.clock import SystemClock
from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import StateDatabase
history = HistoryStore(StateDatabase(sys.argv[1], SystemClock(), busy_timeout_seconds=60))
name, count = sys.argv[2], int(sys.argv[3])
for number in range(count):
    print(f"{name}-{number}" if history.add(f"{name}-{number}") else "LOST", flush=True)
"""


def lines_of(site) -> list[str]:
    return [entry.line for entry in reversed(site.history().recent(1_000_000))]


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("seed", range(12))
def test_a_killed_writer_loses_no_line_it_acknowledged(site, other_process, seed):
    chance = random.Random(seed)
    writer = other_process(WRITER, site.path, "w", "1000000")
    acknowledged = [writer.stdout.readline().strip() for _ in range(chance.randrange(1, 60))]
    writer.send_signal(signal.SIGKILL)
    acknowledged += writer.stdout.read().split()
    writer.wait()
    lines = lines_of(site)
    assert lines[: len(acknowledged)] == acknowledged
    assert len(lines) - len(acknowledged) <= 1  # committed, and killed before it could say so
    with sqlite3.connect(site.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert site.history().add("after")
    assert site.warnings == []


def test_many_processes_start_at_once_on_a_new_database(site, other_process):
    writers = [other_process(WRITER, site.path, f"w{number}", "10") for number in range(12)]
    for writer in writers:
        writer.wait()
    wanted = {f"w{process}-{number}" for process in range(12) for number in range(10)}
    lines = lines_of(site)
    assert set(lines) == wanted
    assert len(lines) == len(wanted)


def test_files_are_private_from_their_first_moment_under_any_umask(site):
    for umask in (0o000, 0o777):
        old = os.umask(umask)
        try:
            site.history().add("secret")
        finally:
            os.umask(old)
        directory = os.path.dirname(site.path)
        assert mode_of(directory) == 0o700
        assert {mode_of(os.path.join(directory, name)) for name in os.listdir(directory)} == {0o600}
        site.close()
        shutil.rmtree(directory)


def test_a_file_that_others_could_read_is_closed_to_them(site):
    site.history().add("a")
    site.close()
    os.chmod(site.path, 0o644)
    site.history().add("b")
    assert mode_of(site.path) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: os.urandom(len(data)),
        lambda data: b"no database at all",
        lambda data: data[: len(data) // 2 - 100],
        lambda data: data[:100],
        lambda data: data[:100] + b"\xff" * (len(data) - 100),
    ],
)
def test_a_damaged_database_is_set_aside_once_and_a_new_one_begun(site, damage):
    site.history().import_lines(f"line {number}" for number in range(500))
    site.close()
    with open(site.path, "rb") as file:
        data = file.read()
    with open(site.path, "wb") as file:
        file.write(damage(data))
    history = site.history()
    assert history.add("goes on")
    assert [entry.line for entry in history.recent(5)] == ["goes on"]
    assert len(site.warnings) == 1
    assert "was damaged" in site.warnings[0]
    aside = [name for name in os.listdir(os.path.dirname(site.path)) if ".corrupt-2023" in name]
    assert len([name for name in aside if not name.endswith(("-wal", "-shm"))]) == 1


def test_a_reader_alone_sets_a_damaged_database_aside(site):
    site.history().add("a")
    site.close()
    with open(site.path, "r+b") as file:
        file.write(b"x" * 4096)
    history = site.history()
    assert history.recent(5) == []
    assert history.add("b")
    assert [entry.line for entry in history.recent(5)] == ["b"]


def test_an_empty_file_is_a_new_database(site):
    os.makedirs(os.path.dirname(site.path))
    with open(site.path, "wb"):
        pass
    history = site.history()
    assert history.recent(5) == []
    assert history.add("a")
    assert site.warnings == []


def test_random_damage_never_stops_the_shell(site):
    site.history().import_lines(f"line {number}" for number in range(300))
    site.close()
    with open(site.path, "rb") as file:
        whole = file.read()
    chance = random.Random(7)
    for _ in range(50):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 4, 64))):
            data[chance.choice((chance.randrange(100), chance.randrange(len(data))))] = chance.randrange(256)
        shutil.rmtree(os.path.dirname(site.path))
        os.makedirs(os.path.dirname(site.path))
        with open(site.path, "wb") as file:
            file.write(data[: chance.choice((len(data), chance.randrange(len(data))))])
        history = site.history()
        try:
            history.recent(10)
            history.search("line", 3)
        except BusyError:
            pass
        history.add("x")
        site.close()


def test_a_newer_schema_is_read_and_left_as_it_is(site):
    site.history().add("from now")
    site.close()
    with sqlite3.connect(site.path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with open(site.path, "rb") as file:
        before = file.read()
    history = site.history()
    assert not history.add("not added")
    assert [entry.line for entry in history.recent(5)] == ["from now"]
    site.close()
    with open(site.path, "rb") as file:
        assert file.read() == before
    assert len(site.warnings) == 1
    assert "newer azos" in site.warnings[0]


def test_a_newer_schema_without_our_table_is_not_taken_for_damage(site):
    os.makedirs(os.path.dirname(site.path))
    with sqlite3.connect(site.path) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("CREATE TABLE something_else (a)")
    connection.close()
    assert site.history().recent(5) == []
    assert os.listdir(os.path.dirname(site.path)) == ["state.db"]


def test_a_database_that_was_replaced_or_removed_is_opened_anew(site):
    history = site.history()
    history.add("old")
    for suffix in ("", "-wal", "-shm"):
        os.remove(site.path + suffix)
    assert history.add("new")
    assert [entry.line for entry in history.recent(5)] == ["new"]


def test_a_place_that_can_not_be_written_is_told_once_and_tried_again_later(site, tmp_path):
    (tmp_path / "azos").write_text("a file where the directory should be")
    history = site.history()
    assert not history.add("a")
    assert not history.add("b")
    assert history._state.statistics().failures == 1  # the second did not even try
    assert len(site.warnings) == 1
    os.remove(tmp_path / "azos")
    site.clock.advance(REST_SECONDS)
    assert history.add("c")


def test_a_full_disk_loses_the_new_line_and_nothing_else(site):
    history = site.history()
    history.import_lines(["kept"] * 100)
    site.close()
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "from azos_shell.core.clock import SystemClock\n"
        "from azos_shell.storage.history import HistoryStore\n"
        "from azos_shell.storage.state import StateDatabase\n"
        "said = []\n"
        "history = HistoryStore(StateDatabase(sys.argv[1], SystemClock(), warn=said.append))\n"
        "saved = [history.add('x' * 3000) for _ in range(20)]\n"
        "print(sum(saved), len(said), flush=True)\n"
    )
    size = os.stat(site.path).st_size
    saved = 0
    for limit in (size // 2, size, size + 4096, size + 20_000):
        run = subprocess.run(
            [sys.executable, "-c", program, site.path, str(limit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stderr == ""
        count, said = map(int, run.stdout.split())
        assert said == 1
        saved += count
    lines = lines_of(site)
    assert lines[:100] == ["kept"] * 100
    assert len(lines) == 100 + saved


def test_a_busy_database_is_given_up_after_the_time_limit(site):
    site.history().add("a")
    holder = sqlite3.connect(site.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError):
        site.state(busy_timeout_seconds=0.02).write(lambda connection: None)
    holder.execute("COMMIT")
    holder.close()


def test_a_failed_transaction_leaves_nothing_behind(site):
    state = site.state()

    def work(connection):
        connection.execute("INSERT INTO history (line, started_wall) VALUES ('half', 0)")
        raise KeyError("its own error")

    with pytest.raises(KeyError):
        state.write(work)
    assert HistoryStore(state).count() == 0
    with pytest.raises(StateError):
        site.state(path="/dev/null/x/state.db").write(lambda connection: None)


def test_two_stores_write_from_many_threads(site):
    import threading

    stores = [site.history(busy_timeout_seconds=30) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda s=store, n=n: [s.add(f"{n}-{i}") for i in range(20)])
        for n, store in enumerate(stores * 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].count() == 120


def test_a_message_about_damage_that_is_no_text_is_damage(site):
    site.history().add("a")
    tries = []

    def work(connection):  # as sqlite3 does where SQLite quotes a damaged schema
        tries.append(connection)
        if len(tries) == 1:
            b"malformed database schema (\xda)".decode()
        return "read"

    assert site.state().read(work, "nothing") in ("read", "nothing")
    assert len(site.warnings) == 1
    assert site.history().add("b")
    assert lines_of(site) == ["b"]
