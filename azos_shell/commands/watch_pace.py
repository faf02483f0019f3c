"""How long ``watch`` waits between two runs: longer each time that the command fails, up to a limit; pure."""

from __future__ import annotations

LONGEST_SECONDS = 60.0
"""Failures never make it wait longer, unless the interval itself is longer."""


class Pace:
    """The wait after each run."""

    def __init__(self, interval_seconds: float) -> None:
        self.interval_seconds = interval_seconds
        self._failures = 0

    def after(self, status: int) -> float:
        """Seconds to wait after a run that ended so: the interval, doubled with every failure in a row."""
        self._failures = self._failures + 1 if status else 0
        longest = max(LONGEST_SECONDS, self.interval_seconds)
        return min(self.interval_seconds * 2.0 ** min(self._failures, 32), longest)

    def __repr__(self) -> str:
        return f"<Pace {self.interval_seconds:g} s, {self._failures} failures>"
