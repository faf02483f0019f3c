"""Public traces, of accesses that were really made; they come with the source of a Python package.

The source distribution of libcachesim, the bindings of a cache simulator, holds a trace of the block accesses
of a virtual machine (CloudPhysics) and one of a Twitter cache cluster. Run as a program, this fetches it with
pip and keeps the two files beside the virtual environment's programs; nothing else of it is used. The traces
have sizes but no costs: those are drawn as those of made traces are, independent of size and popularity.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.trace import Trace, draw_costs_and_sizes

SOURCE = "libcachesim==0.3.5"
FOLDER = Path(sys.prefix) / "traces"
MOST_ACCESSES = 200_000
COST_SEED = 2
_FILES = {  # the trace's name: the file, and the columns of its key and size
    "CloudPhysics": ("cloudPhysicsIO.csv", 4, 3),
    "Twitter": ("twitter_cluster52.csv", 1, 2),
}


def fetch() -> None:
    """Get the files; raises CalledProcessError where pip cannot."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        name = SOURCE.partition("=")[0]
        options = ["--disable-pip-version-check", "--quiet", "--no-deps", "--no-binary", name]
        subprocess.run(
            [sys.executable, "-m", "pip", "download", *options, "-d", folder, SOURCE], check=True, timeout=600
        )
        (archive,) = Path(folder).glob("*.tar.gz")
        wanted = {f"data/{file}": file for file, _, _ in _FILES.values()}
        with tarfile.open(archive) as source:
            for member in source:
                file = wanted.get("/".join(Path(member.name).parts[-2:]))
                content = source.extractfile(member) if file else None
                if file and content:
                    (FOLDER / file).write_bytes(content.read())


def public_traces() -> list[Trace]:
    """Those whose files are here."""
    return [
        load(name, FOLDER / file, key_column, size_column)
        for name, (file, key_column, size_column) in _FILES.items()
        if (FOLDER / file).exists()
    ]


def later_traces(skipped: int) -> list[Trace]:
    """Other accesses, from so many accesses on, of those files that have as many."""
    traces = [
        load(f"{name}, from {skipped:,}", FOLDER / file, key_column, size_column, skipped)
        for name, (file, key_column, size_column) in _FILES.items()
        if (FOLDER / file).exists()
    ]
    return [trace for trace in traces if len(trace.keys) == MOST_ACCESSES]


def load(name: str, path: Path, key_column: int, size_column: int, skipped: int = 0) -> Trace:
    """Some accesses of a file; a key has the size of its first one."""
    numbers: dict[str, int] = {}
    keys: list[int] = []
    sizes: list[int] = []
    with path.open(newline="", encoding="utf-8") as lines:
        for row in islice(_rows(lines), skipped, skipped + MOST_ACCESSES):
            number = numbers.setdefault(row[key_column], len(numbers))
            if number == len(sizes):
                sizes.append(max(int(row[size_column]), 1))
            keys.append(number)
    costs, _ = draw_costs_and_sizes(len(sizes), 0.0, random.Random(COST_SEED))
    return Trace(name, keys, costs, sizes)


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    rows = csv.reader(lines)
    next(rows)  # the head
    return rows


if __name__ == "__main__":
    fetch()
