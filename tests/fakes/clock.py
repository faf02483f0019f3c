"""A clock that stands still until a test moves it."""

from __future__ import annotations


class FakeClock:
    """A ``Clock`` (``core.clock``) for tests: ``advance`` moves both times, ``jump_wall`` the wall alone."""

    def __init__(self, monotonic: float = 1000.0, wall: float = 1_700_000_000.0) -> None:
        self._monotonic = monotonic
        self._wall = wall

    def __repr__(self) -> str:
        return f"FakeClock(monotonic={self._monotonic}, wall={self._wall})"

    def monotonic(self) -> float:
        return self._monotonic

    def wall(self) -> float:
        return self._wall

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds}; to set the wall clock use jump_wall")
        self._monotonic += seconds
        self._wall += seconds

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock forwards or back, as NTP or a person may; durations must not notice."""
        self._wall += seconds
