"""Looking at a database as a dependency must not cost this process the locks that it holds on it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from fakes.database import make_database

from azos_shell.cache.dependencies import DatabaseFiles, FileContent
from azos_shell.cache.stamp import FileStamp, _open

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("begin immediate")
    print("free")
except sqlite3.OperationalError:
    print("locked")
"""


def seen_by_another_process(path: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_looking_at_a_database_keeps_the_locks_of_this_process(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "data.db"
    make_database(path, mode)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        connection.execute("insert into t values (5000, 'new')")
        for _ in range(2):
            files = DatabaseFiles.of(str(path))
            content = FileContent(FileStamp.take(str(path)))
            assert files.compare()[0] is None
            assert content.compare()[0] is None
        assert seen_by_another_process(path) == "locked"
        connection.execute("rollback")
    assert seen_by_another_process(path) == "free"


def test_one_descriptor_a_database_stays_open_and_none_of_a_deleted_one(tmp_path: Path) -> None:
    def open_descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    first, second = tmp_path / "first.db", tmp_path / "second.db"
    make_database(first)
    make_database(second)
    FileStamp.take(str(first))
    before = open_descriptors()
    for _ in range(10):
        FileStamp.take(str(first))
    assert open_descriptors() == before
    first.unlink()
    FileStamp.take(str(second))
    assert open_descriptors() <= before
    assert all(os.fstat(descriptor).st_nlink for descriptor in _open.values())


def test_a_replaced_database_is_read_and_not_the_one_that_was_kept_open(tmp_path: Path) -> None:
    path, other = tmp_path / "data.db", tmp_path / "other.db"
    make_database(path, rows=10)
    make_database(other, rows=11)
    stamp = FileStamp.take(str(path))
    assert path.stat().st_size == other.stat().st_size
    os.replace(other, path)
    assert stamp.compare()[0] == f"{path} has changed"
