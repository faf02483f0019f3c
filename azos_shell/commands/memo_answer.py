"""The answer of ``memo``: from the cache, from another process that is at it, or by running the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.cache.entry import FILE, STDERR, CachedResult
from azos_shell.cache.leading import joined_or_leading
from azos_shell.cache.notices import told_hit, told_stale
from azos_shell.cache.results import Lookup, disk_key
from azos_shell.cache.validators import Evidence
from azos_shell.commands.memo_input import MemoInput
from azos_shell.commands.memo_options import DEFAULT_TTL_SECONDS
from azos_shell.commands.memo_request import request_of
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import replace
from azos_shell.language.visible import visible

if TYPE_CHECKING:
    from azos_shell.bus.call import Call
    from azos_shell.cache.leases import Lease
    from azos_shell.cache.moment import Moment
    from azos_shell.cache.results import ResultCache
    from azos_shell.commands.memo_evidence import EvidenceOfRun
    from azos_shell.commands.memo_options import MemoOptions
    from azos_shell.commands.memo_request import Request
    from azos_shell.commands.memo_run import MemoRun
    from azos_shell.shell.interpreter import Interpreter

COMMAND = "memo"


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
        if options.full_key is not None:
            return await self._made_anew()
        if options.fresh or self._request.volatile:
            return await self._run(None)
        lookup = self._looked_up()
        now = self._results.now()
        if lookup.hit is not None and lookup.hit.age_seconds(now) < self._longest_age(lookup.hit):
            return await self._replay(lookup.hit, lookup.place)
        old = lookup.hit or lookup.stale
        if old is not None and self._may_be_stale(old, lookup.place, now):
            status = await self._replay(old, lookup.place, is_stale=True)
            self._refresh(lookup.place)
            return status
        names = self._input.keys
        key = disk_key(self._request.key(names[-1] if names else "?"))
        found, lease = await joined_or_leading(call.services.leases, key, self._look_again)
        if found is not None and found.hit is not None:
            return await self._replay(found.hit, found.place)
        try:
            return await self._run(lease)
        finally:
            if lease is not None:
                lease.release()

    async def _made_anew(self) -> int:
        """In the background: run it for those who were given the old answer, unless another is at it."""
        try:
            lease = self._call.services.leases.take(disk_key(self._request.key()))
        except AzosError:
            return 1
        if lease is None:
            return 0
        try:
            return await self._run(lease)
        finally:
            lease.release()

    def _looked_up(self) -> Lookup:
        if self._call.trace is None:
            return self._results.lookup_any(self._keys(), command=COMMAND)
        with self._call.trace.stage("cache") as note:
            lookup = self._results.lookup_any(self._keys(), command=COMMAND)
            note.detail = f"memo: {'hit' if lookup.hit is not None else 'miss'}, {lookup.reason}"
            return lookup

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
        if self._input.keys[place] != self._input.unread_key:
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

    def _longest_age(self, result: CachedResult) -> float:
        """How old an answer may be: as was said when it was kept, and as is said now."""
        asked = self._options.ttl_seconds
        return result.ttl_seconds if asked is None else min(asked, result.ttl_seconds)

    def _may_be_stale(self, result: CachedResult, place: int, now: Moment) -> bool:
        """Whether only its time is up, and that not for long, and it can be made anew without this input."""
        as_asked = replace(
            result,
            ttl_seconds=self._longest_age(result),
            stale_seconds=max(self._options.stale_seconds, result.stale_seconds),
        )
        needs_no_input = self._input.is_nothing or self._input.keys[place] == self._input.unread_key
        return needs_no_input and as_asked.may_be_given_stale(now) and result.broken(now) is None

    def _refresh(self, place: int) -> None:
        """Have an azos in the background make it anew, unless one is at it; it outlives this one."""
        from azos_shell.commands.memo_refresh import start_refreshing

        key = self._keys()[place]
        if self._call.services.leases.state(disk_key(key)) != "held":
            start_refreshing(self._shell, self._request, key[1], self._options, self._environment)

    # -- known to nobody yet ---------------------------------------------------------------------------------

    def _look_again(self) -> Lookup | None:
        lookup = self._results.lookup_any(self._keys(), command=COMMAND, counts=False)
        return lookup if lookup.hit is not None else None

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

    def _keep(self, run: MemoRun, witness: EvidenceOfRun) -> None:
        """Store what it gave. Raises NotKept."""
        from azos_shell.cache.evidence import NotKept

        options, request = self._options, self._request
        if not run.recording.is_whole:
            raise NotKept(
                f"its output of {run.recording.size_bytes} bytes is larger than one result may be "
                f"({self._results.max_entry_bytes})"
            )
        if run.clock_jumped:
            raise NotKept("the clock was set while it ran")
        name, problem = self._input.key_after(terminal_allowed=options.permitted.terminal)
        if problem is not None:
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
        if problem is not None and request.key(name) not in self._results:
            raise NotKept(problem)
        if problem is not None and not options.quiet:
            self._call.services.say_once(
                problem, lambda: self._call.error(f"results are kept for this session only: {problem}")
            )

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
