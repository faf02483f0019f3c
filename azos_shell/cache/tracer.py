"""The tracer: how a program is run under strace(1), which writes down what it looked at.

Only the calls that name files, and few others, are traced; a filter in the kernel lets all others run at full speed
(``--seccomp-bpf``). The program stays the child of who starts it (``-DD``: strace is a process apart, in a group of its
own): its exit status, the signal that ended it, a stop and a continuation are seen as without strace, and a program
that leaves processes behind ends as soon as it would have. The price: strace may still be writing when the program has
ended, and keeps its standard error open until then.

What gets another user's rights when it is run (set-user-ID, file capabilities) does not get them under a tracer.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import tempfile
import time

_OTHER_CALLS = (
    "getdents", "getdents64", "fchdir", "connect", "bind", "accept", "accept4", "sendto", "sendmsg", "sendmmsg",
    "clone", "clone3", "fork", "vfork", "clock_gettime", "gettimeofday", "time", "io_uring_setup", "ptrace",
    "open_by_handle_at", "kill", "ioctl", "shmget", "mq_open", "process_vm_readv", "fsopen", "open_tree", "move_mount",
)  # fmt: skip
CALLS = ",".join(("%file", *(f"?{name}" for name in _OTHER_CALLS)))

_READS = "?read,?readv,?pread64"

PAUSE_SECONDS = 0.002
"""How often it is asked whether the log is whole."""

_TRIAL_SECONDS = 2.0
_tried: dict[str, bool] = {}


def command(log_path: str, *, strace: str, reads: bool = False) -> list[str]:
    """The words before a program's own, so that its calls are written to the log.

    With ``reads`` a program is seen to read the terminal that it was given, also where it finds its end there. That
    costs a stop at every read.
    """
    return [
        strace,
        "-DD",  # a process apart: see above
        "-f",  # children too
        "--seccomp-bpf",
        "-I4",  # no signal but SIGKILL ends it before the program does, nor does SIGTSTP stop it
        "-y",  # with the paths of descriptors and of AT_FDCWD
        "-q",  # says nothing of attaching. Not -qq: that would leave out how processes end
        "-s0",  # no contents of buffers; paths are always whole
        "-a1",  # no column for results
        "-esignal=!SIGCHLD",  # "none" would leave out what processes die of
        f"-etrace={CALLS},{_READS}" if reads else f"-etrace={CALLS}",
        "-o",
        log_path,
        "--",
    ]


def is_written_out(log_path: str) -> bool:
    """Whether strace is done with its log. It is not while a process that the program left behind is running."""
    import fcntl

    try:
        descriptor = os.open(log_path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True  # there never was one
    try:
        # The kernel grants a lease for reading only if nobody has the file open for writing.
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return True
    except OSError as error:
        if error.errno == errno.EAGAIN:
            return False
        # A file system without leases. The end of a process is the last thing ever written.
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, 5, max(0, size - 5)) == b" +++\n"
    finally:
        os.close(descriptor)


def is_held_by_strace_alone(reader: int) -> bool:
    """Whether of all processes whose files may be looked at only strace can still write into the pipe."""
    name = f"pipe:[{os.fstat(reader).st_ino}]"
    for pid in os.listdir("/proc"):
        if pid.isdecimal() and int(pid) != os.getpid() and _has_open(pid, name):
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                    if file.read().strip() != "strace":
                        return False
            except OSError:
                continue
    return True


def _has_open(pid: str, name: str) -> bool:
    try:
        return any(_target(f"/proc/{pid}/fd/{fd}") == name for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def is_privileged(path: str) -> bool:
    """Whether the program gets rights when it is run that it does not get when it is traced."""
    if os.geteuid() == 0:
        return False
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            return True
        return bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False


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
        deadline = time.monotonic() + _TRIAL_SECONDS
        while not is_written_out(log_path):
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        with open(log_path, "rb") as file:
            seen = parse(file.read(), "/")
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        os.unlink(log_path)
    return done.returncode == 0 and not done.stderr and seen.is_whole and bool(seen.executed)
