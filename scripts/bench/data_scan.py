"""Whole tables through a pipe: azos beside sqlite3's own shell, sqlite-utils and duckdb's shell, each as a program.

All read the same rows; duckdb's from a file of its own, since a shell of it has no reader of SQLite's. What each writes
goes to ``wc -l``, whose count is checked: a wrong run must not look like a fast one.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from document import markdown_table
from shells import PATH

REFERENCE = "sqlite3"
QUERY = "SELECT * FROM orders"
FORMATS = ("TSV", "JSON Lines")
ENDLESS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"
ONE = "SELECT 1 AS n"
MANY_ROWS = 10_000_000
# A process counts as its own what the one that started it held: so a small one starts azos, and tells of it.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""
MANY = (
    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {}) "
    "SELECT n, 'row ' || n AS name, n / 7.0 AS price FROM c"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that writes the rows of a query; ``words`` gives its arguments for a format."""

    name: str
    words: Callable[[str], list[str]]


def made_database(path: str, rows: int, seed: int = 5) -> None:
    """A table of orders: whole numbers, floats of two decimals and of all, text, some of it missing."""
    chance = random.Random(seed)
    names = [f"customer {number:04d} of the shop" for number in range(1000)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, price REAL, weight REAL, note TEXT)"
        )
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
            (
                (
                    number,
                    names[chance.randrange(1000)],
                    chance.randrange(1_000_000) / 100,
                    chance.random() * 50,
                    None if number % 5 == 0 else f"to be sent, {number % 11} pieces",
                )
                for number in range(rows)
            ),
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")


def installed_programs(database: str) -> list[Program]:
    """azos and, of its peers, those that are here."""
    azos = str(Path(sys.executable).with_name("azos"))
    option = {"TSV": "--tsv", "JSON Lines": "--jsonl"}
    programs = [
        Program("azos", lambda name: [azos, "run", f"sql {database} '{QUERY}' {option[name]}"]),
    ]
    if shell := shutil.which("sqlite3", path=PATH):
        mode = {"TSV": "-tabs", "JSON Lines": "-json"}
        programs.append(Program("sqlite3", lambda name: [shell, mode[name], database, QUERY]))
    if utils := _beside_python("sqlite-utils"):
        choice = {"TSV": "--tsv", "JSON Lines": "--nl"}
        programs.append(Program("sqlite-utils", lambda name: [utils, "query", database, QUERY, choice[name]]))
    if (duckdb := _beside_python("duckdb")) and (copy := _copied_for_duckdb(duckdb, database)):
        how = {"TSV": ["-noheader", "-list", "-separator", "\t"], "JSON Lines": ["-jsonlines"]}
        programs.append(Program("duckdb", lambda name: [duckdb, *how[name], copy, QUERY]))
    return programs


def scan_table(database: str, rows: int, rounds: int, seed: int = 1) -> str:
    """The table of how long each program takes for all rows, in each format."""
    order = random.Random(seed)
    programs = installed_programs(database)
    samples: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for name in FORMATS:
            for program in order.sample(programs, len(programs)):
                seconds = scan_seconds(program.words(name), rows)
                samples.setdefault((name, program.name), []).append(seconds)
        print(f"scan: round {number + 1} of {rounds}", file=sys.stderr)
    names = [program.name for program in programs]
    lines = [["ms for all rows", *names]]
    lines += [[name, *(_cell(samples, name, program) for program in names)] for name in FORMATS]
    missing = [name for name in ("sqlite3", "sqlite-utils", "duckdb") if name not in names]
    left_out = f"\nNot installed here, and left out: {', '.join(missing)}.\n" if missing else ""
    return markdown_table(lines) + left_out


def scan_seconds(argv: list[str], rows: int) -> float:
    """From start until the count of lines is there. Raises where it is not that of the rows."""
    started = time.perf_counter()
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=_environment()
    ) as program:
        counted = subprocess.run(["wc", "-l"], stdin=program.stdout, capture_output=True, check=True)
    seconds = time.perf_counter() - started
    if program.returncode or int(counted.stdout) not in (rows, rows + 1):  # with a header, where there is one
        raise RuntimeError(f"{argv}: status {program.returncode}, {counted.stdout!r} lines instead of {rows}")
    return seconds


def first_row_text(rounds: int) -> str:
    """How long the first row of an endless query is held back, beyond what a query of one row takes from the start."""
    azos = str(Path(sys.executable).with_name("azos"))
    held = []
    for _ in range(rounds):
        endless, one = (first_byte_seconds([azos, "run", f"sql '{query}' --tsv"]) for query in (ENDLESS, ONE))
        held.append(endless - one)
    return (
        f"The first row of a query without end is there {statistics.median(held) * 1000:.1f} ms after that of a query "
        "of one row (goal: within 50 ms)."
    )


def first_byte_seconds(argv: list[str]) -> float:
    """From start until something has been written; then the program is left without a reader."""
    started = time.perf_counter()
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=_environment()
    ) as program:
        assert program.stdout is not None
        os.read(program.stdout.fileno(), 1)
        seconds = time.perf_counter() - started
        program.stdout.close()
    return seconds


def memory_text(rows: int = MANY_ROWS) -> str:
    """The peak of azos's memory while so many rows go into ``wc -l`` and into ``head -1``."""
    peaks = []
    for reader, answer in ((["wc", "-l"], str(rows + 1)), (["head", "-1"], "n\tname\tprice")):
        seen, peak_bytes = peak_of(f'sql "{MANY.format(rows)}" --tsv', reader)
        if seen.strip() != answer:
            raise RuntimeError(f"{reader}: {seen!r} instead of {answer!r}")
        peaks.append(f"{peak_bytes / (1 << 20):.0f} MiB into `{' '.join(reader)}`")
    return f"Peak memory of azos for {rows:,} rows: {' and '.join(peaks)} (goal: under 200 MB)."


def peak_of(command: str, reader: list[str]) -> tuple[str, int]:
    """What the reader of azos's output says, and azos's peak memory in bytes."""
    azos = str(Path(sys.executable).with_name("azos"))
    argv = [sys.executable, "-S", "-c", _PEAK, azos, "run", command]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
    ) as program:
        seen = subprocess.run(reader, stdin=program.stdout, capture_output=True, check=True, text=True).stdout
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        return seen, int(program.stderr.read()) * 1024


def _cell(samples: dict[tuple[str, str], list[float]], name: str, program: str) -> str:
    own = samples[name, program]
    text = f"{statistics.median(own) * 1000:.0f}"
    peers = samples.get((name, REFERENCE))
    if peers is None or program == REFERENCE:
        return text
    return f"{text} ({statistics.median(a / b for a, b in zip(own, peers, strict=True)):.2f}×)"


def _copied_for_duckdb(duckdb: str, database: str) -> str | None:
    copy = f"{database}.duckdb"
    shell = shutil.which("sqlite3", path=PATH)
    if shell is None:
        return None
    with open(f"{database}.csv", "wb") as text:
        subprocess.run([shell, "-csv", "-header", database, QUERY], stdout=text, check=True)
    made = f"CREATE TABLE orders AS SELECT * FROM read_csv('{database}.csv', header = true)"
    subprocess.run([duckdb, copy, made], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return copy


def _beside_python(name: str) -> str | None:
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name, path=PATH)


def _environment() -> dict[str, str]:
    return {"PATH": PATH, "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", "AZOS_NO_CACHE": "1"}
