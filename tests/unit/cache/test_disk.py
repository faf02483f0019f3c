"""The disk tier: what was stored comes back whole or not at all, within its budget, in every process."""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import threading
from contextlib import closing
from math import inf

import pytest
from fakes.disk import an_answer

from azos_shell.cache import disk as module
from azos_shell.cache.blobs import blob_name
from azos_shell.cache.dependencies import Absence, FileContent
from azos_shell.cache.disk import INLINE_BYTES
from azos_shell.cache.entry import STDERR, STDOUT
from azos_shell.cache.leases import Leases
from azos_shell.cache.moment import Moment
from azos_shell.cache.stamp import FileStamp
from azos_shell.cache.validators import Evidence, LiveProof, TtlValidator
from azos_shell.core.errors import AzosError
from azos_shell.core.values import Records

LARGE = b"large " * INLINE_BYTES
RECORDS = Records(
    ("a", "b"),
    [
        (None, b"\x00\xff"),
        (1.5, -(2**63)),
        (True, 2**64 - 1),
        ("text \u2603", [1, None, {"k": [b"v"]}]),
        ("", 0.1),
    ],
)


def key_of(number: int) -> bytes:
    return number.to_bytes(20, "big")


def said(kept):
    return None if kept is None else kept.result.output


def table(tier, query: str, *values: object):
    with closing(sqlite3.connect(tier.path, isolation_level=None)) as connection:
        return connection.execute(query, values).fetchall()


def change(tier, statement: str, *values: object) -> None:
    """As another process, or a bad disk, would."""
    table(tier, statement, *values)


# -- round trips ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "output",
    [
        (),
        ((STDOUT, b""),),
        ((STDOUT, b"a\x00\xff\n"),),
        ((STDOUT, b"one"), (STDERR, b"two"), (STDOUT, b"three")),
        ((STDOUT, RECORDS), (STDERR, b"x"), (STDOUT, RECORDS)),
        ((STDOUT, LARGE), (STDERR, LARGE)),
    ],
    ids=["nothing", "empty", "bytes", "both", "records", "large"],
)
def test_an_answer_comes_back_as_it_was_in_another_tier(tier, open_tier, output):
    result = an_answer(
        output,
        status=3,
        cost_seconds=0.1,
        ttl_seconds=12.5,
        stale_seconds=7.0,
        command="demo",
        label="demo \udcff --all",
        asked='{"a": 1}',
        tags=("one", "two"),
        validators=(Evidence([Absence("/nowhere/\udcff")]),),
    )
    assert tier.store(b"key", result) is None
    for reader in (tier, open_tier()):
        kept = reader.lookup(b"key")
        assert kept is not None
        back = kept.result
        assert repr(back.output) == repr(result.output)
        for field in ("status", "cost_seconds", "stored", "ttl_seconds", "stale_seconds", "command", "label"):
            assert getattr(back, field) == getattr(result, field), field
        assert (back.asked, back.tags) == (result.asked, result.tags)
        assert back.validators[0].rows() == [["absent", "/nowhere/\udcff"]]
        assert back.reason(Moment.now(tier.clock)) is None


def test_an_answer_without_a_limit_has_none_when_it_comes_back(tier):
    tier.store(b"key", an_answer(ttl_seconds=inf))
    assert tier.lookup(b"key").result.ttl_seconds == inf


def test_names_that_are_no_utf_8_are_kept_and_counted(tier):
    strange = "demo\udcff"
    assert tier.store(b"key", an_answer(command=strange, asked=strange, tags=(strange,))) is None
    assert said(tier.lookup(b"key")) == ((STDOUT, b"said"),)
    tier.note_miss(strange)
    tier.note_hit(tier.lookup(b"key"), an_answer(command=strange))
    assert tier.flush(5.0)
    assert [(tally.hits, tally.misses) for tally in tier.tallies()] == [(1, 1)]
    tier.note_miss("plain")
    assert tier.flush(5.0)
    assert len(tier.tallies()) == 2  # the thread lives


@pytest.mark.parametrize("value", [2**64, object(), "\udcff", {1, 2}])
def test_records_that_cannot_be_written_down_are_refused_in_words(tier, value):
    reason = tier.store(b"key", an_answer(((STDOUT, Records(("a",), [(value,)])),)))
    assert reason == "it holds values that can't be written down"
    assert tier.lookup(b"key") is None


def test_what_rests_on_this_process_alone_is_refused_in_words(tier):
    reason = "what it rests on is only known to this process"
    assert tier.store(b"key", an_answer(validators=(TtlValidator(5.0),))) == reason
    assert tier.store_later(b"key", an_answer(validators=(TtlValidator(5.0),))) == reason
    assert tier.lookup(b"key") is None


def test_of_a_live_proof_the_evidence_is_kept(tier):
    evidence = Evidence([Absence("/a")])
    proofs = (LiveProof(TtlValidator(5.0), evidence), Evidence([Absence("/b")]))
    assert tier.store(b"key", an_answer(validators=proofs)) is None
    (back,) = tier.lookup(b"key").result.validators
    assert back.rows() == [["absent", "/a"], ["absent", "/b"]]


def test_small_outputs_are_in_the_row_and_large_ones_beside_it(tier):
    tier.store(b"small", an_answer(b"x" * (INLINE_BYTES - 5)))
    assert list(tier.blobs.names()) == []
    tier.store(b"large", an_answer(b"x" * (INLINE_BYTES - 4)))
    (name,) = tier.blobs.names()
    assert tier.lookup(b"small").blob is None
    assert tier.lookup(b"large").blob == name


def test_a_new_answer_takes_the_place_of_the_old_one_and_its_blob(tier):
    tier.store(b"key", an_answer(LARGE))
    tier.store(b"key", an_answer(LARGE + b"2"))
    assert said(tier.lookup(b"key")) == ((STDOUT, LARGE + b"2"),)
    assert len(list(tier.blobs.names())) == 1
    tier.store(b"key", an_answer(b"small"))
    assert said(tier.lookup(b"key")) == ((STDOUT, b"small"),)
    assert list(tier.blobs.names()) == []
    assert len(tier.entries()) == 1


def test_the_same_answer_again_keeps_its_blob(tier):
    for _ in range(3):
        tier.store(b"key", an_answer(LARGE))
        assert said(tier.lookup(b"key")) == ((STDOUT, LARGE),)


def test_a_blob_that_two_entries_have_stays_until_both_are_gone(tier):
    tier.store(b"one", an_answer(LARGE))
    tier.store(b"two", an_answer(LARGE))
    assert len(list(tier.blobs.names())) == 1
    tier.remove([tier.lookup(b"one").id])
    assert said(tier.lookup(b"two")) == ((STDOUT, LARGE),)
    tier.remove([tier.lookup(b"two").id])
    assert list(tier.blobs.names()) == []


def test_a_transaction_that_fails_costs_no_blob(tier, monkeypatch):
    tier.store(b"key", an_answer(LARGE))

    def fail(*values):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_digest", fail)  # the old entry has been taken out by then
        assert tier.store(b"key", an_answer(b"new")) is not None
    assert said(tier.lookup(b"key")) == ((STDOUT, LARGE),)
    tier.clock.advance(61.0)
    tier.store(b"other", an_answer(b"x"))
    assert said(tier.lookup(b"key")) == ((STDOUT, LARGE),)


def test_a_blob_that_cannot_be_written_costs_that_entry_alone(tier, monkeypatch):
    def full(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tier.blobs, "write", full)
    assert tier.store(b"large", an_answer(LARGE)) == "its output can't be kept: No space left on device"
    assert tier.store(b"small", an_answer()) is None
    tier.store_later(b"first", an_answer())
    tier.store_later(b"large", an_answer(LARGE))
    tier.store_later(b"last", an_answer())
    assert tier.flush(5.0)
    assert tier.statistics().dropped == 1
    assert {summary.key for summary in tier.entries()} == {b"small", b"first", b"last"}


# -- budget --------------------------------------------------------------------------------------------------


def test_an_entry_over_a_tenth_of_the_budget_is_refused_in_words(open_tier):
    tier = open_tier(max_bytes=100_000)
    reason = tier.store(b"key", an_answer(b"x" * 10_000))
    assert reason is not None
    assert reason.endswith("bytes are more than a tenth of the 100000 that the cache may take")
    assert tier.store(b"key", an_answer(b"x" * 9_000)) is None


def test_the_budget_holds_and_the_least_worth_goes_first(open_tier):
    tier = open_tier(max_bytes=100_000)
    for number in range(40):
        cost = 100.0 if number < 4 else 1.0
        assert tier.store(key_of(number), an_answer(b"x" * 5_000, cost_seconds=cost)) is None
        assert tier.statistics().bytes <= 100_000
    assert all(tier.lookup(key_of(number)) for number in range(4))
    assert tier.lookup(key_of(39)) is not None
    assert tier.lookup(key_of(4)) is None
    assert tier.statistics().evictions == 40 - tier.statistics().entries


def test_pinned_entries_are_never_evicted(open_tier):
    tier = open_tier(max_bytes=100_000)
    for number in range(3):
        tier.store(key_of(number), an_answer(b"x" * 5_000, cost_seconds=0.0))
    assert tier.pin([tier.lookup(key_of(number)).id for number in range(3)], True) == 3
    for number in range(3, 60):
        tier.store(key_of(number), an_answer(b"x" * 5_000, cost_seconds=10.0))
    assert all(tier.lookup(key_of(number)).pinned for number in range(3))
    assert tier.statistics().pinned == 3
    tier.store(key_of(0), an_answer(b"new"))
    assert tier.lookup(key_of(0)).pinned  # in the place of a pinned one
    tier.pin([tier.lookup(key_of(1)).id], False)
    for number in range(60, 120):
        tier.store(key_of(number), an_answer(b"x" * 5_000, cost_seconds=10.0))
    assert tier.lookup(key_of(1)) is None


def test_evicted_entries_leave_no_blobs(open_tier):
    tier = open_tier(max_bytes=1_000_000)
    for number in range(40):
        tier.store(key_of(number), an_answer(number.to_bytes(2, "big") * 25_000))
    assert len(list(tier.blobs.names())) == tier.statistics().entries < 40
    assert tier.verify().orphans == 0


def test_an_entry_that_is_used_outlives_one_that_is_not(open_tier):
    tier = open_tier(max_bytes=100_000)
    for number in range(10):
        tier.store(key_of(number), an_answer(b"x" * 5_000))
    for _ in range(5):
        tier.note_hit(tier.lookup(key_of(0)), tier.lookup(key_of(0)).result)
    assert tier.flush(5.0)
    for number in range(10, 30):
        tier.store(key_of(number), an_answer(b"x" * 5_000))
    assert tier.lookup(key_of(0)).hits == 5
    assert tier.lookup(key_of(1)) is None


# -- damage --------------------------------------------------------------------------------------------------

COVERED = (
    "key", "command", "label", "asked", "tags", "boot", "dependencies", "output", "digest",
    "status", "cost_seconds", "size_bytes", "stored_monotonic", "stored_wall", "ttl_seconds", "stale_seconds",
)  # fmt: skip


def damaged(value: object, chance: random.Random) -> object:
    """The value with one bit flipped, of the same type or of the one that a damaged page makes of it."""
    if isinstance(value, int | float):
        return chance.choice([value + 1, -value - 1, str(value) + "x", b"\xff", float(value) + 0.5])
    data = bytearray(value.encode() if isinstance(value, str) else value)
    if not data:
        return b"\x01"
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("column", COVERED)
def test_a_damaged_column_is_a_miss_and_the_entry_is_taken_out(tier, column):
    chance = random.Random(column)
    for number in range(6):
        key = key_of(number)
        fields = {"ttl_seconds": 60.0, "tags": ("tag",), "validators": (Evidence([Absence("/a")]),)}
        assert tier.store(key, an_answer(**fields)) is None
        (value,) = table(tier, f"SELECT {column} FROM entry WHERE key = ?", key)[0]
        change(tier, f"UPDATE entry SET {column} = ? WHERE key = ?", damaged(value, chance), key)
        assert tier.lookup(key) is None
        tier.verify()  # under its damaged key nobody would ask for it
        assert tier.flush(5.0)
        assert tier.statistics().entries == 0
        assert tier.problem == ""


@pytest.mark.parametrize("value", ["words", b"\xff", -5, 1e300])
@pytest.mark.parametrize("column", ["hits", "worth", "pinned", "size_bytes", "blob"])
def test_damaged_numbers_stop_neither_storing_nor_listing(open_tier, column, value):
    tier = open_tier(max_bytes=60_000)
    tier.store(b"key", an_answer())
    tier.store(b"other", an_answer())
    change(tier, f"UPDATE entry SET {column} = ?", value)
    change(tier, "INSERT INTO tally VALUES (?, ?, ?, ?)", b"\xff", "x", b"\xff", "y")
    tier.lookup(b"other")
    assert tier.flush(5.0)
    assert tier.store(b"key", an_answer(b"new")) is None
    for number in range(30):
        assert tier.store(key_of(number), an_answer(b"x" * 4_000)) is None
    assert said(tier.lookup(key_of(29))) == ((STDOUT, b"x" * 4_000),)
    tier.entries()
    tier.tallies()
    tier.statistics()
    tier.verify()
    assert tier.warnings == []


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped", "longer"])
def test_a_damaged_blob_is_a_miss_and_set_aside(tier, damage):
    tier.store(b"key", an_answer(LARGE))
    (name,) = tier.blobs.names()
    path = tier.blobs.path(name)
    with open(path, "rb") as file:
        data = file.read()
    flipped = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
    changed = {"empty": b"", "cut": data[:-1], "flipped": flipped, "longer": data + b"x"}
    os.unlink(path)
    if damage in changed:
        with open(path, "wb") as file:
            file.write(changed[damage])
    assert tier.lookup(b"key") is None
    assert tier.flush(5.0)
    assert tier.statistics().entries == 0
    assert os.path.exists(f"{path}.corrupt") == (damage != "missing")
    assert tier.store(b"key", an_answer(LARGE)) is None
    assert said(tier.lookup(b"key")) == ((STDOUT, LARGE),)


def test_a_damaged_index_never_leads_to_the_answer_to_another_question(tier):
    first, second = b"A" * 20, b"B" * 20
    tier.store(first, an_answer(b"first"))
    tier.store(second, an_answer(b"second"))
    change(tier, "PRAGMA wal_checkpoint(TRUNCATE)")
    tier.database.close()
    (page,) = table(tier, "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_entry_1'")[0]
    (size,) = table(tier, "PRAGMA page_size")[0]
    change(tier, "PRAGMA wal_checkpoint(TRUNCATE)")
    with open(tier.path, "r+b") as file:
        file.seek((page - 1) * size)
        index = file.read(size)
        swapped = index.replace(first, b"?" * 20).replace(second, first).replace(b"?" * 20, second)
        # The entries of an index are (key, rowid): with the keys swapped each leads to the other's row.
        assert swapped != index
        file.seek((page - 1) * size)
        file.write(swapped)
    for key, answer in ((first, b"first"), (second, b"second")):
        kept = tier.lookup(key)
        assert kept is None or kept.result.output == ((STDOUT, answer),)


def test_verify_finds_mends_and_says_which(tier):
    tier.store(b"good", an_answer(LARGE))
    tier.store(b"row", an_answer(label="bad row"))
    tier.store(b"blob", an_answer(LARGE + b"x", label="bad blob"))
    change(tier, "UPDATE entry SET status = 7 WHERE key = ?", b"row")
    os.unlink(tier.blobs.path(tier.lookup(b"blob").blob))
    tier.blobs.write(b"nobody's")
    for _ in range(2):
        found = tier.verify(mend=False)
        assert (found.checked, found.orphans) == (3, 1)
        assert sorted(found.bad) == [
            "bad blob: its output is damaged or missing",
            "bad row: the entry is damaged",
        ]
    tier.verify()
    after = tier.verify()
    assert (after.checked, after.bad, after.orphans) == (1, (), 0)
    assert said(tier.lookup(b"good")) == ((STDOUT, LARGE),)


def test_a_renewal_never_declares_a_damaged_row_whole(tier, tmp_path):
    kept, result = touched(tier, tmp_path)
    change(tier, "UPDATE entry SET output = ?", b"\x01\x00\x00\x00\x03bad")
    tier.note_hit(kept, result)
    assert tier.flush(5.0)
    assert tier.lookup(b"key") is None


def test_a_renewal_never_reaches_another_entry_of_the_same_number(tier, tmp_path):
    kept, result = touched(tier, tmp_path)
    tier.database.close()
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(tier.path + suffix):
            os.unlink(tier.path + suffix)
    tier.store(b"other", an_answer(b"other", validators=(Evidence([Absence("/a")]),)))
    assert tier.lookup(b"other").id == kept.id
    tier.note_hit(kept, result)
    assert tier.flush(5.0)
    assert tier.lookup(b"other").result.validators[0].rows() == [["absent", "/a"]]


def test_what_was_learnt_of_a_touched_file_is_kept(tier, tmp_path):
    kept, result = touched(tier, tmp_path)
    tier.note_hit(kept, result)
    assert tier.flush(5.0)
    again = tier.lookup(b"key")
    assert again.result.validators[0].rows() == result.validators[0].rows()
    assert again.result.validators[0].rows() != kept_rows(tmp_path)
    assert said(again) == ((STDOUT, b"said"),)


def touched(tier, tmp_path):
    """An entry that rests on a file which was touched, as it was looked up and found to hold."""
    file = tmp_path / "file"
    file.write_text("content")
    tier.store(b"key", an_answer(validators=(Evidence([FileContent(FileStamp.take(str(file)))]),)))
    os.utime(file, (1.0, 1.0))
    kept = tier.lookup(b"key")
    assert kept.result.reason(Moment.now(tier.clock)) is None
    assert kept.result.validators[0].has_news
    return kept, kept.result


def kept_rows(tmp_path):
    return Evidence([FileContent(FileStamp.take(str(tmp_path / "file"), wall_ns=0))]).rows()


# -- sharing and the thread ----------------------------------------------------------------------------------


def test_two_tiers_share_entries_both_ways(tier, open_tier):
    other = open_tier()
    tier.store(b"one", an_answer(LARGE))
    other.store(b"two", an_answer())
    assert said(other.lookup(b"one")) == ((STDOUT, LARGE),)
    assert said(tier.lookup(b"two")) == ((STDOUT, b"said"),)
    other.remove([other.lookup(b"one").id])
    assert tier.lookup(b"one") is None
    assert [summary.key for summary in tier.entries()] == [b"two"]
    assert tier.clear() == 1
    assert other.lookup(b"two") is None


def test_tallies_add_up_over_tiers(tier, open_tier):
    other = open_tier()
    tier.note_miss("demo")
    tier.store(b"key", an_answer(cost_seconds=2.0))
    for one in (tier, other):
        one.note_hit(one.lookup(b"key"), an_answer(cost_seconds=2.0))
        assert one.flush(5.0)
    (tally,) = tier.tallies()
    assert (tally.command, tally.hits, tally.misses, tally.seconds_saved) == ("demo", 2, 1, 4.0)
    assert tier.lookup(b"key").hits == 2
    tier.clear()
    assert tier.tallies() == [tally]


def test_what_is_stored_later_is_there_after_a_flush_and_in_the_order_it_came(tier, open_tier):
    for number in range(50):
        assert tier.store_later(b"key", an_answer(str(number).encode())) is None
    assert tier.flush(5.0)
    assert said(open_tier().lookup(b"key")) == ((STDOUT, b"49"),)


def test_closing_writes_what_is_queued(open_tier):
    tier = open_tier()
    for number in range(20):
        tier.store_later(key_of(number), an_answer())
    assert tier.close(5.0)
    assert tier.statistics().entries == 20
    tier.store_later(b"late", an_answer())
    assert tier.statistics().dropped == 1


def holding(tier):
    """Another connection that holds the database."""
    tier.store(b"first", an_answer())
    other = sqlite3.connect(tier.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return closing(other)


def test_a_full_queue_drops_and_counts_what_comes_more(tier, monkeypatch):
    monkeypatch.setattr(module, "_QUEUED", 10)
    with holding(tier):
        for number in range(25):
            tier.store_later(key_of(number), an_answer())
        assert not tier.flush(0.0)
        assert (tier.statistics().queued, tier.statistics().dropped) == (10, 15)
    assert tier.flush(5.0)
    assert tier.statistics().entries == 11
    assert tier.lookup(key_of(9)) is not None
    assert tier.lookup(key_of(10)) is None


def test_closing_gives_up_on_a_database_that_stays_busy(tier):
    with holding(tier):
        tier.store_later(b"key", an_answer())
        assert tier.close(5.0)


def test_a_busy_database_is_told_and_still_read(tier):
    with holding(tier):
        assert tier.store(b"key", an_answer()) == "another process holds the result cache"
        assert said(tier.lookup(b"first")) == ((STDOUT, b"said"),)  # the log lets readers go on


def test_clearing_wins_over_a_batch_that_is_on_its_way(tier, monkeypatch):
    """The thread has taken its batch and waits for the database when everything is cleared."""
    taken, go_on = threading.Event(), threading.Event()
    write = tier.database.write

    def write_late(work, **patience):
        if threading.current_thread().name == "azos-cache":
            taken.set()
            go_on.wait(5.0)
        return write(work, **patience)

    monkeypatch.setattr(tier.database, "write", write_late)
    tier.store_later(b"before", an_answer())
    assert taken.wait(5.0)
    tier.clear()
    tier.store_later(b"after", an_answer())
    go_on.set()
    assert tier.flush(5.0)
    assert [summary.key for summary in tier.entries()] == [b"after"]


def test_clearing_forgets_pinned_entries_and_blobs(tier):
    tier.store(b"key", an_answer(LARGE))
    tier.pin([tier.lookup(b"key").id], True)
    assert tier.clear() == 1
    assert tier.lookup(b"key") is None
    assert list(tier.blobs.names()) == []


def test_without_a_place_everything_is_a_miss_and_nothing_raises(open_tier, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    tier = open_tier()
    reason = tier.store(b"key", an_answer())
    assert reason is not None
    assert "result cache" in reason
    assert tier.lookup(b"key") is None
    tier.note_miss("demo")
    tier.store_later(b"key", an_answer())
    assert tier.flush(5.0)
    assert tier.statistics().dropped == 2
    assert (tier.entries(), tier.tallies()) == ([], [])
    with pytest.raises(AzosError):
        tier.clear()
    with pytest.raises(AzosError):
        Leases(tier.database, tier.clock).take(b"key")


def test_removing_twice_counts_once(tier):
    tier.store(b"key", an_answer())
    number = tier.lookup(b"key").id
    assert tier.remove([number, number, 12345]) == 1
    assert tier.pin([number], True) == 0


# -- clocks --------------------------------------------------------------------------------------------------


def test_jumps_of_the_wall_clock_change_no_age_of_what_is_on_disk(tier):
    chance = random.Random(20)
    clock = tier.clock
    tier.store(b"key", an_answer(clock=clock, ttl_seconds=1000.0))
    passed = 0.0
    for _ in range(1000):
        clock.jump_wall(
            chance.choice([3600.0, -3600.0, 3.2e8, -3.2e8, float(chance.randrange(-(10**7), 10**7))])
        )
        seconds = chance.randrange(3)
        clock.advance(seconds)
        passed += seconds
        result = tier.lookup(b"key").result
        now = Moment.now(clock)
        assert result.age_seconds(now) == passed
        assert (result.reason(now) is None) == (passed < 1000.0)


def test_after_a_restart_with_the_clock_set_back_an_answer_is_not_given(tier):
    before = Moment("the boot before", 5.0, tier.clock.wall() + 60.0)
    tier.store(b"key", an_answer(stored=before, ttl_seconds=1e9))
    result = tier.lookup(b"key").result
    assert result.age_seconds(Moment.now(tier.clock)) == inf
    assert "clock was set back" in result.reason(Moment.now(tier.clock))


def test_a_blob_is_named_by_what_is_in_it(tier):
    tier.store(b"key", an_answer(LARGE))
    (name,) = tier.blobs.names()
    with open(tier.blobs.path(name), "rb") as file:
        assert blob_name(file.read()) == name
