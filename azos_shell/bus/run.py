"""The run: one dispatch from its plan on, through admission, guard, function, record and delivery."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from azos_shell.bus.flight import PATIENCE_SECONDS, on_stall
from azos_shell.bus.reader import while_read
from azos_shell.bus.record import Record
from azos_shell.cache.entry import STDERR
from azos_shell.cache.moment import Moment
from azos_shell.cache.notices import told_hit, told_stale
from azos_shell.core.drive import ensure_loop, loop_running
from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UnavailableError
from azos_shell.core.values import Chunk, Priority

if TYPE_CHECKING:
    import asyncio

    from azos_shell.bus.call import Call
    from azos_shell.bus.command import CachePolicy, Command, Plan
    from azos_shell.bus.delivery import Delivery
    from azos_shell.bus.services import Services
    from azos_shell.cache.entry import CachedResult
    from azos_shell.scheduling.lanes import Lane

STALL_SECONDS = 0.1
"""After this long without a chunk, a table shows the rows it holds back: half of the design's 'interactive' 100 ms
would show narrower tables than needed, twice of it would be felt."""


class _Note:
    """A stage that nobody looks at."""

    __slots__ = ("detail", "ended")


_UNTRACED = nullcontext(_Note())


def stage(call: Call, name: str) -> Any:
    """``with`` it a stage of the call is measured, if somebody looks."""
    return _UNTRACED if call.trace is None else call.trace.stage(name)


class Run:
    """One dispatch from its plan on."""

    def __init__(
        self,
        services: Services,
        command: Command,
        call: Call,
        plan: Plan,
        bound: dict[str, Any],
        delivery: Delivery,
        priority: Priority,
        started: float,
    ) -> None:
        self.services = services
        self.command = command
        self.call = call
        self.plan = plan
        self.bound = bound
        self.delivery = delivery
        self.priority = priority
        self.started = started
        self.queue_wait_seconds = 0.0

    def stage(self, name: str) -> Any:
        """``with`` it a stage of this run is measured, if somebody looks."""
        return stage(self.call, name)

    async def replay(self, found: CachedResult, *, why_stale: str = "") -> None:
        """Deliver a stored result; ``why_stale`` is told with one that no longer holds."""
        with self.stage("deliver") as note:
            for stream, chunk in found.output:
                if stream == STDERR:
                    self.call.stderr.write(cast("bytes", chunk))
                else:
                    await self.delivery.put(chunk)
            now = self.services.clock.monotonic()
            await self.delivery.finish(now - self.started)
            note.detail = f"{self.delivery.bytes_out} bytes from the cache"
        self._tell_of_hit(found, why_stale)
        self.call.status = found.status
        self._measure(hit=True, failed=False)

    def _tell_of_hit(self, found: CachedResult, why_stale: str) -> None:
        age_seconds = found.age_seconds(Moment.now(self.services.clock))
        if why_stale:
            self.call.error(f"{why_stale}: {told_stale(age_seconds)}")
        elif self.call.stderr.is_terminal():
            self.call.stderr.write(f"{told_hit(age_seconds, found.cost_seconds)}\n".encode())

    async def to_end(self, policy: CachePolicy | None) -> CachedResult | None:
        """Admit, guard, run, deliver and record; return what may be stored."""
        lane = self.services.lane(self.plan.lane)
        if lane is None:
            return await self._guarded(policy)
        await ensure_loop()
        if (
            self.call.is_fed
        ):  # who feeds it has been admitted, and must not wait for one who waits for admission
            with self.stage("admit") as note:
                note.detail = "with the stage before"
            return await self._guarded(policy)
        with self.stage("admit") as note:
            self.queue_wait_seconds = await lane.acquire(self.priority)
            note.detail = f"lane {lane.name}"
        with self._holding(lane):
            return await self._guarded(policy)

    @contextlib.contextmanager
    def _holding(self, lane: Lane) -> Iterator[None]:
        """Give the slot back at the end; before, if the reader keeps it from going on: others may be what that waits
        for (``sql … | map 'sql …'``), and a lane full of those who stand would stand for ever.
        """
        import asyncio

        is_held = True
        watch: asyncio.Task[None] | None = None

        def release() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                lane.release(self.priority)

        def begin() -> None:
            nonlocal watch
            watch = on_stall(self.delivery, release)

        timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, begin)
        try:
            yield
        finally:
            timer.cancel()
            if watch is not None:
                watch.cancel()
            release()

    async def _guarded(self, policy: CachePolicy | None) -> CachedResult | None:
        if self.plan.circuit is None:
            with self.stage("guard") as note:
                limit = self.plan.time_limit_seconds
                whose = "the command's own" if self.plan.by_itself else "no circuit"
                note.detail = whose + (f", time limit {limit:g} s" if limit else "")
            return await self._measured(policy)
        clock = self.services.clock
        breaker = self.services.breaker(self.plan.circuit)
        with self.stage("guard") as note:
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
            result = await self._measured(policy)
            settle = breaker.failure if self.call.dependency_failed else breaker.success
        except (DependencyError, TimeLimitError):
            settle = breaker.failure
            raise
        except (AzosError, BrokenPipeError):
            settle = breaker.success if self.delivery.progress else breaker.cancelled
            raise
        finally:
            settle(permit, clock.monotonic())
        return result

    async def _measured(self, policy: CachePolicy | None) -> CachedResult | None:
        try:
            result = await self._limited(policy)
        except Exception:
            self._measure(hit=False, failed=True)
            raise
        self._measure(hit=False, failed=self.call.status != 0)
        return result

    async def _limited(self, policy: CachePolicy | None) -> CachedResult | None:
        limit = self.plan.time_limit_seconds
        if limit is None:
            return await self._run(policy)
        import asyncio

        await ensure_loop()
        timeout = asyncio.timeout(limit)
        try:
            async with timeout:
                return await self._run(policy)
        except TimeoutError as error:
            if not timeout.expired():
                raise  # somebody else's, as a connection's ETIMEDOUT
            raise TimeLimitError(f"ran longer than its limit of {limit:g} s") from error

    async def _run(self, policy: CachePolicy | None) -> CachedResult | None:
        """Call the function and deliver its chunks as they come, keeping them if they may be stored."""
        call = self.call
        record = None if policy is None else Record(self.services.results.max_entry_bytes)
        with self.stage("run") as note:
            async with self._while_wanted():
                with nullcontext() if record is None else record.of(call):
                    await self._say_all(record)
            note.detail = f"status {call.status}"
        seconds = self.services.clock.monotonic() - self.started
        with self.stage("record") as note:
            result = self._result(policy, record, seconds)
            note.detail = "stored" if result is not None else "measured"
        with self.stage("deliver") as note:
            await self.delivery.finish(seconds)
            note.detail = f"{self.delivery.rows} rows, {self.delivery.bytes_out} bytes"
        return result

    def _while_wanted(self) -> contextlib.AbstractAsyncContextManager[None]:
        """What ends the run once nobody reads it, where it has no other effect."""
        if self.plan.only_for_reader and loop_running():
            return while_read(self.delivery)
        return nullcontext()

    async def _say_all(self, record: Record | None) -> None:
        outcome = self._invoke()
        if not hasattr(outcome, "__aiter__"):
            if record is not None:
                record.give_up()  # a command that is no stream writes by itself
            status = await outcome if isinstance(outcome, Awaitable) else outcome
            self.call.status = cast("int | None", status) or 0
            return
        async with contextlib.aclosing(self._watched(cast("AsyncIterator[Chunk]", outcome))) as chunks:
            async for chunk in chunks:
                if record is not None:
                    record.put(chunk)
                await self.delivery.put(chunk)

    def _invoke(self) -> Any:
        if self.command.raw:
            return self.command.function(self.call)
        from azos_shell.bus.signature import call_arguments

        signature = self.services.registry.signature(self.command)
        positional, keywords = call_arguments(signature, self.bound)
        return self.command.function(self.call, *positional, **keywords)

    async def _watched(self, chunks: AsyncIterator[Chunk]) -> AsyncGenerator[Chunk, None]:
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

        from azos_shell.scheduling.stopping import stopped

        task: asyncio.Future[Chunk] = asyncio.ensure_future(anext(chunks))
        try:
            done, _ = await asyncio.wait({task}, timeout=STALL_SECONDS)
            if not done:
                await self.delivery.flush()
                await asyncio.wait({task})
        except BaseException:
            await stopped(task)  # a source that still runs can't be closed
            raise
        return task.result()

    def _result(
        self, policy: CachePolicy | None, record: Record | None, seconds: float
    ) -> CachedResult | None:
        if policy is None or record is None:
            return None
        return record.result(
            policy,
            call=self.call,
            command=self.command.name,
            cost_seconds=seconds,
            now=Moment.now(self.services.clock),
        )

    def _measure(self, *, hit: bool, failed: bool) -> None:
        self.services.monitor.record(
            self.command.name,
            self.services.clock.monotonic() - self.started,
            queue_wait_seconds=self.queue_wait_seconds,
            hit=hit,
            failed=failed,
        )

    def __repr__(self) -> str:
        return (
            f"<Run of {self.command.name}: lane {self.plan.lane.value}, {self.delivery.bytes_out} bytes out>"
        )
