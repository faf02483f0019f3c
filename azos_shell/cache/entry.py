"""A stored answer: everything a command said, and the conditions under which that may be said again."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.cache.validators import Validator
    from azos_shell.core.values import Chunk


@dataclass(frozen=True, slots=True)
class CachedResult:
    """What a command gave: exit status, standard output as it was streamed, standard error.

    ``cost_seconds`` is how long it took, ``size_bytes`` what keeping it takes, ``stored_monotonic`` when it was
    stored, ``ttl_seconds`` how long it may be given after that at most (infinity for no limit), ``command`` the
    name it is counted under.
    """

    status: int
    stdout: tuple[Chunk, ...]
    stderr: bytes
    cost_seconds: float
    size_bytes: int
    stored_monotonic: float
    validators: tuple[Validator, ...] = field(default=())
    ttl_seconds: float = inf
    command: str = ""

    def age_seconds(self, now: float) -> float:
        """How long ago it was stored."""
        return max(0.0, now - self.stored_monotonic)

    def reason(self, now: float) -> str | None:
        """None if it may be given at ``now``, else the first condition that does not hold, in words."""
        age_seconds = now - self.stored_monotonic
        if age_seconds >= self.ttl_seconds:
            return f"it is {age_seconds:.1f} s old, past its time to live of {self.ttl_seconds:g} s"
        for validator in self.validators:
            reason = validator.reason(now)
            if reason is not None:
                return reason
        return None
