"""The status bar: the figures of the moment as one line that is ready before it is drawn.

Segments stand in the order of their importance: what does not fit is left out from the right. Figures are
rounded to what a person reads, so that the bar does not flicker and an idle prompt has nothing to redraw.
"""

from __future__ import annotations

from dataclasses import dataclass

from azos_shell.repl.host import Figures

SLOW_SECONDS = 1.0
"""From here on a person waits (Nielsen's limit for an uninterrupted flow of thought)."""

SEPARATOR = " │ "


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the bar and what it should look like."""

    text: str
    style: str = "class:bar"


def segments(figures: Figures) -> list[Segment]:
    """All segments, the most important first."""
    found = [_last(figures)]
    if figures.p95_seconds is not None:
        found.append(Segment(f"p95 {duration(figures.p95_seconds)}", _pace(figures.p95_seconds)))
    if figures.rss_bytes is not None:
        found.append(Segment(f"{round(figures.rss_bytes / 1048576)} MiB"))
    if figures.hit_rate is not None:
        found.append(Segment(f"cache {round(figures.hit_rate * 100)} %"))
    found.append(Segment(f"queue {figures.queued}", "class:bar.slow" if figures.queued else "class:bar"))
    found.append(Segment(f"jobs {figures.running_jobs}"))
    if figures.stopped_jobs:
        found.append(Segment(f"stopped {figures.stopped_jobs}", "class:bar.slow"))
    return found


def fitted(all_segments: list[Segment], width: int) -> list[tuple[str, str]]:
    """The segments as styled text that takes at most ``width`` columns; the last ones give way."""
    fragments: list[tuple[str, str]] = []
    taken = 1
    for index, segment in enumerate(all_segments):
        separator = SEPARATOR if index else " "
        taken += len(separator) + len(segment.text)
        if taken > width:
            break
        fragments += [("class:bar", separator), (segment.style, segment.text)]
    return fragments


def duration(seconds: float) -> str:
    """A duration in two figures: ``12 ms``, ``1.3 s``, ``4 m 05 s``."""
    if seconds < 0.0005:
        return "<1 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {rest:02} s"


def _last(figures: Figures) -> Segment:
    failed = figures.last_status != 0
    mark = f"✗ {figures.last_status}" if failed else "✓"
    if figures.last_seconds is None:
        return Segment(mark, "class:bar.failed" if failed else "class:bar.well")
    style = "class:bar.failed" if failed else _pace(figures.last_seconds, "class:bar.well")
    return Segment(f"{duration(figures.last_seconds)} {mark}", style)


def _pace(seconds: float, otherwise: str = "class:bar") -> str:
    return "class:bar.slow" if seconds >= SLOW_SECONDS else otherwise
