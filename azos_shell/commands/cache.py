"""cache: the result cache, its figures and what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from typing import Annotated, Literal

from azos_shell.commands.stats import milliseconds
from azos_shell.plugin import Argument, Call, Chunk, Records, command

_STATISTICS = (
    "entries",
    "capacity",
    "bytes",
    "hits",
    "misses",
    "stale",
    "hit_rate",
    "evictions",
    "seconds_saved",
)
_ENTRIES = ("command", "key", "age_seconds", "hits", "cost_ms", "size_bytes")
_LONGEST_KEY = 500


@command("cache", records=True, usage="cache [stats|ls|clear] [OPTIONS]", category="Measuring")
async def cache(
    call: Call,
    action: Annotated[
        Literal["stats", "ls", "clear"],
        Argument(help="stats: its figures; ls: what is stored; clear: forget all of it"),
    ] = "stats",
) -> AsyncIterator[Chunk]:
    """Show or clear the results that are kept so that slow commands need not run again.

    `stale` counts the misses whose answer was there but no longer held; `seconds_saved` is what the answers
    that were given would have taken to work out. `ls` lists the answers, the most recently used first, with
    what each cost to make.

    Examples:
        $ cache clear
        {"cleared":0}
        $ cache stats --csv
        entries,capacity,bytes,hits,misses,stale,hit_rate,evictions,seconds_saved
        0,100,0,0,0,0,0.0,0,0.0
    """
    results = call.services.results
    if action == "clear":
        yield Records(("cleared",), [(results.clear(),)])
    elif action == "ls":
        rows = [
            (
                entry.command,
                key_text(entry.key),
                round(entry.age_seconds, 3),
                entry.hits,
                milliseconds(entry.cost_seconds),
                entry.size_bytes,
            )
            for entry in results.entries()
        ]
        yield Records(_ENTRIES, rows)
    else:
        now = results.statistics()
        row = (
            now.entries,
            now.capacity,
            now.bytes,
            now.hits,
            now.misses,
            now.stale,
            round(now.hit_rate, 4),
            now.evictions,
            round(now.seconds_saved, 6),
        )
        yield Records(_STATISTICS, [row])


def key_text(key: Hashable) -> str:
    """A key as a person reads it: its parts one after the other."""
    text = " ".join(_parts(key))
    return text if len(text) <= _LONGEST_KEY else text[: _LONGEST_KEY - 1] + "…"


def _parts(key: object) -> list[str]:
    if isinstance(key, str):
        return [key]
    if isinstance(key, tuple):
        return [text for part in key for text in _parts(part)]
    return [] if key is None else [repr(key)]


COMMANDS = (cache,)
