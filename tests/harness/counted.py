"""Programs whose runs are counted: what is answered from a cache does not run.

Each counted program adds a line to a file of its own directory, which is the place for temporary files: writing there
is nothing that an answer could rest on.
"""

from __future__ import annotations

import csv
import io
import os
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from azos_shell.cache.tracer import works

if TYPE_CHECKING:
    from pathlib import Path

    from harness.processes import Azos, Ran

STRACE = shutil.which("strace")
CAN_TRACE = STRACE is not None and works(STRACE, None)
needs_tracing = pytest.mark.skipif(not CAN_TRACE, reason="strace is missing, or may not trace here")


class Counted:
    """azos, and programs that tell how often they ran."""

    def __init__(self, azos: Azos) -> None:
        self.azos = azos
        self.side = azos.home.parent / "side"
        self.side.mkdir()
        self._runs = self.side / "runs"
        azos.environment["TMPDIR"] = str(self.side)
        azos.environment["RUNS"] = str(self._runs)

    def program(self, body: str, name: str = "tool") -> str:
        """A script for sh(1) that counts its runs; its path."""
        path = self.azos.home / name
        path.write_text(f"#!/bin/sh\n{self.count()}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def count(self) -> str:
        """The command that notes a run."""
        return f"echo run >>{shlex.quote(str(self._runs))}"

    @property
    def runs(self) -> int:
        """How often any of them ran."""
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0

    def run(self, line: str, **options: object) -> Ran:
        """``azos run LINE``."""
        return self.azos.run(line, **options)

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the working directory."""
        path = self.azos.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def why(self, words: str) -> str:
        """What ``memo why`` says."""
        return self.run(f"memo why {words}").text

    def stats(self) -> tuple[int, int, int]:
        """Hits, misses and entries of memo in all sessions."""
        rows = list(csv.DictReader(io.StringIO(self.run("cache stats --csv").text)))
        row = next((row for row in rows if row["command"] == "memo"), None)
        return (int(row["hits"]), int(row["misses"]), int(row["entries"])) if row else (0, 0, 0)

    @property
    def cache_dir(self) -> Path:
        """Where the cache is."""
        return self.azos.home / ".cache" / "azos"

    def configure(self, text: str) -> None:
        """Write the configuration."""
        path = self.azos.home / ".config" / "azos" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment with these variables, too."""
        return {**self.azos.environment, **more}


def turned(path: Path) -> None:
    """Other content of equal size, and the time of change put back."""
    before = path.stat()
    path.write_bytes(bytes(byte ^ 1 if byte != 10 else byte for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
