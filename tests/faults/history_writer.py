"""A process that writes history and prints each acknowledged line at once, until it is killed.

python history_writer.py STATE_DB PREFIX
"""

from __future__ import annotations

import itertools
import os
import sys

from azos_shell.core.clock import SystemClock
from azos_shell.storage.history import HistoryStore
from azos_shell.storage.state import StateDatabase


def main() -> None:
    path, prefix = sys.argv[1:]
    clock = SystemClock()
    history = HistoryStore(StateDatabase(path, clock))
    for number in itertools.count():
        line = f"{prefix}-{number}"
        if history.add(line, cwd="/", status=0, started_wall=clock.wall()):
            os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()
