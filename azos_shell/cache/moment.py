"""The moment: when something was stored, in a way that another process, or a later start of the machine, understands.

Within one start of the machine only the monotonic clock counts: the wall clock may be set. Across starts there is only
the wall clock; where that has gone back the age is not known, and what rests on it no longer holds.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.core.clock import Clock

_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_boot: str | None = None


@frozen
class Moment:
    """A point in time. ``boot`` names the start of the machine that ``monotonic`` counts from, "" if not known."""

    boot: str
    monotonic: float
    wall: float

    @classmethod
    def now(cls, clock: Clock) -> Moment:
        """This moment."""
        return cls(boot_id(), clock.monotonic(), clock.wall())

    def age_seconds(self, now: Moment) -> float:
        """How long ago it was, never negative; infinity where that can't be known."""
        if self.boot == now.boot and self.boot:
            return max(0.0, now.monotonic - self.monotonic)
        age_seconds = now.wall - self.wall
        return age_seconds if age_seconds >= 0.0 else inf


def boot_id() -> str:
    """Which start of the machine this is; "" where the system does not say."""
    global _boot
    if _boot is None:
        try:
            with open(_BOOT_ID, encoding="ascii") as file:
                _boot = file.read().strip()
        except OSError:
            _boot = ""
    return _boot
