"""What watching a program costs: ``memo --trace`` beside plain strace and beside nothing, and what a hit takes.

Written into docs/performance.md. Two programs: one that computes, one that reads thousands of files.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from document import write_between
from shells import PATH

BEGIN, END = "<!-- tracing bench: begin -->", "<!-- tracing bench: end -->"
ROUNDS = 7
FILES = 3000
AZOS = str(Path(sys.executable).parent / "azos")
COMPUTE = "awk 'BEGIN { for (i = 0; i < 12000000; i++) s += i % 7; print s }'"
READ = f"sh -c 'cat files/* | wc -c; ls files | wc -l' # {FILES} files"


def run_seconds(argv: list[str], home: str, directory: str) -> float:
    """Wall time of one run. Raises where it fails."""
    started = time.perf_counter()
    subprocess.run(
        argv,
        check=True,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={"PATH": PATH, "HOME": home, "LC_ALL": "C.UTF-8"},
    )
    return time.perf_counter() - started


def ways(command: str) -> dict[str, list[str]]:
    """The ways of running the command, by name."""
    traced = ["strace", "-f", "--seccomp-bpf", "-q", "-o", "/dev/null", "-e", "trace=%file", "--"]
    plain = command.partition(" #")[0]
    return {
        "by itself": [AZOS, "run", command],
        "under plain strace": [AZOS, "run", " ".join(traced) + " " + command],
        "memo, not traced": [AZOS, "run", f"memo -q --fresh --no-trace -- {plain}"],
        "memo, traced": [AZOS, "run", f"memo -q --fresh --trace -- {plain}"],
        "memo, a hit": [AZOS, "run", f"memo -q -- {plain}"],
    }


def rows(name: str, command: str, home: str, directory: str) -> list[str]:
    """The rows of the table for one command."""
    all_ways = ways(command)
    samples: dict[str, list[float]] = {way: [] for way in all_ways}
    for argv in all_ways.values():
        run_seconds(argv, home, directory)  # once before: what is compiled, and what is kept
    for _ in range(ROUNDS):
        for way, argv in all_ways.items():
            samples[way].append(run_seconds(argv, home, directory))
    lines = []
    for way, values in samples.items():
        ratio = statistics.median(a / b for a, b in zip(values, samples["by itself"], strict=True))
        lines.append(f"| {name} | {way} | {statistics.median(values) * 1000:.0f} | {ratio:.2f}× |")
    return lines


def main() -> int:
    """Measure, and write the table."""
    if subprocess.run(["which", "strace"], check=False, capture_output=True).returncode:
        print("strace is not installed: what tracing costs is not measured", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory(prefix="azos-bench-") as scratch:
        home, directory = f"{scratch}/home", f"{scratch}/work"
        os.makedirs(home)
        os.makedirs(f"{directory}/files")
        for number in range(FILES):
            Path(f"{directory}/files/{number}").write_text(f"{number}\n")
        table = ["| what | how | ms | to by itself |", "| --- | --- | ---: | ---: |"]
        table += rows("computing", COMPUTE, home, directory)
        table += rows(f"reading {FILES} files", READ, home, directory)
    text = (
        f"Medians of {ROUNDS} interleaved rounds of one-shots, the start of azos included.\n\n"
        + "\n".join(table)
    )
    print(text)
    write_between(BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
