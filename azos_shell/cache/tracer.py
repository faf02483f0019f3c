"""The tracer: how a program is run under strace(1), which writes down what it looked at.

Only the calls that name files, and few others, are traced, and a filter in the kernel lets all others run at full speed
(``--seccomp-bpf``; strace 5.3 and later). strace passes on how the program ended, and signals of the terminal reach
the program, not it. A set-user-id program runs without its privileges under it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile

_OTHER_CALLS = (
    "getdents", "getdents64", "fchdir", "connect", "bind", "accept", "accept4", "sendto", "sendmsg", "sendmmsg",
    "clone", "clone3", "fork", "vfork", "clock_gettime", "gettimeofday", "time", "io_uring_setup", "ptrace",
    "open_by_handle_at",
)  # fmt: skip
CALLS = ",".join(("%file", *(f"?{name}" for name in _OTHER_CALLS)))

_TRIAL_SECONDS = 2.0
_tried: dict[str, bool] = {}


def command(log_path: str, *, strace: str) -> list[str]:
    """The words before a program's own, so that its calls are written to the log."""
    options = [
        "-f",
        "--seccomp-bpf",
        "-y",
        "-q",
        "-o",
        log_path,
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=!chld",
    ]
    return [strace, *options, "--"]


def new_log(directory: str | None) -> str:
    """An empty file for a log, private. In ``directory`` if that can be, so that the place for temporary files, which
    programs look at, stays as it is. Raises OSError.
    """
    for place in (directory, None):
        try:
            if place is not None:
                os.makedirs(place, mode=0o700, exist_ok=True)
            descriptor, log_path = tempfile.mkstemp(prefix="trace-", dir=place)
        except OSError:
            if place is None:
                raise
        else:
            os.close(descriptor)
            return log_path
    raise AssertionError


def works(strace: str, directory: str | None) -> bool:
    """Whether programs can be traced here; tried once in a process. (Containers may forbid ptrace(2).)"""
    if strace not in _tried:
        _tried[strace] = _trial(strace, directory)
    return _tried[strace]


def _trial(strace: str, directory: str | None) -> bool:
    from azos_shell.cache.trace_log import parse

    try:
        log_path = new_log(directory)
    except OSError:
        return False
    try:
        done = subprocess.run(
            [*command(log_path, strace=strace), "/bin/sh", "-c", ":"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
        with open(log_path, "rb") as file:
            seen = parse(file.read(), "/")
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        os.unlink(log_path)
    return done.returncode == 0 and not done.stderr and seen.is_whole and bool(seen.executed)
