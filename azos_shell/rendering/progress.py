"""Progress on a terminal's standard error: one line that is drawn again, and gone before anything else is written.

``ProgressLine`` says what there is to see at a moment, purely; ``ProgressBar`` draws it, at most ten times a second,
where somebody can see it. The rate is that of the last half minute, so that it tells what is to be expected and not
what was (an average from the start lags behind every change).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal, Protocol

from azos_shell.rendering.text import duration, size

if TYPE_CHECKING:
    from azos_shell.core.clock import Clock

DRAWINGS_PER_SECOND: Final = 10
"""More is not seen, and each costs the terminal a redraw."""

WINDOW_SECONDS: Final = 30.0
_MARKS: Final = 30
"""Moments that are remembered of the window: one a second."""

_BAR_CELLS: Final = 20
_FEWEST_CELLS: Final = 60
"""Below this width the bar itself is left out: the numbers say more."""

UNSEEN_SECONDS: Final = 0.5
"""What is over before that needs no bar."""

_CLEAR: Final = b"\r\x1b[K"


class Screen(Protocol):
    """Where the bar is drawn: an output of a command."""

    def write(self, data: bytes) -> None:
        """Write all of it."""

    def fileno(self) -> int:
        """The descriptor."""
        ...

    def is_terminal(self) -> bool:
        """Whether a person looks at it."""
        ...


class ProgressLine:
    """What the line says. ``total`` is None while it is not known; ``started`` is a monotonic time in seconds."""

    def __init__(self, total: int | None, unit: Literal["bytes", "items"], started: float) -> None:
        self.total = total
        self._unit = unit
        self.started = started
        self._marks: deque[tuple[float, int]] = deque([(started, 0)], maxlen=_MARKS)

    def begin_at(self, done: int) -> None:
        """So much was done before the start (a download that is gone on with): it does not count for the rate."""
        self._marks = deque([(self.started, done)], maxlen=_MARKS)

    def text(self, done: int, now: float, *, failed: int = 0, width: int = 80) -> str:
        """The line at a moment, no wider than ``width`` cells."""
        if now - self._marks[-1][0] >= WINDOW_SECONDS / _MARKS:
            self._marks.append((now, done))
        rate = self._rate(done, now)
        parts = [self._amount(done)]
        if failed:
            parts.append(f"{failed} failed")
        parts.append(f"{size(int(rate))}/s" if self._unit == "bytes" else f"{_number(rate)}/s")
        if self.total is not None and done < self.total:
            parts.append(
                f"{duration(now - self.started)}, {duration((self.total - done) / rate)} left" if rate else ""
            )
        else:
            parts.append(duration(now - self.started))
        text = " · ".join(filter(None, parts))
        if self.total and width >= _FEWEST_CELLS:
            text = f"{self._bar(done)} {text}"
        return text[:width]

    def _rate(self, done: int, now: float) -> float:
        began, before = self._marks[0]
        seconds = now - began
        return max(0, done - before) / seconds if seconds > 0 else 0.0

    def _amount(self, done: int) -> str:
        if self._unit == "bytes":
            return size(done) if self.total is None else f"{size(done)} of {size(self.total)}"
        return f"{done:,} done" if self.total is None else f"{done:,} of {self.total:,}"

    def _bar(self, done: int) -> str:
        assert self.total
        share = min(1.0, done / self.total)
        full = int(share * _BAR_CELLS)
        return f"{share:4.0%} [{'=' * full}{' ' * (_BAR_CELLS - full)}]"

    def __repr__(self) -> str:
        return f"<ProgressLine of {self.total} {self._unit}>"


class ProgressBar:
    """Draws a line on ``output``; nothing at all where that is no terminal, or one that can't move its cursor."""

    def __init__(
        self, output: Screen, line: ProgressLine, clock: Clock, *, terminal_name: str | None = None
    ) -> None:
        self._output = output
        self._line = line
        self._clock = clock
        self.is_seen = output.is_terminal() and terminal_name not in ("dumb", "")
        self._drawn_at: float | None = None
        self._is_drawn = False

    @property
    def line(self) -> ProgressLine:
        """What is drawn."""
        return self._line

    def update(self, done: int, *, failed: int = 0) -> None:
        """So much is done: draw that, unless it was drawn just now, or it has only just begun."""
        if not self.is_seen:
            return
        now = self._clock.monotonic()
        if now - self._line.started < UNSEEN_SECONDS:
            return
        if self._drawn_at is not None and 0 <= now - self._drawn_at < 1 / DRAWINGS_PER_SECOND:
            return
        self._drawn_at = now
        text = self._line.text(done, now, failed=failed, width=self._width() - 1)
        self._write(_CLEAR + text.encode())
        self._is_drawn = True

    def clear(self) -> None:
        """Take the line away: something else is written, or it is over. A later update draws it again."""
        if self._is_drawn:
            self._is_drawn = False
            self._write(_CLEAR)

    def _width(self) -> int:
        import os

        try:
            return os.get_terminal_size(self._output.fileno()).columns or 80
        except OSError:
            return 80

    def _write(self, data: bytes) -> None:
        try:
            self._output.write(data)
        except OSError:
            self.is_seen = False  # the terminal has gone

    def __repr__(self) -> str:
        return f"<ProgressBar {self._line!r}{' drawn' if self._is_drawn else ''}>"


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
