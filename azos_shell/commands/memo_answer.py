"""The answer of ``memo``: from the cache, from another process that is at it, or by running the command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.cache.entry import FILE, STDERR, CachedResult
from azos_shell.cache.moment import Moment
from azos_shell.cache.notices import told_hit, told_stale
from azos_shell.cache.results import Lookup, disk_key
from azos_shell.cache.validators import Evidence
from azos_shell.commands.memo_input import MemoInput
from azos_shell.commands.memo_options import DEFAULT_TTL_SECONDS
from azos_shell.commands.memo_request import request_of
from azos_shell.core.drive import loop_running
from azos_shell.core.errors import AzosError
from azos_shell.language.visible import visible

if TYPE_CHECKING:
    from azos_shell.bus.call import Call
    from azos_shell.cache.leases import Lease
    from azos_shell.cache.moment import Moment
    from azos_shell.cache.results import ResultCache
    from azos_shell.commands.memo_options import MemoOptions
    from azos_shell.commands.memo_request import Request
    from azos_shell.commands.memo_run import MemoRun
    from azos_shell.shell.interpreter import Interpreter

COMMAND = "memo"
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.1
"""How often who waits for another process looks: what a person does not feel."""


class MemoAnswer:
    """One call of ``memo``."""

    def __init__(self, call: Call, options: MemoOptions, words: list[str]) -> None:
        self._call = call
        self._shell: Interpreter = call.shell
        self._options = options
        self._environment = self._shell.state.variables.environment_bytes()
        self._request: Request = request_of(self._shell, words, options, self._environment)
        self._input = MemoInput(self._shell)
        self._results: ResultCache = call.services.results

    async def give(self) -> int:
        """Answer; the exit status."""
        call, options = self._call, self._options
        if call.fresh or call.shell.get("AZOS_NO_CACHE") not in (None, "", "0"):
            return await self._plainly()
        await self._input.look()
        if options.fresh or self._request.volatile:
            return await self._run(None)
        lookup = self._results.lookup_any(self._keys(), command=COMMAND)
        if lookup.hit is not None:
            return await self._replay(lookup.hit, lookup.place)
        now = call.services.results.now()
        if lookup.stale is not None and self._may_be_stale(lookup.stale, now):
            status = await self._replay(lookup.stale, 0, is_stale=True)
            self._refresh()
            return status
        found, lease = await self._joined_or_leading()
        if found.hit is not None:
            return await self._replay(found.hit, found.place)
        try:
            return await self._run(lease)
        finally:
            if lease is not None:
                lease.release()

    # -- known already ---------------------------------------------------------------------------------------

    def _keys(self) -> list[tuple[str, str]]:
        return [self._request.key(name) for name in self._input.keys]

    async def _replay(self, result: CachedResult, place: int, *, is_stale: bool = False) -> int:
        """Say what was said, on the stream that it was said on, and put back the files that belong to it.

        ``place`` tells which of the input's keys it is stored under.
        """
        call, options = self._call, self._options
        if not options.warm:
            for stream, piece in result.output:
                if stream == FILE:
                    continue
                output = call.stderr if stream == STDERR else call.stdout
                output.write(piece)  # type: ignore[arg-type]
                await output.drain()
        status = result.status
        if any(stream == FILE for stream, _ in result.output):
            status = self._put_back(result) or status
        if self._input.keys and self._input.keys[place]:  # else the program reads no input
            self._input.consume(_consumed(result))
        if not options.quiet and not options.warm:
            self._tell_of_hit(result, is_stale)
        return status

    def _put_back(self, result: CachedResult) -> int:
        from azos_shell.cache.written import put_back

        for stream, piece in result.output:
            if stream == FILE:
                try:
                    put_back(piece)  # type: ignore[arg-type]
                except OSError as error:
                    return self._call.error(f"{error.filename}: can't be put back: {error.strerror}")
        return 0

    def _tell_of_hit(self, result: CachedResult, is_stale: bool) -> None:
        age_seconds = result.age_seconds(self._results.now())
        if is_stale:
            self._call.stderr.write(f"azos: memo: {told_stale(age_seconds)}; it is made anew now\n".encode())
        elif self._call.stderr.is_terminal():
            self._call.stderr.write(f"{told_hit(age_seconds, result.cost_seconds)}\n".encode())

    def _may_be_stale(self, result: CachedResult, now: Moment) -> bool:
        """Whether only its time is up, and that not for long."""
        stale_seconds = max(self._options.stale_seconds, result.stale_seconds)
        age_seconds = result.age_seconds(now)
        return (
            result.ttl_seconds <= age_seconds < result.ttl_seconds + stale_seconds
            and result.broken(now) is None
            and self._input.keys[:1] in (("",), ("nothing",))  # what it is made anew with is /dev/null
        )

    def _refresh(self) -> None:
        """Have an azos in the background make it anew; it outlives this one."""
        from azos_shell.commands.memo_refresh import start_refreshing

        _, name = self._request.key(self._input.keys[0])
        start_refreshing(self._shell, self._request, name, self._options, self._environment)

    # -- known to nobody yet ---------------------------------------------------------------------------------

    async def _joined_or_leading(self) -> tuple[Lookup, Lease | None]:
        """What another process has just found out; or a miss, and the lease where this one is to run it.

        Without the lease: another has run it, and what that gave can't be kept. Then everybody runs it for himself.
        """
        leases = self._call.services.leases
        names = self._input.keys
        key = disk_key(self._request.key(names[-1] if names else "?"))
        nothing = Lookup(None, "")
        has_waited = False
        while True:
            try:
                lease = leases.take(key)
            except AzosError:
                return nothing, None
            if lease is not None:
                found = self._look_again() if has_waited else nothing
                if found.hit is not None:
                    lease.release()
                    return found, None
                return nothing, lease
            has_waited = True
            pause_seconds = _FIRST_PAUSE_SECONDS
            while (state := leases.state(key)) == "held":
                await _pause(pause_seconds)
                pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 1.5)
            found = self._look_again()
            if found.hit is not None or state == "given back":
                return found, None

    def _look_again(self) -> Lookup:
        return self._results.lookup_any(self._keys(), command=COMMAND, counts=False)

    async def _run(self, lease: Lease | None) -> int:
        """Run it, and keep what it gives if that may be."""
        from azos_shell.cache.evidence import NotKept
        from azos_shell.commands.memo_evidence import EvidenceOfRun
        from azos_shell.commands.memo_run import MemoRun

        options, request = self._options, self._request
        witness = EvidenceOfRun(self._shell, request, options)
        problem = request.volatile
        if not problem:
            try:
                witness.look_before()
            except NotKept as error:
                problem = str(error)
        run = MemoRun(
            self._call,
            request,
            self._input,
            self._environment,
            strace=None if problem else witness.strace,
            room_bytes=self._results.max_entry_bytes,
            is_silent=options.warm,
            on_stall=lease.release if lease is not None else _nothing,
        )
        try:
            status = await run.to_end()
            if run.was_stopped or run.killed_by or status not in options.codes or run.recording.reader_gone:
                return status
            try:
                if problem:
                    raise NotKept(problem)
                self._keep(run, witness)
            except NotKept as error:
                self._tell_of_refusal(str(error))
            return status
        finally:
            self._input.close()
            run.discard()

    def _keep(self, run: MemoRun, witness: object) -> None:
        """Store what it gave. Raises NotKept."""
        from azos_shell.cache.evidence import NotKept
        from azos_shell.commands.memo_evidence import EvidenceOfRun

        assert isinstance(witness, EvidenceOfRun)
        options, request = self._options, self._request
        if not run.recording.is_whole:
            raise NotKept(
                f"its output of {run.recording.size_bytes} bytes is larger than one result may be "
                f"({self._results.max_entry_bytes})"
            )
        if run.clock_jumped:
            raise NotKept("the clock was set while it ran")
        name, problem = self._input.key_after()
        if problem is not None and not options.permitted.terminal:
            raise NotKept(problem)
        dependencies, files = witness.look_after(run)
        result = CachedResult(
            status=run.status,
            output=(*run.recording.said, *files),
            cost_seconds=run.cost_seconds,
            size_bytes=run.recording.size_bytes
            + sum(len(piece) for _, piece in files)
            + 100 * len(dependencies),
            stored=self._results.now(),
            validators=(Evidence((*self._input.dependencies, *dependencies)),),
            ttl_seconds=DEFAULT_TTL_SECONDS if options.ttl_seconds is None else options.ttl_seconds,
            stale_seconds=options.stale_seconds,
            command=COMMAND,
            label=request.label,
            asked=request.asked_with(consumed=self._input.consumed()),
            tags=options.tags,
        )
        problem = self._results.store(request.key(name), result, wait=True)
        if problem is not None:
            raise NotKept(problem)

    def _tell_of_refusal(self, reason: str) -> None:
        """Say once why it will run again; and remember it for ``memo why``."""
        disk = self._results.disk
        if disk is not None:
            disk.note_refusal(disk_key(self._request.key()), reason)
        if not self._options.quiet:
            self._call.services.say_once(
                f"memo {self._request.label}: {reason}",
                lambda: self._call.error(f"{visible(self._request.label)}: not kept: {reason}"),
            )

    # -- round the cache -------------------------------------------------------------------------------------

    async def _plainly(self) -> int:
        """As if there were no memo: the program owns the terminal."""
        from azos_shell.shell.simple import Invocation, invoke

        request, shell = self._request, self._shell
        if request.program is not None or len(request.words) > 1:
            return await invoke(shell, Invocation(list(request.words), shell.state.files, fresh=True))
        twin = shell.subshell(shell.job)
        try:
            return await twin.to_end(twin.run_text(request.words[0]))
        finally:
            twin.state.files.release()


def _nothing() -> None:
    """Nobody waits for this one."""


def _consumed(result: CachedResult) -> int | None:
    import json

    asked = json.loads(result.asked)
    consumed = asked.get("consumed")
    return consumed if isinstance(consumed, int) else None


async def _pause(seconds: float) -> None:
    if loop_running():
        import asyncio

        await asyncio.sleep(seconds)
    else:
        import time

        time.sleep(seconds)  # noqa: ASYNC251 - there is no loop to block


def is_startable(path: str) -> bool:
    """Whether the kernel starts the file by itself; what has neither a format nor ``#!`` a shell runs."""
    try:
        with open(path, "rb") as file:
            head = file.read(4)
    except OSError:
        return True  # it may be executed and not read
    return head.startswith((b"#!", b"\x7fELF")) or os.name != "posix"
