"""stats: how long commands took."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from azos_shell.plugin import Argument, Call, Chunk, Option, Records, command

if TYPE_CHECKING:
    from azos_shell.observability.monitor import OperationStatistics

_COLUMNS = ("command", "count", "p50_ms", "p95_ms", "max_ms", "hits", "failures", "queue_wait_p95_ms")


@command("stats", records=True, category="Measuring")
async def stats(
    call: Call,
    *commands: Annotated[
        str,
        Argument(help="the commands to show; all if there is none", metavar="COMMAND", complete="command"),
    ],
    reset: Annotated[bool, Option(help="forget all figures instead of showing them")] = False,
) -> AsyncIterator[Chunk]:
    """Show how often and how long commands ran, a row for each.

    `p50_ms` and `p95_ms` are the times in milliseconds that half and 95 of 100 runs stayed below, within
    one per cent; `hits` were answered from the cache; `queue_wait_p95_ms` is how long runs waited for a
    free place. Commands that cost nothing to speak of (`echo`, `cd`, `test` and their like) are counted
    and not timed.

    Examples:
        $ stats --reset; stats nosuch 2>/dev/null; echo $?
        1

    Exit status:
        0, or 1 if a command named has not been measured.
    """
    monitor, counters = call.services.monitor, call.services.counters
    if reset:
        monitor.reset()
        counters.reset()
        return
    rows = {one.name: _row(one) for one in monitor.all()}
    rows |= {
        one.name: (one.name, one.calls, None, None, None, 0, one.failures, None)
        for one in counters.statistics()
    }
    for name in commands:
        if name not in rows:
            call.status = call.error(f"{name}: not measured yet", 1)
    yield Records(_COLUMNS, [row for name, row in sorted(rows.items()) if not commands or name in commands])


def _row(one: OperationStatistics) -> tuple[Any, ...]:
    return (
        one.name,
        one.count,
        milliseconds(one.p50_seconds),
        milliseconds(one.p95_seconds),
        milliseconds(one.max_seconds),
        one.hits,
        one.failures,
        milliseconds(one.queue_wait_p95_seconds),
    )


def milliseconds(seconds: float) -> float:
    """Milliseconds to four significant digits: the quantiles are no more exact than that."""
    return float(f"{seconds * 1000:.4g}")


COMMANDS = (stats,)
