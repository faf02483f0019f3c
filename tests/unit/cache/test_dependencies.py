"""Dependencies: each kind holds while nothing changed, says in words what did, and survives being written down."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fakes.database import make_database

from azos_shell.cache import dependencies as module
from azos_shell.cache.dependencies import (
    Absence,
    DatabaseFiles,
    Dependency,
    FileContent,
    FileMetadata,
    LinkTarget,
    Listing,
    Matches,
    PseudoFile,
    Refusal,
    from_row,
)
from azos_shell.cache.stamp import FileStamp

LONG_AGO = (1_600_000_000.0, 1_600_000_000.0)


def content(path: Path) -> FileContent:
    return FileContent(FileStamp.take(str(path)))


def said(dependency: Dependency) -> str | None:
    """What it says itself, which what was written down must say, too."""
    row = json.loads(json.dumps(dependency.row()))
    back = from_row(row)
    assert back == dependency
    assert back.row() == dependency.row()
    reason = dependency.compare()[0]
    assert back.compare()[0] == reason
    return reason


# -- files ---------------------------------------------------------------------------------------------------


def test_a_content_holds_when_touched_and_fails_when_changed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    dependency = content(file)
    assert said(dependency) is None
    os.utime(file, LONG_AGO)
    assert said(dependency) is None
    reason, current = dependency.compare()
    assert reason is None
    assert current != dependency  # it knows the new times
    file.write_text("two")
    assert said(dependency) == f"{file} has changed"
    file.unlink()
    assert said(dependency) == f"{file} is gone"


def test_a_content_of_no_file_fails_when_one_appears(tmp_path: Path) -> None:
    dependency = content(tmp_path / "none")
    assert said(dependency) is None
    (tmp_path / "none").write_text("")
    assert said(dependency) == f"{tmp_path}/none has appeared"


def test_metadata_notices_a_touch(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    dependency = FileMetadata.of(str(file))
    assert said(dependency) is None
    os.utime(file, LONG_AGO)
    assert said(dependency) == f"{file} has another time of access, and the program looked at that"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda file: file.chmod(0o600), "mode"),
        (lambda file: file.write_text("three"), "size"),
        (lambda file: os.link(file, f"{file}.2"), "number of links"),
        (lambda file: os.replace(f"{file}.new", file), "inode"),
    ],
)
def test_metadata_says_what_is_another(tmp_path: Path, change, what: str) -> None:
    file = tmp_path / "file"
    for path in (file, Path(f"{file}.new")):
        path.write_text("one")
        path.chmod(0o644)
    dependency = FileMetadata.of(str(file))
    change(file)
    assert said(dependency) == f"{file} has another {what}, and the program looked at that"


def test_metadata_of_a_link_is_its_own_or_that_of_its_target(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("one")
    link.symlink_to(file)
    os.utime(link, (4e9, 1e9), follow_symlinks=False)  # so that following it does not set its time of access
    followed, itself = FileMetadata.of(str(link)), FileMetadata.of(str(link), follow=False)
    file.write_text("three")
    assert said(followed) is not None
    assert said(itself) is None
    link.unlink()
    assert said(itself) == f"{link} is gone (No such file or directory)"


def test_an_absence_ends_when_something_appears(tmp_path: Path) -> None:
    path = tmp_path / "none"
    dependency = Absence(str(path))
    assert said(dependency) is None
    path.symlink_to(tmp_path / "nowhere")
    assert said(dependency) is None  # a dangling link is nothing, too
    path.unlink()
    path.mkdir()
    assert said(dependency) == f"{path} has appeared"


def test_a_refusal_holds_while_the_reason_is_the_same(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    dependency = Refusal.of(str(loop))
    assert dependency is not None
    assert said(dependency) is None
    loop.unlink()
    wanted = f"{loop} can be looked at now, or not for another reason"
    assert said(dependency) == wanted
    loop.write_text("")
    assert said(dependency) == wanted
    assert Refusal.of(str(loop)) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
def test_a_missing_permission_is_a_refusal(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    file.chmod(0)
    dependency = Refusal.of(str(file))
    assert dependency is not None
    assert said(dependency) is None
    file.chmod(0o600)
    assert said(dependency) is not None


def test_a_listing_is_of_names_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    dependency = Listing.of(str(tmp_path))
    (tmp_path / "a").write_text("another")
    (tmp_path / "__pycache__").mkdir()
    assert said(dependency) is None
    (tmp_path / "b").write_text("")
    assert said(dependency) == f"other files are in {tmp_path}"
    (tmp_path / "b").unlink()
    assert said(dependency) is None
    (tmp_path / "a").rename(tmp_path / "c")
    assert said(dependency) == f"other files are in {tmp_path}"


def test_a_listing_of_what_is_gone_fails(tmp_path: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir()
    dependency = Listing.of(str(directory))
    directory.rmdir()
    assert said(dependency) == f"{directory} can't be listed: No such file or directory"


def test_names_that_are_no_utf_8_survive(tmp_path: Path) -> None:
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    strange = f"{tmp_path}/\udcff"
    for dependency in (Absence(f"{strange}/x"), Listing.of(strange), FileMetadata.of(strange)):
        assert said(dependency) is None
    assert said(Listing.of(str(tmp_path))) is None


def test_a_link_target_is_what_the_link_says(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("one")
    dependency = LinkTarget.of(str(link))
    (tmp_path / "one").write_text("what it points to does not matter")
    assert said(dependency) is None
    link.unlink()
    link.symlink_to("two")
    assert said(dependency) == f"{link} does not point to one any more"
    link.unlink()
    link.write_text("no link")
    assert said(dependency) == f"{link} does not point to one any more"


def test_a_pseudo_file_is_read_again(tmp_path: Path) -> None:
    assert said(PseudoFile.of("/proc/sys/kernel/random/boot_id")) is None
    assert said(PseudoFile.of("/proc/sys/kernel/random/uuid")) == (
        "/proc/sys/kernel/random/uuid says something else"
    )
    file = tmp_path / "file"
    file.write_text("x")
    dependency = PseudoFile.of(str(file))
    file.unlink()
    assert said(dependency) == f"{file} says something else"


def test_matches_are_of_names_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one.txt").write_text("")
    flat, deep = Matches.of(f"{tmp_path}/a/*.txt"), Matches.of(f"{tmp_path}/**/*.txt")
    (tmp_path / "a" / "other.md").write_text("")
    (tmp_path / "a" / ".hidden.txt").write_text("")
    assert (said(flat), said(deep)) == (None, None)
    (tmp_path / "a" / "b" / "two.txt").write_text("")
    assert (said(flat), said(deep)) == (None, f"{tmp_path}/**/*.txt matches other files")
    (tmp_path / "a" / "one.txt").unlink()
    assert said(flat) == f"{tmp_path}/a/*.txt matches other files"


@pytest.mark.parametrize("row", [["unknown", 1], ["file2"]])
def test_a_kind_of_a_newer_azos_is_an_error(row) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        from_row(row)


# -- databases -----------------------------------------------------------------------------------------------

COMMIT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
"""


@pytest.fixture(params=["delete", "truncate", "persist", "wal"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "data.db"
    make_database(path, request.param)
    return path


def test_a_database_holds_while_it_is_only_read(database: Path, in_another_process) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT count(*) FROM t").fetchall()
        dependency = DatabaseFiles.of(str(database))
        connection.execute("SELECT sum(n) FROM t").fetchall()
        in_another_process(COMMIT, database, "SELECT sum(n) FROM t")
        assert said(dependency) is None


@pytest.mark.parametrize("statement", ["UPDATE t SET word = 'other' WHERE n = 3", "DELETE FROM t", "VACUUM"])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_commit_by_another_process_is_noticed(
    database: Path, in_another_process, statement: str, is_open: bool
) -> None:
    connection = sqlite3.connect(database) if is_open else None
    if connection is not None:
        connection.execute("SELECT count(*) FROM t").fetchall()
    dependency = DatabaseFiles.of(str(database))
    in_another_process(COMMIT, database, statement)
    reason = said(dependency)
    assert reason is not None
    assert str(database) in reason
    if connection is not None:
        connection.close()


def test_every_one_of_many_commits_is_noticed(database: Path) -> None:
    """Commits follow within one tick of the file system's clock, and are of equal size."""
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as writer,
        closing(sqlite3.connect(database)) as reader,
    ):
        reader.execute("SELECT count(*) FROM t").fetchall()
        for number in range(100):
            dependency = DatabaseFiles.of(str(database))
            assert dependency.compare()[0] is None
            writer.execute("UPDATE t SET word = ? WHERE n = 1", (f"word {number % 10}",))
            assert dependency.compare()[0] is not None, number


def test_a_checkpoint_is_noticed_or_changes_nothing(tmp_path: Path, in_another_process) -> None:
    path = tmp_path / "data.db"
    make_database(path, "wal")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE t SET word = 'other' WHERE n = 3")
        for mode in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
            dependency = DatabaseFiles.of(str(path))
            before = connection.execute("SELECT * FROM t").fetchall()
            in_another_process(COMMIT, path, f"PRAGMA wal_checkpoint({mode})")
            assert connection.execute("SELECT * FROM t").fetchall() == before
            said(dependency)
            # What counts: a commit after the checkpoint, which writes the log from its beginning, is noticed.
            dependency = DatabaseFiles.of(str(path))
            in_another_process(COMMIT, path, f"UPDATE t SET word = '{mode}' WHERE n = 3")
            assert said(dependency) is not None


def test_a_database_that_was_replaced_is_noticed(database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    make_database(other)
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("UPDATE t SET word = 'w0rd 3' WHERE n = 3")
    os.utime(other, LONG_AGO)
    os.utime(database, LONG_AGO)
    dependency = DatabaseFiles.of(str(database))
    os.replace(other, database)
    assert said(dependency) is not None
    database.unlink()
    assert said(dependency) == f"{database} is gone"


def test_a_database_that_appears_is_noticed(tmp_path: Path) -> None:
    dependency = DatabaseFiles.of(str(tmp_path / "data.db"))
    assert said(dependency) is None
    make_database(tmp_path / "data.db")
    assert said(dependency) is not None


def test_a_log_that_is_recovered_after_a_killed_writer_is_noticed(tmp_path: Path) -> None:
    """A killed writer leaves its log; what a reader sees then is what the log held, and a change of it is noticed."""
    path = tmp_path / "data.db"
    make_database(path, "wal")
    program = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("UPDATE t SET word = 'before'")
print("ready", flush=True)
sys.stdin.readline()
connection.execute("UPDATE t SET word = 'killed'")
os.kill(os.getpid(), 9)
"""
    argv = [sys.executable, "-c", program, str(path)]
    writer = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()
    dependency = DatabaseFiles.of(str(path))
    assert said(dependency) is None
    writer.communicate("\n")
    assert writer.returncode == -signal.SIGKILL
    assert said(dependency) is not None
    # What was committed but is missing in the index: the same files with another header.
    late = DatabaseFiles.of(str(path))
    with open(f"{path}-shm", "r+b") as index:
        index.seek(16)
        index.write(b"\xff\xff\xff\xff")
    assert said(late) == f"{path} has changed (its write-ahead log was recovered)"


def test_only_the_beginning_of_a_pseudo_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PSEUDO_BYTES", 10)
    file = tmp_path / "file"
    file.write_text("x" * 10 + "a")
    dependency = PseudoFile.of(str(file))
    file.write_text("x" * 10 + "b")
    assert said(dependency) is None
