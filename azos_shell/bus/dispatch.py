"""The bus: one command called once passes resolve, plan, cache, admit, guard, run, record and deliver.

The shell resolves a name; the rest happens here. Inline raw commands (``echo``, ``cd``, ``test``) skip every stage and
cost one counter, unless the call is traced. A result is delivered while it is run: the first chunk is never held back
for the last.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from azos_shell.bus.command import CachePolicy, Command, Plan, planned
from azos_shell.bus.delivery import Delivery, terminal_width
from azos_shell.core.drive import ensure_loop, loop_running
from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UnavailableError, UsageError
from azos_shell.core.values import Chunk, LaneName, Priority, Records

if TYPE_CHECKING:
    import asyncio

    from azos_shell.bus.call import Call
    from azos_shell.bus.services import Services
    from azos_shell.cache.entry import CachedResult

STALL_SECONDS = 0.1
"""After this long without a chunk, a table shows the rows it holds back: half of the design's 'interactive' 100 ms
would show narrower tables than needed, twice of it would be felt."""


_TAKES_ANYTHING = frozenset({"echo", "test", "[", ":", "true", "false"})
"""To these ``--help`` is a word like any other, as POSIX and every shell have it."""


class _Note:
    """A stage that nobody looks at."""

    __slots__ = ("detail", "ended")


_UNTRACED = nullcontext(_Note())


class Bus:
    """Dispatches calls of commands; holds what is counted and what is in flight."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._count = services.counters.count
        self.last_seconds: float | None = None
        self._in_flight: dict[object, asyncio.Future[CachedResult | None]] = {}

    async def dispatch(self, command: Command, call: Call, priority: Priority = Priority.NORMAL) -> int:
        """Run one call to its end and return its exit status.

        Errors of the command are told on its standard error. BrokenPipeError (the reader has gone) and cancellation
        pass through: what they mean is the shell's to say.
        """
        if command.raw and command.lane is LaneName.INLINE and call.trace is None:
            if call.args == ["--help"] and command.name not in _TAKES_ANYTHING:
                return self._help(command, call)
            outcome = command.function(call)
            if outcome.__class__ is not int:
                outcome = await cast("Awaitable[int | None]", outcome) if outcome is not None else 0
            status = outcome or 0
            self._count(command.name, status)
            return status
        try:
            return await self._through_stages(command, call, priority)
        except UsageError as error:
            call.error(error.message)
            if not command.raw:
                usage = self.services.registry.signature(command).usage
                call.stderr.write(f"usage: {usage}\n".encode("utf-8", "surrogateescape"))
            return error.status
        except AzosError as error:
            return call.error(error.message, error.status)

    # -- the stages ---------------------------------------------------------------------------------------------

    async def _through_stages(self, command: Command, call: Call, priority: Priority) -> int:
        clock = self.services.clock
        started = clock.monotonic()
        with _stage(call, "plan") as note:
            bound = self._bind(command, call)
            if bound is None:
                return 0
            if command.lane is not LaneName.INLINE:
                await ensure_loop()
            answer = planned(call, command, _own(bound))
            plan = answer if isinstance(answer, Plan) else await answer
            note.detail = f"{plan.lane.value}, {(plan.priority or priority).name}"
        delivery = Delivery(call, bound.get("bus:format"))
        run = _Run(self, command, call, plan, bound, delivery, plan.priority or priority, started)
        if plan.cache is None or bound.get("bus:fresh") or call.fresh or call.shell.get("AZOS_NO_CACHE"):
            with _stage(call, "cache") as note:
                note.detail = "not asked for" if plan.cache is None else "gone round"
            await run.to_end(None)
        else:
            await self._cached(run, plan.cache)
        self.last_seconds = clock.monotonic() - started
        return call.status

    async def _cached(self, run: _Run, policy: CachePolicy) -> None:
        """Answer from the cache, from the same work in flight, or by running it."""
        key = (run.command.name, policy.key)
        with _stage(run.call, "cache") as note:
            lookup = self.services.results.lookup(key, command=run.command.name)
            found = lookup.hit
            note.detail = "hit" if found is not None else f"miss: {lookup.reason}"
            if found is None and key in self._in_flight:
                import asyncio

                note.detail = "joined the same work in flight"
                found = await asyncio.shield(self._in_flight[key])
            if found is not None:
                note.ended = True
        if found is not None:
            await run.replay(found)
            return
        if not loop_running():
            await run.to_end(policy)
            return
        import asyncio

        future: asyncio.Future[CachedResult | None] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = future
        result = None
        try:
            result = await run.to_end(policy)
            if result is not None:
                self.services.results.store(key, result)
        finally:
            if self._in_flight.get(key) is future:
                del self._in_flight[key]
            if not future.done():
                future.set_result(result)

    def _bind(self, command: Command, call: Call) -> dict[str, Any] | None:
        """The words as arguments; None when help was asked for and given."""
        if command.raw:
            return {}
        from azos_shell.bus.signature import HelpRequested

        signature = self.services.registry.signature(command)
        try:
            return signature.bind(call.args)
        except HelpRequested:
            self._help(command, call)
            return None

    def _help(self, command: Command, call: Call) -> int:
        from azos_shell.bus.documentation import render_help

        call.write(render_help(command, self.services.registry, terminal_width(call.stdout)))
        return 0

    def __repr__(self) -> str:
        return f"<Bus {self.services.counters.total} inline, {len(self._in_flight)} in flight>"


class _Run:
    """One dispatch from its plan on."""

    def __init__(
        self,
        bus: Bus,
        command: Command,
        call: Call,
        plan: Plan,
        bound: dict[str, Any],
        delivery: Delivery,
        priority: Priority,
        started: float,
    ) -> None:
        self.bus = bus
        self.services = bus.services
        self.command = command
        self.call = call
        self.plan = plan
        self.bound = bound
        self.delivery = delivery
        self.priority = priority
        self.started = started
        self.queue_wait_seconds = 0.0

    async def replay(self, found: CachedResult) -> None:
        """Deliver a stored result."""
        with _stage(self.call, "deliver") as note:
            if found.stderr:
                self.call.stderr.write(found.stderr)
            for chunk in found.stdout:
                await self.delivery.put(chunk)
            now = self.services.clock.monotonic()
            await self.delivery.finish(now - self.started)
            note.detail = f"{self.delivery.bytes_out} bytes from the cache"
        self.call.status = found.status
        self._measure(hit=True, failed=False)

    async def to_end(self, policy: CachePolicy | None) -> CachedResult | None:
        """Admit, guard, run, deliver and record; return what may be stored."""
        lane = self.services.lane(self.plan.lane)
        if lane is None:
            return await self._guarded(policy)
        await ensure_loop()
        async with contextlib.AsyncExitStack() as stack:
            with _stage(self.call, "admit") as note:
                self.queue_wait_seconds = await stack.enter_async_context(lane.slot(self.priority))
                note.detail = f"lane {lane.name}"
            return await self._guarded(policy)

    async def _guarded(self, policy: CachePolicy | None) -> CachedResult | None:
        if self.plan.circuit is None:
            with _stage(self.call, "guard") as note:
                limit = self.plan.time_limit_seconds
                note.detail = "no circuit" + (f", time limit {limit:g} s" if limit else "")
            return await self._limited(policy)
        clock = self.services.clock
        breaker = self.services.breaker(self.plan.circuit)
        with _stage(self.call, "guard") as note:
            permit = breaker.acquire(clock.monotonic())
            note.detail = f"circuit {self.plan.circuit}: {breaker.state(clock.monotonic()).name.lower()}"
        if permit is None:
            wait = breaker.retry_after(clock.monotonic())
            raise UnavailableError(
                f"{self.plan.circuit.partition(':')[2]} failed repeatedly; next try in {wait:.0f} s",
                retry_after_seconds=wait,
            )
        settle = breaker.cancelled
        try:
            result = await self._limited(policy)
            settle = breaker.failure if self.call.dependency_failed else breaker.success
        except (DependencyError, TimeLimitError):
            settle = breaker.failure
            raise
        except (AzosError, BrokenPipeError):
            settle = breaker.success if self.delivery.bytes_out else breaker.cancelled
            raise
        finally:
            settle(permit, clock.monotonic())
        return result

    async def _limited(self, policy: CachePolicy | None) -> CachedResult | None:
        limit = self.plan.time_limit_seconds
        if limit is None:
            return await self._run(policy)
        import asyncio

        await ensure_loop()
        try:
            async with asyncio.timeout(limit):
                return await self._run(policy)
        except TimeoutError as error:
            raise TimeLimitError(f"ran longer than its limit of {limit:g} s") from error

    async def _run(self, policy: CachePolicy | None) -> CachedResult | None:
        """Call the function and deliver its chunks as they come, keeping them if they may be stored."""
        call = self.call
        kept: list[Chunk] | None = [] if policy is not None else None
        room = self.services.results.max_entry_bytes if policy is not None else 0
        failed = True
        try:
            with _stage(call, "run") as note:
                outcome = self._invoke()
                if hasattr(outcome, "__aiter__"):
                    async for chunk in self._watched(cast("AsyncIterator[Chunk]", outcome)):
                        if kept is not None:
                            room -= chunk_bytes(chunk)
                            kept = _kept(kept, chunk, room)
                        await self.delivery.put(chunk)
                else:
                    status = await outcome if isinstance(outcome, Awaitable) else outcome
                    call.status = cast("int | None", status) or 0
                note.detail = f"status {call.status}"
            failed = call.status != 0
        finally:
            self._measure(hit=False, failed=failed)
        seconds = self.services.clock.monotonic() - self.started
        with _stage(call, "record") as note:
            result = self._result(policy, kept, seconds)
            note.detail = "stored" if result is not None else "measured"
        with _stage(call, "deliver") as note:
            await self.delivery.finish(seconds)
            note.detail = f"{self.delivery.rows} rows, {self.delivery.bytes_out} bytes"
        return result

    def _invoke(self) -> Any:
        if self.command.raw:
            return self.command.function(self.call)
        from azos_shell.bus.signature import call_arguments

        signature = self.services.registry.signature(self.command)
        positional, keywords = call_arguments(signature, self.bound)
        return self.command.function(self.call, *positional, **keywords)

    async def _watched(self, chunks: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
        """The chunks; while the source stalls, what the table holds back is shown. The source is always closed."""
        try:
            while True:
                try:
                    if self.delivery.holds_back and loop_running():
                        yield await self._next_or_flush(chunks)
                    else:
                        yield await anext(chunks)
                except StopAsyncIteration:
                    return
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    async def _next_or_flush(self, chunks: AsyncIterator[Chunk]) -> Chunk:
        import asyncio

        task: asyncio.Future[Chunk] = asyncio.ensure_future(anext(chunks))
        try:
            done, _ = await asyncio.wait({task}, timeout=STALL_SECONDS)
            if not done:
                await self.delivery.flush()
            return await task
        except asyncio.CancelledError:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await task
            raise

    def _result(
        self, policy: CachePolicy | None, kept: list[Chunk] | None, seconds: float
    ) -> CachedResult | None:
        if policy is None or kept is None or self.call.status not in policy.codes:
            return None
        from azos_shell.cache.entry import CachedResult

        return CachedResult(
            status=self.call.status,
            stdout=tuple(kept),
            stderr=b"",
            cost_seconds=seconds,
            size_bytes=sum(chunk_bytes(chunk) for chunk in kept),
            stored_monotonic=self.services.clock.monotonic(),
            validators=policy.validators,
            ttl_seconds=policy.ttl_seconds,
            command=self.command.name,
        )

    def _measure(self, *, hit: bool, failed: bool) -> None:
        self.services.monitor.record(
            self.command.name,
            self.services.clock.monotonic() - self.started,
            queue_wait_seconds=self.queue_wait_seconds,
            hit=hit,
            failed=failed,
        )


def _kept(kept: list[Chunk], chunk: Chunk, room: int) -> list[Chunk] | None:
    """``kept`` with the chunk, or None once the result has become too big to keep."""
    if room < 0:
        return None
    kept.append(chunk)
    return kept


def chunk_bytes(chunk: Chunk) -> int:
    """About how many bytes a chunk holds: exact for bytes, for records from the first row of the batch."""
    if isinstance(chunk, Records):
        if not chunk.rows:
            return 64
        first = chunk.rows[0]
        row = 56 + 8 * len(first) + sum(len(v) + 49 if isinstance(v, str | bytes) else 28 for v in first)
        return row * len(chunk.rows)
    return len(chunk) + 33


def _own(bound: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are the command's own."""
    return {name: value for name, value in bound.items() if not name.startswith("bus:")}


def _stage(call: Call, name: str) -> Any:
    return _UNTRACED if call.trace is None else call.trace.stage(name)
