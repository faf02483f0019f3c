"""A shell for the prompt to talk to: it echoes what it is told to run and remembers it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azos_shell.repl.host import Figures


@dataclass(frozen=True, slots=True)
class FakeEntry:
    """A recorded line."""

    id: int
    line: str


class FakeHistory:
    """Recorded lines in memory; reading can be held up with ``gate``."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.entries = [FakeEntry(number, line) for number, line in enumerate(lines, 1)]
        self.added: list[dict[str, object]] = []
        self.pages = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def recent(self, limit: int, before_id: int | None = None) -> list[FakeEntry]:
        self._enter()
        self.pages += 1
        last = len(self.entries) if before_id is None else before_id - 1
        return self.entries[max(0, last - limit) : last][::-1]

    def search(self, text: str, limit: int) -> list[FakeEntry]:
        self._enter()
        found = [entry for entry in reversed(self.entries) if text.lower() in entry.line.lower()]
        return found[:limit]

    def add_later(self, line: str, **details: object) -> None:
        self.added.append({"line": line, **details})

    def _enter(self) -> None:
        self.gate.wait(5)
        if self.error is not None:
            raise self.error


class FakeHost:
    """Implements ``ReplHost``: a few commands do what their names say, all others do nothing."""

    def __init__(self, history: Iterable[str] = (), **variables: str) -> None:
        self.exit_status: int | None = None
        self.expands_history = True
        self.history = FakeHistory(history)
        self.variables = {"TERM": "xterm-256color", **variables}
        self.cwd = os.getcwd()
        self.executed: list[str] = []
        self.pending_notices: list[str] = []
        self.shown = Figures(last_seconds=0.012, p95_seconds=0.04, rss_bytes=43 << 20, hit_rate=0.67)
        self.commands = ["cd", "echo", "exit", "export", "sql"]
        self.programs = ["cat", "cargo", "git", "gitk", "python3"]
        self.options: dict[str, list[tuple[str, str]]] = {
            "sql": [("--json", "as JSON"), ("--jsonl", "as lines")]
        }
        self.kinds = {"cd": "directory", "export": "variable", "fg": "job", "type": "command"}

    async def execute(self, text: str) -> int:
        self.executed.append(text)
        words = text.split()
        if words[0] == "echo":
            print(" ".join(words[1:]), flush=True)
        elif words[0] == "printf":
            sys.stdout.write(words[1])
            sys.stdout.flush()
        elif words[0] == "read":
            print(f"read {_line()!r}", flush=True)
        elif words[0] == "sleep":
            await asyncio.sleep(float(words[1]))
        elif words[0] == "exit":
            self.exit_status = int(words[1]) if len(words) > 1 else 0
        return 1 if words[0] == "false" else 0

    def is_unfinished(self, text: str) -> bool:
        return text.endswith("\\") or text.count("'") % 2 == 1

    def figures(self) -> Figures:
        return self.shown

    def notices(self) -> list[str]:
        notices, self.pending_notices = self.pending_notices, []
        return notices

    def command_names(self) -> Iterable[str]:
        return self.commands

    def program_names(self) -> Sequence[str]:
        return self.programs

    def variable_names(self) -> Iterable[str]:
        return self.variables

    def options_of(self, command: str) -> Sequence[tuple[str, str]]:
        return self.options.get(command, [])

    def argument_kind(self, command: str) -> str:
        return self.kinds.get(command, "path")

    def get(self, name: str) -> str | None:
        return self.variables.get(name)


def _line() -> bytes:
    """One line of standard input and not a byte more, as a shell's ``read`` takes it."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1)
    return line


def main() -> int:
    """The prompt over a fake shell, for tests on a terminal: ``repl_host.py [--vi] [--history N] [--no-hup]``."""
    from azos_shell.repl.loop import run

    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # between two prompts Ctrl-C is a signal; a shell outlives it
    if "--no-hup" in sys.argv:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    count = int(sys.argv[sys.argv.index("--history") + 1]) if "--history" in sys.argv else 0
    host = FakeHost((f"old command {n}" for n in range(count)), **os.environ)
    return asyncio.run(run(host, vi="--vi" in sys.argv, wall=time.time))


if __name__ == "__main__":
    sys.exit(main())
