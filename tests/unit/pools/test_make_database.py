"""The script that makes a database of real text."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "make_database.py"


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "sources" / "inner").mkdir(parents=True)
    (tmp_path / "sources" / "b.py").write_text("import os\n\nprint(os.name)\n")
    (tmp_path / "sources" / "inner" / "a.py").write_bytes(b"x1 = '\xff'\n")
    return tmp_path / "sources"


def run(*words):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)], capture_output=True, text=True, check=False
    )


def test_lines_come_first_and_words_fill_up(sources, tmp_path):
    done = run(tmp_path / "out.db", "--source", sources, "--rows", "6")
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "out.db")) as connection:
        assert connection.execute("SELECT * FROM lines").fetchall() == [
            ("b.py", 1, "import os"),
            ("b.py", 2, ""),
            ("b.py", 3, "print(os.name)"),
            ("inner/a.py", 1, "x1 = '\ufffd'"),
        ]
        assert connection.execute("SELECT * FROM words").fetchall() == [
            ("import", "b.py", 1),
            ("os", "b.py", 1),
        ]
    first = (tmp_path / "out.db").read_bytes()
    run(tmp_path / "out.db", "--source", sources, "--rows", "6")
    assert (tmp_path / "out.db").read_bytes() == first


def test_too_few_sources_and_no_place_are_told(sources, tmp_path):
    done = run(tmp_path / "out.db", "--source", sources, "--rows", "1000")
    assert done.returncode == 1
    assert "the sources have only" in done.stderr
    done = run(tmp_path / "missing" / "out.db", "--source", sources)
    assert done.returncode == 1
    assert "unable to open" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.db", "sources"]
