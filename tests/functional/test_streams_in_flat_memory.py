"""However long a stream of records is, and however large its rows, azos holds a few batches of it and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest
from harness.processes import Azos, shell_under_test

pytestmark = pytest.mark.azos_only

ROWS = "with recursive c (n) as (select 1 union all select n + 1 from c limit {}) select {} from c"
MIB = 1 << 20


# A process counts as its own what the one that started it held: so a small one starts azos, and tells of it.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def ran(azos: Azos, command: str, reader: list[str]) -> tuple[str, int]:
    """What the reader of a one-shot says, and the peak memory of azos in bytes."""
    argv = [sys.executable, "-S", "-c", MEASURE, *shell_under_test(), "run", command]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=azos.cwd, env=azos.environment
    ) as source:
        assert source.stdout is not None
        said = subprocess.run(reader, stdin=source.stdout, capture_output=True, check=True, text=True).stdout
        source.stdout.close()
        assert source.stderr is not None
        return said, int(source.stderr.read()) * 1024


@pytest.mark.parametrize("form", ["--tsv", "--jsonl", "--csv", "--json"])
def test_many_rows_take_no_more_than_few(azos: Azos, form: str) -> None:
    columns = "n, 'row ' || n as name, n / 7.0 as price"
    _, few = ran(azos, f'sql "{ROWS.format(5_000, columns)}" {form}', ["wc", "-l"])
    said, many = ran(azos, f'sql "{ROWS.format(300_000, columns)}" {form}', ["wc", "-l"])
    assert 300_000 <= int(said) <= 300_002
    assert many < few + 16 * MIB


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("reader", [["wc", "-l"], ["head", "-n", "1"]])
def test_ten_million_rows_take_less_than_200_mb(azos: Azos, reader: list[str]) -> None:
    columns = "n, 'row ' || n as name, n / 7.0 as price"
    said, peak = ran(azos, f'sql "{ROWS.format(10_000_000, columns)}" --tsv', reader)
    assert said.strip() in ("10000001", "n\tname\tprice")
    assert peak < 200_000_000


@pytest.mark.parametrize("form", ["--tsv", "--jsonl"])
def test_large_rows_are_not_held_by_the_hundred(azos: Azos, form: str) -> None:
    _, small = ran(azos, f'sql "{ROWS.format(100, "n")}" {form}', ["wc", "-c"])
    said, large = ran(
        azos, f'sql "{ROWS.format(100, "hex(zeroblob(1048576)) as text")}" {form}', ["wc", "-c"]
    )
    assert int(said) > 200 * MIB
    assert large < small + 64 * MIB


def test_a_reader_that_takes_its_time_holds_the_query_up(azos: Azos) -> None:
    """One line at a time is read, and the source is not further ahead than pipe and batches hold."""
    slow = f"{sys.executable} -c 'import sys; [sys.stdin.buffer.raw.read(1000) for _ in range(50)]; print(1)'"
    said, peak = ran(
        azos, f'sql "{ROWS.format(10**9, "n, hex(zeroblob(500)) as text")}" --tsv', ["sh", "-c", slow]
    )
    assert said == "1\n"
    _, small = ran(azos, f'sql "{ROWS.format(100, "n")}" --tsv', ["wc", "-c"])
    assert peak < small + 16 * MIB
