"""Room for deep recursion: functions that call themselves more often than the stack of the process has room for.

A level of a function costs some 12 Python frames, and those 375 bytes each of the C stack (measured, CPython 3.11). Up
to SHALLOW_LEVELS they fit a stack of the usual 8 MB. Beyond, the limit of the stack is raised while recursion lasts,
if the memory below the stack is free (which it almost always is); the main thread's stack grows up to the limit of the
moment. Programs that are started meanwhile inherit the raised limit.
"""

from __future__ import annotations

import resource
import sys
from typing import Final

SHALLOW_LEVELS: Final = 600
DEEP_LEVELS: Final = 4000
_DEEP_FRAMES: Final = 100_000
_DEEP_BYTES: Final = 64 << 20

_before: list[tuple[int, int]] = []
"""The limits of the stack and of Python's frames before they were raised; empty while they are not."""


def has_room() -> bool:
    """Whether there is room for DEEP_LEVELS: it is made if it is not there yet."""
    if _before:
        return True
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft != resource.RLIM_INFINITY and soft < _DEEP_BYTES:
        if hard != resource.RLIM_INFINITY and hard < _DEEP_BYTES:
            return False
        if _free_below_the_stack() < _DEEP_BYTES:
            return False
        try:
            resource.setrlimit(resource.RLIMIT_STACK, (_DEEP_BYTES, hard))
        except (OSError, ValueError):
            return False
    _before.append((soft, sys.getrecursionlimit()))
    sys.setrecursionlimit(_DEEP_FRAMES)
    return True


def give_back() -> None:
    """The recursion is shallow again: the limits become what they were, unless too much of the room is in use."""
    if not _before:
        return
    soft, frames = _before[0]
    try:
        sys.setrecursionlimit(frames)
    except RecursionError:
        return
    _before.clear()
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if soft != resource.RLIM_INFINITY and soft < _DEEP_BYTES:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def _free_below_the_stack() -> int:
    """How many bytes there are between the top of the main thread's stack and what is mapped next below it."""
    end = 0
    try:
        with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
            for line in maps:
                top = int(line.partition("-")[2].partition(" ")[0], 16)
                if line.rstrip().endswith("[stack]"):
                    return top - end
                end = top
    except (OSError, ValueError):
        pass  # no such file: a system other than Linux
    return 0
