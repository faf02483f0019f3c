"""The bus: one command called once passes resolve, plan, cache, admit, guard, run, record and deliver.

The shell resolves a name; the rest happens here. Inline raw commands (``echo``, ``cd``, ``test``) skip every stage and
cost one counter, unless the call is traced. A result is delivered while it is run: the first chunk is never held back
for the last.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from azos_shell.bus.command import CachePolicy, Command, Plan, planned
from azos_shell.bus.flight import Flights, on_stall
from azos_shell.cache.moment import Moment
from azos_shell.core.drive import ensure_loop, loop_running
from azos_shell.core.errors import AzosError, UnavailableError, UsageError
from azos_shell.core.frozen import replace
from azos_shell.core.values import LaneName, Priority

if TYPE_CHECKING:
    from collections.abc import Hashable

    from azos_shell.bus.call import Call
    from azos_shell.bus.run import Run
    from azos_shell.bus.services import Services
    from azos_shell.cache.entry import CachedResult

_TAKES_ANYTHING = frozenset({"echo", "test", "[", ":", "true", "false"})
"""To these ``--help`` is a word like any other, as POSIX and every shell have it."""


class Bus:
    """Dispatches calls of commands; holds what is counted and what is in flight."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._count = services.counters.count
        self.last_seconds: float | None = None
        self._flights = Flights()

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
        except BaseException as error:
            if not isinstance(error, Exception):  # cancelled, or Ctrl-C: how long it took says nothing
                self.services.monitor.interrupted(command.name)
            raise

    # -- the stages ---------------------------------------------------------------------------------------------

    async def _through_stages(self, command: Command, call: Call, priority: Priority) -> int:
        from azos_shell.bus.delivery import (
            Delivery,
        )  # here, since most command lines have inline commands only
        from azos_shell.bus.run import Run, stage

        clock = self.services.clock
        started = clock.monotonic()
        with stage(call, "plan") as note:
            bound = self._bind(command, call)
            if bound is None:
                return 0
            if command.lane is not LaneName.INLINE:
                await ensure_loop()
            answer = planned(call, command, _own(bound))
            plan = answer if isinstance(answer, Plan) else await answer
            note.detail = f"{plan.lane.value}, {(plan.priority or priority).name}"
        call.format = bound.get("bus:format")
        delivery = Delivery(call, call.format, only_for_reader=plan.only_for_reader)
        run = Run(self.services, command, call, plan, bound, delivery, plan.priority or priority, started)
        call.fresh = bool(call.fresh or bound.get("bus:fresh") or _no_cache(call))
        try:
            await self._answered(run)
            self.last_seconds = clock.monotonic() - started
        except BrokenPipeError:
            if not delivery.had_enough:
                raise
        finally:
            await delivery.close()
        return call.status

    async def _answered(self, run: Run) -> None:
        """Answer from the cache, where that is asked for, or by running it."""
        plan, call = run.plan, run.call
        if plan.cache is None or call.fresh:
            with run.stage("cache") as note:
                note.detail = (
                    "the command's own" if plan.by_itself else "gone round" if plan.cache else "not asked for"
                )
            await run.to_end(None)
        else:
            await self._cached(run, plan.cache)

    async def _cached(self, run: Run, policy: CachePolicy) -> None:
        """Answer from the cache, from the same work in flight, or by running it."""
        key = (run.command.name, policy.key)
        with run.stage("cache") as note:
            found, may_lead, stale = await self._known(run.command.name, key, note)
            note.ended = found is not None
        if found is not None:
            await run.replay(found)
            return
        try:
            if may_lead and loop_running():
                with self._flights.lead(key, run.delivery) as flight:
                    result = await self._kept_for_all(run, policy, key)
                    if run.call.status in policy.codes:
                        flight.land(result)
            else:
                await self._kept(run, policy, key)
        except UnavailableError as error:  # its circuit is open: the last good answer is better than none
            if stale is None:
                raise
            self.services.results.store(key, stale)
            await run.replay(stale, why_stale=error.message)

    async def _known(
        self, name: str, key: Hashable, note: Any
    ) -> tuple[CachedResult | None, bool, CachedResult | None]:
        """What is stored or what the same work in flight gives; if nothing, whether others may join this run, and the
        answer that no longer holds.

        Does not wait between finding nothing in flight and returning: of many who waited, one comes to lead.
        """
        began_before_us = True
        while True:
            lookup = self.services.results.lookup(key, command=name)
            flight = self._flights.get(key)
            if lookup.hit is not None or flight is None:
                note.detail = "hit" if lookup.hit is not None else f"miss: {lookup.reason}"
                return lookup.hit, True, lookup.stale
            await flight.wait()
            found = flight.result
            if found is None and not flight.failed:
                note.detail = "miss: the same work in flight has nothing to share"
                return None, False, lookup.stale
            if found is not None and not (
                began_before_us and found.reason(Moment.now(self.services.clock)) is not None
            ):
                note.detail = "joined the same work in flight"
                return found, True, None
            began_before_us = False

    async def _kept_for_all(self, run: Run, policy: CachePolicy, key: Hashable) -> CachedResult | None:
        """The same for other processes, too, where they understand what it rests on: one of them works it out."""
        results = self.services.results
        if policy.durable is None or results.disk is None:
            return await self._kept(run, policy, key)
        from azos_shell.cache.leading import joined_or_leading
        from azos_shell.cache.results import disk_key

        found, lease = await joined_or_leading(
            self.services.leases, disk_key(key), lambda: results.lookup_any((key,), counts=False).hit
        )
        if found is not None:
            await run.replay(found)
            return found
        if lease is None:
            return await self._kept(run, policy, key)
        watch = on_stall(run.delivery, lease.release)
        try:
            return await self._kept(run, policy, key, wait=True)
        finally:
            watch.cancel()
            lease.release()

    async def _kept(
        self, run: Run, policy: CachePolicy, key: Hashable, *, wait: bool = False
    ) -> CachedResult | None:
        """Run it and store what it gave, if that may be."""
        if policy.durable is not None and self.services.results.disk is not None:
            from azos_shell.cache.validators import Evidence, LiveProof

            evidence = policy.durable()
            if evidence is not None:
                first, *others = policy.validators or (Evidence(()),)
                policy = replace(policy, validators=(LiveProof(first, evidence), *others))
        result = await run.to_end(policy)
        if result is not None:
            self.services.results.store(key, result, wait=wait)
        return result

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
        from azos_shell.bus.delivery import terminal_width
        from azos_shell.bus.documentation import render_help

        call.write(render_help(command, self.services.registry, terminal_width(call.stdout)))
        return 0

    def __repr__(self) -> str:
        return f"<Bus {self.services.counters.total} inline, {len(self._flights)} in flight>"


def _no_cache(call: Call) -> bool:
    """Whether the user wants nothing from the cache; an empty value and 0 mean no, as for a flag."""
    return call.shell.get("AZOS_NO_CACHE") not in (None, "", "0")


def _own(bound: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are the command's own."""
    return {name: value for name, value in bound.items() if not name.startswith("bus:")}
