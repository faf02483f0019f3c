"""cache: the result cache, its figures and what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from azos_shell.cache.entry import FILE
from azos_shell.cache.framing import joined
from azos_shell.cache.http_answer import COMMAND as HTTP
from azos_shell.cache.http_answer import stored_answer
from azos_shell.cache.results import disk_key
from azos_shell.commands.http_decoding import BodyDecoder, UnknownEncodingError
from azos_shell.commands.stats import milliseconds
from azos_shell.plugin import Argument, AzosError, Call, Chunk, Plan, Records, UsageError, command
from azos_shell.shell.cache_rules import rule_for

if TYPE_CHECKING:
    from azos_shell.cache.disk import DiskTier, Kept, Summary

_PATIENCE_SECONDS = 0.05
"""How long counts still on their way to the disk are waited for: what is hardly felt."""

_COMMANDS = ("command", "hits", "misses", "hit_rate", "seconds_saved", "entries", "bytes")
_TIERS = ("tier", "entries", "bytes", "max_bytes", "pinned", "evictions", "stale", "refused")
_ENTRIES = ("id", "command", "key", "age_seconds", "hits", "cost_ms", "size_bytes", "tags", "pinned")
_FOUND = ("checked", "bad", "orphans", "problem")
_LONGEST_KEY = 500

Action = Literal["stats", "tiers", "ls", "show", "why", "rm", "clear", "verify", "pin", "unpin"]
USAGE = "cache [stats|tiers|ls|show ID|why [--] COMMAND…|rm ID|GLOB|tag:T…|clear|verify|pin ID|GLOB…|unpin …] [OPTIONS]"


@command("cache", records=True, usage=USAGE, category="Caching")
async def cache(
    call: Call,
    action: Annotated[Action, Argument(help="what to do; see above")] = "stats",
    *operands: Annotated[str, Argument(help="entries: their number, a pattern of their command, or tag:T")],
) -> AsyncIterator[Chunk]:
    """Show, check or clear the results that are kept so that slow commands need not run again.

    `stats` says for each command how often it was answered from the cache, in all sessions, and what that saved.
    `tiers` are the memory of this session and the disk; `stale` counts misses whose answer was there but no longer
    held. `ls` lists what is kept, `show` writes what one result said, `why` says what a command would be answered
    with, or what would make it run again. `verify` compares everything on disk with its hash and takes out what is
    damaged. What is pinned is not evicted; it still has to hold to be given.

    Examples:
        $ cache clear
        {"cleared":0}
        $ cache stats --csv
        command,hits,misses,hit_rate,seconds_saved,entries,bytes
        (all),0,0,0.0,0.0,0,0

    Exit status:
        0; 1 if nothing is kept of what was named, or if verify has found damage; 2 for wrong usage.
    """
    if action in ("show", "why", "rm", "pin", "unpin") and not operands:
        raise UsageError(f"{action}: an operand is missing")
    if action in ("stats", "tiers", "ls", "clear", "verify") and operands:
        raise UsageError(f"{action}: unexpected operand {operands[0]!r}")
    if call.services.results.disk is not None:
        call.services.results.disk.flush(_PATIENCE_SECONDS)
    if action == "show":
        for chunk in _show(call, operands):
            yield chunk
        return
    if action == "why":
        yield (await _why(call, list(operands))).encode("utf-8", "surrogateescape")
        return
    yield {
        "stats": _stats,
        "tiers": _tiers,
        "ls": _ls,
        "clear": _clear,
        "verify": _verify,
        "rm": _rm,
        "pin": _pin,
        "unpin": _unpin,
    }[action](call, operands)


def _stats(call: Call, _: tuple[str, ...]) -> Records:
    results = call.services.results
    disk = results.disk
    sizes: dict[str, list[int]] = {}
    for name, size in _sizes(call):
        sizes.setdefault(name, [0, 0])
        sizes[name][0] += 1
        sizes[name][1] += size
    if disk is not None and (tallies := disk.tallies()):
        counts = {tally.command: (tally.hits, tally.misses, tally.seconds_saved) for tally in tallies}
    else:
        counts = {
            name: (count.hits, count.misses, count.seconds_saved)
            for name, count in results.statistics().commands.items()
        }
    rows = [
        _stats_row(name, *counts.get(name, (0, 0, 0.0)), *sizes.get(name, (0, 0)))
        for name in sorted(counts.keys() | sizes.keys())
    ]
    hits, misses = sum(row[1] for row in rows), sum(row[2] for row in rows)
    entries, size = sum(row[5] for row in rows), sum(row[6] for row in rows)
    saved = sum(count[2] for count in counts.values())
    return Records(_COMMANDS, [_stats_row("(all)", hits, misses, saved, entries, size), *rows])


def _stats_row(
    name: str, hits: int, misses: int, saved: float, entries: int, size: int
) -> tuple[str, int, int, float, float, int, int]:
    rate = hits / (hits + misses) if hits + misses else 0.0
    return name, hits, misses, round(rate, 4), round(float(saved), 3), entries, size


def _sizes(call: Call) -> list[tuple[str, int]]:
    """Command and size of everything kept, in memory or on disk, once."""
    results = call.services.results
    on_disk = {entry.key: entry for entry in results.disk.entries()} if results.disk is not None else {}
    found = [(entry.command, entry.size_bytes) for entry in on_disk.values()]
    found += [
        (held.command, held.size_bytes) for held in results.entries() if disk_key(held.key) not in on_disk
    ]
    return found


def _tiers(call: Call, _: tuple[str, ...]) -> Records:
    memory = call.services.results.statistics()
    rows: list[tuple[object, ...]] = [
        (
            "memory", memory.entries, memory.bytes, memory.max_bytes, 0, memory.evictions, memory.stale, memory.refused,
        )
    ]  # fmt: skip
    disk = call.services.results.disk
    if disk is not None:
        now = disk.statistics()
        rows.append(
            ("disk", now.entries, now.bytes, now.max_bytes, now.pinned, now.evictions, None, now.dropped)
        )
    return Records(_TIERS, rows)


def _ls(call: Call, _: tuple[str, ...]) -> Records:
    now = call.services.results.now()
    results = call.services.results
    on_disk = results.disk.entries() if results.disk is not None else []
    known = {entry.key for entry in on_disk}
    rows: list[tuple[object, ...]] = [
        (
            None, held.command, held.label or key_text(held.key), round(held.age_seconds, 3), held.hits,
            milliseconds(held.cost_seconds), held.size_bytes, "", False,
        )
        for held in results.entries()
        if disk_key(held.key) not in known
    ]  # fmt: skip
    rows += [
        (
            entry.id, entry.command, entry.label, round(entry.stored.age_seconds(now), 3), entry.hits,
            milliseconds(entry.cost_seconds), entry.size_bytes, " ".join(entry.tags), entry.pinned,
        )
        for entry in on_disk
    ]  # fmt: skip
    return Records(_ENTRIES, rows)


def _show(call: Call, operands: tuple[str, ...]) -> list[Chunk]:
    disk = _disk(call)
    chunks: list[Chunk] = []
    for entry in _named(call, operands):
        kept = disk.lookup(entry.key)
        if kept is not None:
            said = [chunk for stream, chunk in joined(kept.result.output) if stream != FILE]
            chunks += said if entry.command != HTTP else _unpacked(kept, said)
    return chunks


def _unpacked(kept: Kept, said: list[Chunk]) -> Iterator[Chunk]:
    """The body of a web server's answer, which is kept as it came."""
    answer = stored_answer(kept)
    try:
        decoder = BodyDecoder("" if answer is None else answer.header("content-encoding"))
    except UnknownEncodingError:
        decoder = BodyDecoder("")
    for chunk in said:
        if isinstance(chunk, bytes):
            yield from decoder.feed(chunk)


async def _why(call: Call, words: list[str]) -> str:
    from azos_shell.bus.command import planned
    from azos_shell.commands.memo_listing import explanation

    found = call.services.registry.get(words[0])
    if found is None or found.planner is None:
        if words[0] == "memo":
            asked_words = words[1:]
        else:  # a program may be cached by a rule
            rule = rule_for(call.shell, words)
            asked_words = ["--", *words] if rule is None else [*rule.options, "--", *words]
        text, call.status = await explanation(call, asked_words)
        return text
    asked = Call(
        words[0], words[1:], stdin=call.stdin, stdout=call.stdout, stderr=call.stderr, shell=call.shell,
        services=call.services,
    )  # fmt: skip
    bound = call.services.registry.signature(found).bind(words[1:])
    answer = planned(
        asked, found, {name: value for name, value in bound.items() if not name.startswith("bus:")}
    )
    plan = answer if isinstance(answer, Plan) else await answer
    if plan.cache is None:
        call.status = 1
        if plan.by_itself:
            return f"{words[0]} looks itself at what is kept: trace {words[0]} … says what becomes of it\n"
        return f"runs: what this {words[0]} gives can't be kept\n"
    key = (found.name, plan.cache.key)
    held = call.services.results.peek(key)
    call.status = 0 if held is not None and held.reason(call.services.results.now()) is None else 1
    return ("runs: " if call.status else "cached: ") + call.services.results.explain(key) + "\n"


def _rm(call: Call, operands: tuple[str, ...]) -> Records:
    found = _named(call, operands)
    removed = _disk(call).remove([entry.id for entry in found])
    call.services.results.forget({entry.key for entry in found})
    return Records(("removed",), [(removed,)])


def _clear(call: Call, _: tuple[str, ...]) -> Records:
    results = call.services.results
    cleared = len(_sizes(call))
    results.clear()
    if results.disk is not None:
        results.disk.clear()
    return Records(("cleared",), [(cleared,)])


def _verify(call: Call, _: tuple[str, ...]) -> Records:
    disk = _disk(call)
    found = disk.verify()
    if found.bad:
        call.status = 1
    rows = [(found.checked, len(found.bad), found.orphans, text) for text in found.bad or (None,)]
    return Records(_FOUND, rows)


def _pin(call: Call, operands: tuple[str, ...]) -> Records:
    return _pinned(call, operands, True)


def _unpin(call: Call, operands: tuple[str, ...]) -> Records:
    return _pinned(call, operands, False)


def _pinned(call: Call, operands: tuple[str, ...], on: bool) -> Records:
    changed = _disk(call).pin([entry.id for entry in _named(call, operands)], on)
    return Records(("pinned" if on else "unpinned",), [(changed,)])


def _named(call: Call, operands: tuple[str, ...]) -> list[Summary]:
    """The entries on disk that the operands name; status 1, and a word, for one that names none."""
    entries = _disk(call).entries()
    found: dict[int, Summary] = {}
    for operand in operands:
        named = [entry for entry in entries if _is_named(entry, operand)]
        if not named:
            call.status = call.error(f"nothing is kept of {operand}")
        found |= {entry.id: entry for entry in named}
    return list(found.values())


def _is_named(entry: Summary, operand: str) -> bool:
    if operand.startswith("tag:"):
        return operand[4:] in entry.tags
    if operand.isascii() and operand.isdecimal():
        return entry.id == int(operand)
    return fnmatchcase(entry.label, operand)


def _disk(call: Call) -> DiskTier:
    disk = call.services.results.disk
    if disk is None:
        raise AzosError("there is no cache on disk")
    return disk


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
