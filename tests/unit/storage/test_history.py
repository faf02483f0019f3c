"""The history as one process sees it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from azos_shell.core.errors import BusyError
from azos_shell.storage.history import HistoryEntry, HistoryStatistics, HistoryStore
from azos_shell.storage.state import StateDatabase

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_an_added_line_is_read_back_by_another_store(site):
    assert site.history().add("ls -l", cwd="/tmp", status=0, started_wall=5.0, seconds=0.25)
    assert site.history().recent(10) == [HistoryEntry(1, "ls -l", "/tmp", 0, 5.0, 0.25)]


def test_the_newest_line_comes_first_and_pages_follow_each_other(site):
    history = site.history()
    history.import_lines(f"line {number}" for number in range(10))
    page = history.recent(4)
    assert [entry.line for entry in page] == ["line 9", "line 8", "line 7", "line 6"]
    assert [entry.line for entry in history.recent(4, before_id=page[-1].id)] == [
        "line 5",
        "line 4",
        "line 3",
        "line 2",
    ]
    assert history.count() == 10


def test_bytes_that_are_no_utf8_come_back_as_they_were_typed(site):
    history = site.history()
    line = b"echo \xff\xfe caf\xc3\xa9 \x00 \n two".decode("utf-8", "surrogateescape")
    history.add(line, cwd=b"/tmp/\xff".decode("utf-8", "surrogateescape"))
    (entry,) = history.recent(1)
    assert entry.line == line
    assert entry.cwd is not None
    assert entry.cwd.encode("utf-8", "surrogateescape") == b"/tmp/\xff"


def test_a_password_in_an_address_is_never_stored(site):
    history = site.history()
    history.add("http http://ann:secret@example.org/")
    assert history.add_later("curl https://ann:secret@example.org/")
    history.import_lines(["http -a ann:secret example.org"])
    assert history.flush(10)
    assert [entry.line for entry in history.recent(9) if "secret" in entry.line] == []
    assert history.search("example.org", 9)


def test_a_surrogate_that_no_byte_stands_behind_does_not_stop_the_shell(site):
    history = site.history()
    assert history.add("echo \ud800")
    assert history.recent(1)[0].line == "echo ?"


def test_search_minds_capitals_only_if_asked_with_some(site):
    history = site.history()
    history.import_lines(["git log", "GIT status", "make", "100% sure_"])
    assert [entry.line for entry in history.search("git", 10)] == ["GIT status", "git log"]
    assert [entry.line for entry in history.search("GIT", 10)] == ["GIT status"]
    assert [entry.line for entry in history.search("%", 10)] == ["100% sure_"]
    assert [entry.line for entry in history.search("git", 1)] == ["GIT status"]
    assert history.search("nothing of the kind", 10) == []


def test_search_finds_bytes_that_are_no_utf8(site):
    history = site.history()
    history.add("echo \udcff")
    assert [entry.line for entry in history.search("\udcff", 1)] == ["echo \udcff"]


def test_lines_can_be_forgotten(site):
    history = site.history()
    history.import_lines(["one", "two", "three"])
    assert history.delete(2)
    assert not history.delete(2)
    assert [entry.line for entry in history.recent(9)] == ["three", "one"]
    assert history.clear() == 2
    assert history.recent(9) == []
    history.add("four")
    assert history.recent(9)[0].id == 4  # an id is never used again


def test_a_duration_is_never_negative_though_the_clock_jumps(site):
    history = site.history()
    history.add("one", seconds=-3600.0)
    site.clock.jump_wall(-315_360_000)
    history.add("two", seconds=1.0)
    assert [(entry.line, entry.seconds) for entry in history.recent(2)] == [("two", 1.0), ("one", 0.0)]


def test_a_line_added_later_is_there_after_a_flush(site):
    history = site.history()
    for number in range(50):
        assert history.add_later(f"line {number}")
    assert history.flush(5.0)
    assert [entry.line for entry in history.recent(2)] == ["line 49", "line 48"]
    assert history.statistics() == HistoryStatistics(saved=50, queued=0, dropped=0)


def test_closing_writes_what_is_queued(site):
    history = site.history()
    history.add_later("last words")
    assert history.close(5.0)
    assert not history.add_later("too late")
    assert site.history().recent(1)[0].line == "last words"


def test_a_full_queue_drops_and_counts(site, other_process):
    history = HistoryStore(site.state(busy_timeout_seconds=0.02), queue_entries=3)
    site.history().add("first")
    holder = other_process(HOLDER, site.path)
    assert holder.stdout.readline() == "held\n"
    assert [history.add_later(str(number)) for number in range(5)] == [True, True, True, False, False]
    assert not history.flush(0.05)
    assert history.statistics() == HistoryStatistics(saved=0, queued=3, dropped=2)
    holder.stdin.close()
    holder.wait()
    assert history.flush(5.0)
    assert history.statistics() == HistoryStatistics(saved=3, queued=0, dropped=2)
    assert history.close(5.0)


def test_a_stopped_holder_of_the_lock_delays_nobody_for_long(site, other_process):
    import signal

    history = site.history(busy_timeout_seconds=0.02)
    history.add("first")
    holder = other_process(HOLDER, site.path)
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGSTOP)
    assert history.add_later("queued")
    assert not history.add("refused")
    assert not history.add("refused again")
    assert len(site.warnings) == 1
    assert "another process holds it" in site.warnings[0]
    with pytest.raises(BusyError):
        history.clear()
    assert [entry.line for entry in history.recent(5)] == ["first"]  # readers of a write-ahead log never wait
    assert not history.close(0.01) or history.statistics().queued == 0


def test_a_line_queued_is_forgotten_by_clear(site, other_process):
    history = site.history(busy_timeout_seconds=0.02)
    history.add("first")
    holder = other_process(HOLDER, site.path)
    assert holder.stdout.readline() == "held\n"
    history.add_later("queued")
    with pytest.raises(BusyError):
        history.clear()
    assert history.statistics().queued == 0


def test_a_hundred_thousand_lines_are_imported_and_paged(site):
    history = site.history()
    assert history.import_lines(f"command --number {number}" for number in range(100_000)) == 100_000
    assert history.count() == 100_000
    plan = history._state.read(
        lambda connection: connection.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM history WHERE id < 50000 ORDER BY id DESC LIMIT 100"
        ).fetchall(),
        [],
    )
    assert b"USING INTEGER PRIMARY KEY" in plan[0][3]  # a page costs its own length, not the history's
    assert history.recent(1, before_id=50_001)[0].line == "command --number 49999"


def test_without_a_place_there_is_no_history_and_it_is_said_once(site):
    history = HistoryStore(StateDatabase(None, site.clock, warn=site.warnings.append))
    assert not history.add("a")
    assert not history.add("b")
    assert history.recent(5) == []
    assert history.count() == 0
    history.add_later("c")
    assert history.flush(5.0)
    assert history.statistics() == HistoryStatistics(saved=0, queued=0, dropped=3)
    assert len(site.warnings) == 1
    assert history.close(5.0)


def test_importing_the_package_does_not_load_sqlite():
    program = (
        "import sys, azos_shell.storage.history, azos_shell.storage.places, azos_shell.storage.state;"
        "sys.exit('sqlite3' in sys.modules or 'asyncio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_it_is_doing_can_be_seen(site):
    history = site.history()
    history.add("a")
    assert "saved=1, queued=0, dropped=0" in repr(history)
    assert repr(history._state) == f"<StateDatabase {site.path} open>"
    assert history._state.statistics().writes == 1
