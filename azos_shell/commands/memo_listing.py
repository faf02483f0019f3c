"""``memo why``, ``memo ls`` and ``memo rm``: what is kept, why a command would run again, and how to forget it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from math import inf
from typing import TYPE_CHECKING

from azos_shell.cache.notices import age, saved
from azos_shell.cache.results import disk_key
from azos_shell.cache.validators import Evidence
from azos_shell.commands.memo_answer import COMMAND
from azos_shell.commands.memo_input import MemoInput
from azos_shell.commands.memo_options import read_options
from azos_shell.commands.memo_request import difference, request_of
from azos_shell.core.errors import UsageError
from azos_shell.language.visible import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from azos_shell.bus.call import Call
    from azos_shell.cache.disk import DiskTier, Summary
    from azos_shell.cache.entry import CachedResult
    from azos_shell.commands.memo_request import Request


_MOST_COMPARED = 100
_PATIENCE_SECONDS = 0.05
"""How long what is still on its way to the disk is waited for: what is hardly felt."""


async def why(call: Call, words: list[str]) -> int:
    """Say whether the command would be answered from the cache, and if not, what would make it run."""
    text, status = await explanation(call, words)
    call.write(text)
    return status


async def explanation(call: Call, words: list[str]) -> tuple[str, int]:
    """What ``memo`` with these words would do, and why; 0 if it would answer from the cache, else 1.

    Raises UsageError.
    """
    options, rest = read_options(words)
    if not rest:
        raise UsageError("a command is missing")
    shell = call.shell
    environment = shell.state.variables.environment_bytes()
    request = request_of(shell, rest, options, environment)
    standard_input = MemoInput(shell)
    await standard_input.look()
    if request.volatile:
        return f"runs each time: {request.volatile}\n", 1
    results = call.services.results
    if results.disk is not None:
        results.disk.flush(_PATIENCE_SECONDS)
    held = [found for name in standard_input.keys if (found := results.peek(request.key(name))) is not None]
    if held:
        return _of_kept(call, held[0])
    return f"runs: {_why_not_kept(results.disk, request)}\n", 1


def _of_kept(call: Call, result: CachedResult) -> tuple[str, int]:
    now = call.services.results.now()
    reason = result.reason(now)
    told = f"{age(result.age_seconds(now))} ago"
    evidence = [validator for validator in result.validators if isinstance(validator, Evidence)]
    if reason is None:
        count = sum(map(len, evidence))
        what = f"{count} things that it rests on are as they were" if count else "it rests on no file"
        left = result.ttl_seconds - result.age_seconds(now)
        limit = "" if left == inf else f", for {age(left)} more at most"
        return f"cached {told} · saves {saved(result.cost_seconds)}: {what}{limit}\n", 0
    reasons = dict.fromkeys((reason, *(found for validator in evidence for found in validator.reasons())))
    return f"runs: it was kept {told}, and since then:\n" + "".join(
        f"  {visible(text)}\n" for text in reasons
    ), 1


def _why_not_kept(disk: DiskTier | None, request: Request) -> str:
    if disk is None:
        return "nothing is kept on disk, and this session has not run it yet"
    refused = disk.refusal(disk_key(request.key()))
    if refused is not None:
        return f"what it gave the last time was not kept: {visible(refused)}"
    asked = request.asked_with(None)
    alike = [entry for entry in disk.entries() if entry.command == COMMAND and entry.label == request.label]
    kept = [found.result for entry in alike[:_MOST_COMPARED] if (found := disk.lookup(entry.key)) is not None]
    if kept:  # the one that is most like it tells most
        differences = min((difference(asked, result.asked) for result in kept), key=len)
        return "; ".join(map(visible, differences)) or "its standard input is another"
    return "it was not kept yet"


async def ls(call: Call, words: list[str]) -> int:
    """List what is kept, the newest first."""
    if words:
        raise UsageError(f"ls: unexpected operand {words[0]!r}")
    now = call.services.results.now()
    for entry in _entries(call):
        mark = " pinned" if entry.pinned else ""
        call.write(
            f"{age(entry.stored.age_seconds(now)):>5}  {saved(entry.cost_seconds):>8}  {_size(entry.size_bytes):>9}"
            f"  {entry.hits:>4}×{mark}  {visible(entry.label)}\n"
        )
    return 0


async def rm(call: Call, words: list[str]) -> int:
    """Forget what matches one of the patterns, by command line."""
    if not words:
        raise UsageError("rm: a pattern is missing ('*' for all)")
    disk = call.services.results.disk
    if disk is None:
        return 0
    found = [entry for entry in _entries(call) if any(fnmatchcase(entry.label, word) for word in words)]
    for word in words:
        if not any(fnmatchcase(entry.label, word) for entry in found):
            call.error(f"rm: nothing is kept of {word}")
    disk.remove([entry.id for entry in found])
    call.services.results.forget({entry.key for entry in found})
    return 0 if found else 1


def _entries(call: Call) -> list[Summary]:
    disk = call.services.results.disk
    return [] if disk is None else [entry for entry in disk.entries() if entry.command == COMMAND]


def _size(size_bytes: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size_bytes < 1024:
            return f"{size_bytes} {unit}"
        size_bytes //= 1024
    return f"{size_bytes} GiB"


VERBS: dict[str, Callable[[Call, list[str]], Awaitable[int]]] = {"why": why, "ls": ls, "rm": rm}
