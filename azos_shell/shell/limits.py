"""The limits of a shell's programs (``ulimit``): put round a program's start, since a subshell is no process."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

Limits = Mapping[int, tuple[int, int]]
"""Soft and hard limit by the number of the resource."""


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """While a program is started: the soft limits are this process's, and so the program's from its first instruction.

    The hard ones can't be given back once lowered, so ``limit_program`` sets them on the program alone.
    """
    previous = {number: resource.getrlimit(number) for number in limits}
    try:
        for number, (soft, _) in limits.items():
            _, hard = previous[number]
            over = hard != resource.RLIM_INFINITY and (soft == resource.RLIM_INFINITY or soft > hard)
            resource.setrlimit(number, (hard if over else soft, hard))
        yield
    finally:
        for number, before in previous.items():
            resource.setrlimit(number, before)


def limit_program(pid: int, limits: Limits) -> None:
    """Set a program's limits, soft and hard; that of one which has ended already does no harm."""
    for number, both in limits.items():
        try:
            resource.prlimit(pid, number, both)
        except (OSError, ValueError):
            continue


def limit_this_process(limits: Limits) -> None:
    """For ``exec``: what this process becomes is limited."""
    for number, both in limits.items():
        try:
            resource.setrlimit(number, both)
        except (OSError, ValueError):
            continue
