"""Row 6: many one-shots at once share one state database: all succeed, each record is there once."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from harness.processes import shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


def write_at_once(azos: Azos, processes: int, records: int, mark: str) -> None:
    """Start them all, then wait for them all."""
    scripts = [
        "\n".join(f"history -s {mark}-{number}-{record} || exit 9" for record in range(records))
        for number in range(processes)
    ]
    running = [
        subprocess.Popen(
            [*shell_under_test(), "run", script], cwd=azos.cwd, env=azos.environment, stderr=subprocess.PIPE
        )
        for script in scripts
    ]
    ends = [(process.communicate()[1], process.returncode) for process in running]
    assert ends == [(b"", 0)] * processes


def kept_once(azos: Azos, marks: list[str], processes: int, records: int) -> None:
    """Each record is in the history, and none twice."""
    counts = Counter(line.split()[-1] for line in azos.run("history").text.splitlines())
    wanted = {
        f"{mark}-{number}-{record}"
        for mark in marks
        for number in range(processes)
        for record in range(records)
    }
    assert {word: counts[word] for word in wanted} == dict.fromkeys(wanted, 1)


def test_sixteen_processes_write_a_fresh_and_then_an_existing_database(azos: Azos) -> None:
    write_at_once(azos, 16, 8, "fresh")
    write_at_once(azos, 16, 8, "again")
    kept_once(azos, ["fresh", "again"], 16, 8)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_64_processes_write_20_records_each(azos: Azos) -> None:
    write_at_once(azos, 64, 20, "fresh")
    write_at_once(azos, 64, 20, "again")
    kept_once(azos, ["fresh", "again"], 64, 20)
