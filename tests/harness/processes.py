"""The shell under test as a process: started, fed, waited for, and never left behind.

``AZOS_UNDER_TEST`` names another shell to run in azos's place (``AZOS_UNDER_TEST=bash pytest tests/spec``): what a
stand-in cannot pass is no test of the language but of azos, and is marked ``azos_only``.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STAND_IN = os.environ.get("AZOS_UNDER_TEST", "")


def shell_under_test() -> list[str]:
    """The words that start it."""
    if STAND_IN:
        return shlex.split(STAND_IN)
    program = Path(sys.executable).with_name("azos")
    return [str(program)] if program.exists() else [sys.executable, "-m", "azos_shell"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended. ``status`` is negative for a death by signal, as subprocess has it."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def errors(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", "surrogateescape")


def plain_environment(**more: str) -> dict[str, str]:
    """A small environment in which a shell answers the same on every machine; HOME is not in it."""
    return {"PATH": PATH, "LC_ALL": "C.UTF-8", "TERM": "dumb", **more}


def run_process(
    argv: Sequence[str | bytes],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    stdin: bytes | int | None = None,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    timeout_seconds: float = 60.0,
) -> Ran:
    """Run to the end, in a session of its own; one that outlives the time limit is killed with all of its group."""
    source = stdin if isinstance(stdin, int) else subprocess.DEVNULL if stdin is None else subprocess.PIPE
    process = subprocess.Popen(
        argv, cwd=cwd, env=dict(env), stdin=source, stdout=stdout, stderr=stderr, start_new_session=True
    )
    data = stdin if isinstance(stdin, bytes) else None
    try:
        out, err = process.communicate(data, timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        kill_group(process)
        out, err = process.communicate()
        raise AssertionError(f"{argv} did not end; so far: {out!r} {err!r}") from None
    return Ran(process.returncode, out or b"", err or b"")


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the process and its group, if there is still one."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Azos:
    """azos with a home and a working directory of its own."""

    def __init__(self, directory: Path, *, home: bool = True, **environment: str) -> None:
        self.cwd = directory / "work"
        self.home = directory / "home"
        self.cwd.mkdir(parents=True)
        self.home.mkdir()
        self.environment = plain_environment(**environment)
        if home:
            self.environment["HOME"] = str(self.home)

    def run(self, line: str | bytes, **options: object) -> Ran:
        """``azos run LINE``."""
        return self.start_and_wait(["-c" if STAND_IN else "run", line], **options)

    def c(self, script: str | bytes, *args: str | bytes, **options: object) -> Ran:
        """``azos -c SCRIPT ARGS…``."""
        return self.start_and_wait(["-c", script, *args], **options)

    def piped(self, script: str | bytes, **options: object) -> Ran:
        """``azos < SCRIPT``."""
        data = script.encode() if isinstance(script, str) else script
        return self.start_and_wait([], stdin=data, **options)

    def file(self, script: str | bytes, *args: str | bytes, **options: object) -> Ran:
        """``azos FILE ARGS…``."""
        path = self.home / "script.az"
        path.write_bytes(script.encode() if isinstance(script, str) else script)
        return self.start_and_wait([str(path), *args], **options)

    def start_and_wait(self, args: Sequence[str | bytes], **options: object) -> Ran:
        """azos with these arguments, run to its end."""
        settings = {"cwd": self.cwd, "env": self.environment, **options}
        return run_process([*shell_under_test(), *args], **settings)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"<Azos {shlex.join(shell_under_test())} in {self.cwd}>"
