"""Row 1, the result cache: kill -9 while storing loses nothing that was acknowledged, and nothing needs repair."""

from __future__ import annotations

import random
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from faults.cache_writer import close_tier, is_right, key_of, open_tier

WRITER = Path(__file__).with_name("cache_writer.py")
KILLS = 200
STORED_IN_TENTH = 500
SEED = 1


def acknowledged_until_killed(
    directory: Path, prefix: str, seed: int, wanted: int, seconds: float
) -> list[str]:
    """Let a writer store so many answers and go on for ``seconds``, kill it, and tell what it acknowledged."""
    argv = [sys.executable, str(WRITER), str(directory), prefix, str(seed), "-1"]
    writer = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    first = b"".join(writer.stdout.readline() for _ in range(wanted))
    select.select([], [], [], seconds)
    writer.kill()
    rest = writer.stdout.read()
    writer.stdout.close()
    writer.wait()
    return (first + rest).decode().split("\n")[:-1]


def kill_writers(directory: Path, kills: int) -> int:
    """Kill that many writers of one cache, each at its own moment, and look after each; returns the count stored."""
    chance = random.Random(SEED)
    acknowledged: set[str] = set()
    stored = 0
    for index in range(kills):
        place = f"seed {SEED}, kill {index}"
        wanted = chance.randrange(1, 2 * STORED_IN_TENTH * 10 // KILLS + 1)
        new = acknowledged_until_killed(
            directory, f"writer{index}", index, wanted + 10, chance.uniform(0.0, 0.02)
        )
        assert not [line for line in new if line.startswith("!")], place
        stored += len(new)
        acknowledged.update(new)
        tier = open_tier(str(directory))
        found = tier.verify(mend=False)
        assert found.bad == (), place
        assert found.checked >= len(acknowledged), place
        for name in new if index % 10 else acknowledged:
            kept = tier.lookup(key_of(name))
            assert kept is not None, f"{place}: {name} is lost"
            assert is_right(kept.result, name), f"{place}: {name} is wrong"
        tier.verify()
        assert tier.verify(mend=False).orphans == 0, place
        if index % 10 == 9:
            tier.clear()
            acknowledged.clear()
        close_tier(tier)
        connection = sqlite3.connect(directory / "cache.db")
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)], place
        connection.close()
    return stored


def test_no_acknowledged_answer_is_lost_by_kill_9(tmp_path: Path) -> None:
    assert kill_writers(tmp_path, KILLS // 10) >= STORED_IN_TENTH


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_acknowledged_answer_is_lost_by_200_kills(tmp_path: Path) -> None:
    assert kill_writers(tmp_path, KILLS) >= STORED_IN_TENTH * 10
