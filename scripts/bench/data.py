"""Measure the data lanes beside their peers, and write that into docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from data_pools import LOOK_UPS, READERS, pools_table
from data_scan import first_row_text, made_database, memory_text, scan_table
from document import DOCUMENT, write_between

BEGIN, END = "<!-- data bench: begin -->", "<!-- data bench: end -->"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the data lanes beside their peers.")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of the table that is scanned (default: a million)"
    )
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="azos-bench-") as scratch:
        database = f"{scratch}/orders.db"
        made_database(database, options.rows)
        scans = scan_table(database, options.rows, options.rounds)
        pools = pools_table(scratch, options.rounds)
        first, memory = first_row_text(options.rounds), memory_text()
    text = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}. Medians of {options.rounds} interleaved rounds.\n\n"
        f"{options.rows:,} rows of five columns into `wc -l`, start of the program included; in brackets the median of "
        f"the rounds' ratios to sqlite3:\n\n{scans}\n{first} {memory}\n\n"
        f"{READERS} tasks that look up {LOOK_UPS} rows each, and one that writes; in brackets the median of the "
        f"rounds' ratios to azos:\n\n{pools}"
    )
    print(text)
    if not options.no_write:
        write_between(BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
