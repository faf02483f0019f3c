"""Attempts: exchanges over the pool, each guarded by the circuit of its origin, repeated where that is safe.

The circuit counts a request with all its attempts as one: five requests in a row that came to nothing open it. A
request that finds out whether the origin is well again is sent once.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from azos_shell.core.errors import AzosError, DependencyError, TimeLimitError, UnavailableError
from azos_shell.pools.http_asking import MOST_RETRIES
from azos_shell.pools.http_request import origin_of
from azos_shell.resilience.breaker import CircuitState
from azos_shell.resilience.retry import RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from azos_shell.core.clock import Clock
    from azos_shell.pools.http import HttpPool
    from azos_shell.pools.http_asking import Asking
    from azos_shell.pools.http_exchange import Exchange
    from azos_shell.pools.http_request import Answer, HttpRequest
    from azos_shell.pools.http_retries import Trouble
    from azos_shell.resilience.breaker import CircuitBreaker, Permit

_ONE_ATTEMPT = "after 1 attempt"  # goes without saying
_READ_AWAY_BYTES = 65_536
"""A body that nobody wants is read up to here, so that its connection can be used again."""


class Attempts:
    """Guarded, repeated exchanges. ``pause`` waits so many seconds, ``chance`` gives a random number in [0, 1)."""

    def __init__(
        self,
        pool: HttpPool,
        clock: Clock,
        breaker: Callable[[str], CircuitBreaker],
        *,
        pause: Callable[[float], Awaitable[object]],
        chance: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._breaker = breaker
        self._pause = pause
        self._chance = chance

    @asynccontextmanager
    async def exchange(self, request: HttpRequest, asking: Asking) -> AsyncIterator[Exchange]:
        """The exchange, if the circuit of its origin lets it through; how it ends counts there."""
        origin = origin_of(request.url)
        breaker = self._breaker(f"http:{origin}")
        now = self._clock.monotonic()
        asking.telling.note("guard", f"circuit http:{origin}: {breaker.state(now).name.lower()}")
        permit = breaker.acquire(now)
        if permit is None:
            wait = breaker.retry_after(now)
            raise UnavailableError(
                f"{origin} failed repeatedly; next try in {wait:.0f} s", retry_after_seconds=wait
            )
        settle = breaker.cancelled
        try:
            async with AsyncExitStack() as stack:
                live = await self._first_good(stack, request, asking, breaker, permit)
                settle = breaker.failure if live.status >= 500 else breaker.success
                yield live
        except (DependencyError, TimeLimitError):
            settle = breaker.failure
            raise
        finally:
            settle(permit, self._clock.monotonic())

    async def _first_good(
        self,
        stack: AsyncExitStack,
        request: HttpRequest,
        asking: Asking,
        breaker: CircuitBreaker,
        permit: Permit,
    ) -> Exchange:
        """The first answer that is one, or the last that came; its exchange is left to the stack."""
        most = 0 if permit.is_probe else min(asking.retries, MOST_RETRIES)
        policy = RetryPolicy(attempts=1 + most)
        began = self._clock.monotonic()
        attempt = 1
        while True:
            async with AsyncExitStack() as one:
                live, failed, trouble = await self._attempt(one, request, asking)
                decision = self._decided(policy, trouble, attempt, began, breaker)
                if decision.delay_seconds is None:
                    if failed is not None:
                        raise _told(failed, decision) from failed.__cause__
                    assert live is not None
                    if trouble is not None and decision.reason and not decision.reason.endswith(_ONE_ATTEMPT):
                        asking.telling.warn(f"{origin_of(request.url)}: {trouble.told}; {decision.reason}")
                    stack.push_async_exit(one.pop_all())
                    return live
                if live is not None:
                    await read_away(live)
            assert trouble is not None
            asking.telling.note("retry", f"{trouble.told}: {decision.reason}")
            asking.telling.notice(f"{origin_of(request.url)}: {trouble.told}; {decision.reason}")
            await self._pause(decision.delay_seconds)
            attempt += 1

    async def _attempt(
        self, stack: AsyncExitStack, request: HttpRequest, asking: Asking
    ) -> tuple[Exchange | None, AzosError | None, Trouble | None]:
        """An answer, or an error; and the trouble that another attempt may cure."""
        from azos_shell.pools.http_retries import trouble_of_answer, trouble_of_error

        if self._pool.would_wait(request.url):
            asking.telling.note("permit", "waits for an earlier request to its origin")
        try:
            live = await stack.enter_async_context(self._once(request, asking))
        except (DependencyError, TimeLimitError) as error:
            return None, error, trouble_of_error(request, error)
        retry_after = live.header("retry-after")
        return live, None, trouble_of_answer(request, live.status, retry_after, self._clock.wall())

    def _decided(
        self,
        policy: RetryPolicy,
        trouble: Trouble | None,
        attempt: int,
        began: float,
        breaker: CircuitBreaker,
    ) -> RetryDecision:
        if trouble is None:
            return RetryDecision(None, "")
        now = self._clock.monotonic()
        decision = policy.decide(attempt, self._chance(), trouble.retry_after, now - began)
        if decision.delay_seconds is not None and breaker.state(now) is not CircuitState.CLOSED:
            return RetryDecision(None, "gave up: others have failed there, too")
        return decision

    def _once(self, request: HttpRequest, asking: Asking) -> AbstractAsyncContextManager[Exchange]:
        return self._pool.exchange(
            request.method,
            request.url,
            headers=request.headers,
            body=request.body,
            timeout_seconds=asking.timeout_seconds,
            surroundings=asking.surroundings,
            unset=request.unset,
        )

    def __repr__(self) -> str:
        return f"<Attempts over {self._pool!r}>"


async def read_away(answer: Answer) -> None:
    """Read a body that nobody wants, if it is short; a long one costs its connection."""
    from contextlib import aclosing

    size_bytes = 0
    try:
        async with aclosing(answer.body()) as chunks:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > _READ_AWAY_BYTES:
                    return
    except (DependencyError, TimeLimitError):
        return  # it is not what was asked for


def _told(failed: AzosError, decision: RetryDecision) -> AzosError:
    """The error as it came, and that it came more than once."""
    if decision.reason and not decision.reason.endswith(_ONE_ATTEMPT):
        failed.message = f"{failed.message}; {decision.reason}"
        failed.args = (failed.message,)
    return failed
