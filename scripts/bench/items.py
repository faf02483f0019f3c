"""What an item of ``map`` costs, beside GNU parallel and xargs; written into docs/performance.md.

The cost of an item is the time of a run of many less that of a run of one, by their number: the start of the program is
left out. Every round takes each in turn.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from document import DOCUMENT, markdown_table, write_between
from shells import PATH

BEGIN, END = "<!-- items bench: begin -->", "<!-- items bench: end -->"
AZOS = str(Path(sys.executable).parent / "azos")
JOBS = 8
BUILT_INS, PROGRAMS = 20_000, 1_000
AZOS_WAY, REFERENCE = "azos: map", "GNU parallel"


def ways() -> dict[str, dict[str, list[str]]]:
    """The ways to run each kind of item, by name: those whose program is there."""
    program = ["/bin/true"]
    programs = {
        AZOS_WAY: [AZOS, "run", f"map -j {JOBS} /bin/true {{}}"],
        REFERENCE: ["parallel", "-j", str(JOBS), *program, "{}"],
        "xargs -P": ["xargs", "-P", str(JOBS), "-n", "1", *program],
    }
    built_ins = {AZOS_WAY: [AZOS, "run", f"map -j {JOBS} -k 'echo {{}}'"]}
    return {
        "a built-in command": built_ins,
        "a program": {name: argv for name, argv in programs.items() if shutil.which(argv[0])},
    }


def run_seconds(argv: list[str], count: int, home: str) -> float:
    """Wall time of a run of so many items. Raises where it fails."""
    items = "".join(f"{number}\n" for number in range(count)).encode()
    started = time.perf_counter()
    subprocess.run(
        argv,
        input=items,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": PATH, "HOME": home, "LC_ALL": "C.UTF-8"},
    )
    return time.perf_counter() - started


def measured(ways: dict[str, list[str]], count: int, rounds: int, home: str) -> dict[str, list[float]]:
    """Seconds an item, by way, one for each round."""
    samples: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, argv in ways.items():
            samples[way].append((run_seconds(argv, count, home) - run_seconds(argv, 1, home)) / (count - 1))
    return samples


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what an item of map costs.")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    options = parser.parse_args()
    lines = [["what", "by", "µs an item", f"to {REFERENCE}"]]
    with tempfile.TemporaryDirectory(prefix="azos-bench-") as home:
        for what, those in ways().items():
            count = BUILT_INS if what == "a built-in command" else PROGRAMS
            samples = measured(those, count, options.rounds, home)
            peer = samples.get(REFERENCE)
            for way, values in samples.items():
                ratio = (
                    "–" if peer is None else f"{statistics.median(map(float.__truediv__, values, peer)):.2f}×"
                )
                lines.append([what, way, f"{statistics.median(values) * 1e6:,.0f}", ratio])
    text = (
        f"{JOBS} at a time, {os.cpu_count()} cores; medians of {options.rounds} rounds.\n\n"
        + markdown_table(lines, 2)
    )
    print(text)
    if shutil.which("parallel") is None:
        print("GNU parallel is not installed: it is left out", file=sys.stderr)
    if not options.no_write:
        write_between(BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
