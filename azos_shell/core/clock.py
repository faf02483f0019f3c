"""The clock: the one seam through which time enters azos."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol


class Clock(Protocol):
    """Where time comes from. Durations use ``monotonic``; only what a person reads uses ``wall``."""

    def monotonic(self) -> float:
        """Seconds that never go back and go on while the machine sleeps; the same for all processes."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch; may jump."""
        ...


class SystemClock:
    """The machine's clocks."""

    __slots__ = ()

    # What was true five minutes ago is old after a night with the lid closed, too: CLOCK_MONOTONIC stands still then.
    monotonic: Callable[[], float] = staticmethod(
        partial(time.clock_gettime, time.CLOCK_BOOTTIME)
        if hasattr(time, "CLOCK_BOOTTIME")
        else time.monotonic
    )
    wall = staticmethod(time.time)

    def __repr__(self) -> str:
        return "SystemClock()"
