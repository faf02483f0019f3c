"""A session: an azos that stays and is sent one command line after the other on its standard input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DONE = b"azos-session-done\n"


class Session:
    """One azos process. ``send`` returns when the line has been run."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "azos_shell"],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def send(self, line: str) -> bytes:
        """Run a line; what it wrote on standard output."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\necho {DONE.decode().strip()}\n".encode())
        self.process.stdin.flush()
        written = b""
        while not written.endswith(DONE):
            piece = self.process.stdout.readline()
            if not piece:
                raise AssertionError(f"azos ended with {self.process.wait()} at: {line}")
            written += piece
        return written[: -len(DONE)]

    def kill(self) -> None:
        """End it by SIGKILL, whatever it is at."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        self.process.wait()
