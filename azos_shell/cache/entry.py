"""A stored answer: everything a command said, and the conditions under which that may be said again."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.cache.moment import Moment
    from azos_shell.cache.validators import Validator
    from azos_shell.core.values import Chunk

STDOUT, STDERR = 1, 2
FILE = 3
"""Not an output but a file that was written: see ``cache.written``."""

Said = tuple[int, "Chunk"]
"""A piece of what a command said, and where: ``STDOUT``, ``STDERR`` or ``FILE``."""


@frozen
class CachedResult:
    """What a command gave: its exit status, and what it wrote on both outputs in the order it came.

    ``cost_seconds`` is how long it took, ``size_bytes`` what keeping it takes. It may be given for ``ttl_seconds``
    after it was stored (infinity for no limit); ``stale_seconds`` more it may be given marked as old, while it is
    made anew. ``command`` is the name it is counted under, ``label`` how a person knows it, ``asked`` (JSON) what was
    asked in detail, ``tags`` what it can be removed by.
    """

    status: int
    output: tuple[Said, ...]
    cost_seconds: float
    size_bytes: int
    stored: Moment
    validators: tuple[Validator, ...] = ()
    ttl_seconds: float = inf
    stale_seconds: float = 0.0
    command: str = ""
    label: str = ""
    asked: str = ""
    tags: tuple[str, ...] = ()

    def age_seconds(self, now: Moment) -> float:
        """How long ago it was stored."""
        return self.stored.age_seconds(now)

    def reason(self, now: Moment) -> str | None:
        """None if it may be given at ``now``, else the first condition that does not hold, in words."""
        age_seconds = self.stored.age_seconds(now)
        if age_seconds >= self.ttl_seconds:
            if age_seconds == inf:
                return "its age is not known: the clock was set back since it was stored"
            return f"it is {age_seconds:.1f} s old, past its time to live of {self.ttl_seconds:g} s"
        return self.broken(now)

    def broken(self, now: Moment) -> str | None:
        """None if all that it rests on beside its age holds, else why not."""
        for validator in self.validators:
            reason = validator.reason(now.monotonic)
            if reason is not None:
                return reason
        return None

    def may_be_given_stale(self, now: Moment) -> bool:
        """Whether it is past its time, but not past the time in which it may be given as an old one."""
        age_seconds = self.stored.age_seconds(now)
        return self.ttl_seconds <= age_seconds < self.ttl_seconds + self.stale_seconds
