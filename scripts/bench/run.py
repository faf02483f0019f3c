"""Measure azos beside its peers, and write the table into docs/performance.md.

Every round takes every measure of every shell, the shells in shuffled order, so that what drifts drifts for all. A
ratio is the median of the rounds' ratios, never the ratio of two runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys

from document import DOCUMENT, write_between
from measures import MEASURES, Measure
from shells import Shell, installed_shells

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
SCALE = {"ms": 1e3, "µs": 1e6}
REFERENCE = "bash"

Samples = dict[tuple[str, str], list[float | None]]


def measure_rounds(measures: list[Measure], shells: list[Shell], rounds: int, seed: int) -> Samples:
    """Seconds by (measure, shell), one for each round."""
    order = random.Random(seed)
    samples: Samples = {(measure.name, shell.name): [] for measure in measures for shell in shells}
    for number in range(rounds):
        for measure in measures:
            for shell in order.sample(shells, len(shells)):
                samples[measure.name, shell.name].append(measure.take(shell))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return samples


def cell(measure: Measure, shell: Shell, samples: Samples) -> str:
    """The median, and the ratio to the reference shell."""
    own = [value for value in samples[measure.name, shell.name] if value is not None]
    if not own:
        return "–"
    value = statistics.median(own) * SCALE[measure.unit]
    text = f"{value:.0f}" if value >= 100 else f"{value:.1f}"
    peers = samples.get((measure.name, REFERENCE), [])
    pairs = [
        a / b for a, b in zip(samples[measure.name, shell.name], peers, strict=False) if a is not None and b
    ]
    if shell.name == REFERENCE or not pairs:
        return text
    return f"{text} ({statistics.median(pairs):.2g}×)"


def table(measures: list[Measure], shells: list[Shell], samples: Samples) -> str:
    """A Markdown table: measures down, shells across."""
    head = ["what", "unit", *(shell.name for shell in shells), "budget"]
    lines = [head, ["---", "---", *(["---:"] * len(shells)), "---"]]
    for measure in measures:
        cells = [cell(measure, shell, samples) for shell in shells]
        lines.append([measure.name, measure.unit, *cells, measure.budget])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine(rounds: int) -> str:
    """Where it was measured, as far as it matters."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"medians of {rounds} rounds, in brackets the median of the rounds' ratios to {REFERENCE}.\n"
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure azos beside its peers.")
    parser.add_argument("--rounds", type=int, default=7, help="how often everything is measured (default: 7)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only measures whose names hold TEXT")
    parser.add_argument("--seed", type=int, default=0, help="of the order within the rounds")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    options = parser.parse_args()
    shells = installed_shells()
    measures = [measure for measure in MEASURES if options.only in measure.name]
    samples = measure_rounds(measures, shells, options.rounds, options.seed)
    text = machine(options.rounds) + "\n" + table(measures, shells, samples)
    print(text)
    if not options.only and not options.no_write:
        write_between(BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
