"""Row 6, the result cache: many processes at once on a fresh database: each answer is there, once, and right."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from faults.cache_writer import close_tier, is_right, key_of, open_tier

WRITER = Path(__file__).with_name("cache_writer.py")


def store_at_once(directory: Path, processes: int, answers: int, *, shared: int = 0) -> None:
    """All write their own answers, and ``shared`` of them the same ones, too."""
    prefixes = [f"writer{number}" for number in range(processes)] + ["shared"] * shared
    running = [
        subprocess.Popen(
            [sys.executable, str(WRITER), str(directory), prefix, "0", str(answers)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for prefix in prefixes
    ]
    ends = [(*process.communicate(), process.returncode) for process in running]
    wanted = [f"{prefix}-{number}" for prefix in prefixes for number in range(answers)]
    assert {(errors, status) for _, errors, status in ends} == {(b"", 0)}
    assert [line for said, _, _ in ends for line in said.decode().splitlines()] == wanted
    tier = open_tier(str(directory))
    counts = Counter(summary.label for summary in tier.entries())
    assert counts == dict.fromkeys(wanted, 1)
    for name in set(wanted):
        kept = tier.lookup(key_of(name))
        assert kept is not None, name
        assert is_right(kept.result, name), name
    verified = tier.verify(mend=False)
    assert (verified.bad, verified.orphans) == ((), 0)
    close_tier(tier)


def test_sixteen_processes_store_in_a_fresh_database(tmp_path: Path) -> None:
    store_at_once(tmp_path / "cache", 12, 20, shared=4)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_64_processes_store_20_answers_each_in_a_fresh_database(tmp_path: Path) -> None:
    store_at_once(tmp_path / "cache", 60, 20, shared=4)
