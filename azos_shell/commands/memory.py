"""memory: where the memory of this azos process goes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

from azos_shell.plugin import Call, Chunk, Option, Records, UsageError, command

_COLUMNS = ("what", "size", "size_bytes", "growth_bytes", "blocks")


@command("memory", records=True, category="Measuring")
async def memory(
    call: Call,
    *,
    top: Annotated[int, Option("-n", help="how many lines of source to show, the largest first")] = 10,
    stop: Annotated[bool, Option(help="trace allocations no more")] = False,
) -> AsyncIterator[Chunk]:
    """Show how much memory azos uses, how much it grew since the last call, and what holds it.

    `resident` is what the process occupies, `resident peak` the most it ever did. From the first call on
    Python's allocations are traced, which slows Python down until `memory --stop`: `traced` is what was
    allocated since and is still held, followed by the lines of source that hold most.

    Examples:
        $ memory --top 0 | sql "select what from stdin order by what" --csv
        what
        resident
        resident peak
        traced
        traced peak
    """
    profiler = call.services.memory
    if top < 0:
        raise UsageError("--top: a number below 0")
    if stop:
        profiler.stop()
        return
    if not profiler.tracing:
        call.stderr.write(b"azos: memory: tracing allocations from now on; 'memory --stop' ends it\n")
    snapshot = profiler.snapshot()
    first = snapshot.is_first
    rows = [
        _row("resident", snapshot.rss_bytes, None if first else snapshot.rss_growth_bytes),
        _row("resident peak", max(peak_resident_bytes(), snapshot.rss_bytes)),
        _row("traced", snapshot.traced_bytes, None if first else snapshot.traced_growth_bytes),
        _row("traced peak", snapshot.traced_peak_bytes),
    ]
    growth = {} if first else {one.place: one.size_bytes for one in profiler.growth(sys.maxsize)}
    for one in profiler.top(top):
        rows.append(_row(one.place, one.size_bytes, None if first else growth.get(one.place, 0), one.count))
    yield Records(_COLUMNS, rows)


def peak_resident_bytes() -> int:
    """The most that this process ever occupied."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _row(
    what: str, size_bytes: int, growth_bytes: int | None = None, blocks: int | None = None
) -> tuple[Any, ...]:
    from azos_shell.rendering.text import size

    return (what, size(size_bytes), size_bytes, growth_bytes, blocks)


COMMANDS = (memory,)
