"""Row 1: kill -9 while writing history loses nothing that was acknowledged, and nothing needs repair."""

from __future__ import annotations

import random
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

WRITER = Path(__file__).with_name("history_writer.py")
KILLS = 200
SEED = 1


def acknowledged_until_killed(database: Path, prefix: str, seconds: float) -> list[str]:
    """Let a writer write for ``seconds`` past its first acknowledgement, kill it, and tell what it acknowledged."""
    writer = subprocess.Popen([sys.executable, str(WRITER), str(database), prefix], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    first = writer.stdout.readline()
    select.select([], [], [], seconds)
    writer.kill()
    rest = writer.stdout.read()
    writer.stdout.close()
    writer.wait()
    return [line for line in (first + rest).decode().split("\n")[:-1] if line]


def kill_writers(database: Path, kills: int) -> None:
    """Kill that many writers of one database, each at a moment of its own, and look after each."""
    moments = random.Random(SEED)
    acknowledged: set[str] = set()
    for index in range(kills):
        new = acknowledged_until_killed(database, f"writer{index}", moments.uniform(0.0, 0.05))
        assert new, f"writer {index} acknowledged nothing"
        acknowledged.update(new)
        connection = sqlite3.connect(database)
        kept = {line for (line,) in connection.execute("select cast(line as text) from history")}
        checked = connection.execute("pragma integrity_check").fetchall()
        connection.close()
        assert checked == [("ok",)]
        assert not acknowledged - kept, f"seed {SEED}, kill {index}"


def test_no_acknowledged_line_is_lost_by_kill_9(tmp_path: Path) -> None:
    kill_writers(tmp_path / "state.db", KILLS // 10)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_acknowledged_line_is_lost_by_200_kills(tmp_path: Path) -> None:
    kill_writers(tmp_path / "state.db", KILLS)
