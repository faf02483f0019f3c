"""Measure azos's cache beside its peers, in time and in what it keeps, and write that into docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cache_peers import REFERENCE, versions
from cache_speed import CALLS, speed_tables
from document import DOCUMENT, write_between
from simulation.report import contest_text

BEGIN, END = "<!-- cache bench: begin -->", "<!-- cache bench: end -->"
HIT_NANOSECONDS = 500.0


def verdict_on_hits(nanoseconds: float) -> str:
    """The bar for a ``get`` that hits, by the slower of the two ways azos's cache is used."""
    word = "holds" if nanoseconds <= HIT_NANOSECONDS else "**missed**"
    return f"* a hit at 1,000 entries takes at most {HIT_NANOSECONDS:.0f} ns: {word}, {nanoseconds:.0f} ns.\n"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure azos's cache beside its peers.")
    parser.add_argument("--rounds", type=int, default=11, help="how often speed is measured (default: 11)")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    options = parser.parse_args()
    speed, hit = speed_tables(options.rounds)
    contest, verdicts = contest_text()
    text = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"{versions() or 'no peers installed'}. Medians of {options.rounds} rounds of {CALLS:,} calls each, in "
        f"brackets the median of the rounds' ratios to {REFERENCE}.\n\n"
        f"{speed}\n### What it keeps\n\n{contest}\n### The bars\n\n{verdict_on_hits(hit)}{verdicts}"
    )
    print(text)
    if not options.no_write:
        write_between(BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
