"""The web: requests as azos makes them. From the store where RFC 9111 allows it, else guarded, repeated and followed.

One request passes: store (fresh: given; stale: its server is asked whether it has changed) → the same request in
flight is waited for → the circuit of its origin → attempts (``pools.http_retries``) over the pool → the store again.
A redirect leads to the next request, which passes all of that.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from azos_shell.cache.http_answer import best
from azos_shell.cache.http_flights import HttpFlights
from azos_shell.cache.http_freshness import goes_round, makes_stale, must_ask, wishes_of
from azos_shell.cache.http_replay import AnswerFromStore
from azos_shell.cache.notices import told_checked, told_hit, told_stale
from azos_shell.core.errors import AzosError, UnavailableError
from azos_shell.core.frozen import replace
from azos_shell.pools.http import DEFAULT_HEADERS
from azos_shell.pools.http_asking import Asking
from azos_shell.pools.http_attempts import Attempts, read_away
from azos_shell.pools.http_redirects import MOST_REDIRECTS, redirected
from azos_shell.pools.http_request import HttpRequest, origin_of, with_defaults
from azos_shell.pools.http_surroundings import NOWHERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from azos_shell.cache.disk import DiskTier
    from azos_shell.cache.http_answer import StoredAnswer
    from azos_shell.cache.http_flights import HttpFlight
    from azos_shell.cache.http_freshness import Wishes
    from azos_shell.cache.http_store import HttpStore
    from azos_shell.cache.results import ResultCache
    from azos_shell.core.clock import Clock
    from azos_shell.pools.http import HttpPool
    from azos_shell.pools.http_exchange import Exchange
    from azos_shell.pools.http_request import Answer, Headers
    from azos_shell.pools.http_surroundings import Surroundings
    from azos_shell.resilience.breaker import CircuitBreaker


_FOR_EVERYBODY = frozenset(
    {"http_proxy", "https_proxy", "no_proxy", "authorities_file", "authorities_directory"}
)
"""Of the surroundings: what is the user's own for all requests. All else may make an answer one for himself alone."""


class Web:
    """Requests of one azos process; without a store all of them go to their servers."""

    def __init__(self, attempts: Attempts, clock: Clock, store: HttpStore | None = None) -> None:
        self._attempts = attempts
        self._clock = clock
        self._store = store
        self._flights = HttpFlights()

    @asynccontextmanager
    async def ask(self, request: HttpRequest, asking: Asking | None = None) -> AsyncIterator[Answer]:
        """The answer to a request; the block runs once its headers are there, and ends the exchange.

        What was not read to its end by then, or ended with an error, is not kept. Raises UsageError for a request that
        can't be sent, DependencyError or TimeLimitError for a server that fails, UnavailableError while its circuit is
        open, AzosError for a redirect that is not followed.
        """
        asking = asking or Asking()
        request = replace(request, headers=_all_headers(request))
        for _ in range(MOST_REDIRECTS + 1):
            async with AsyncExitStack() as stack:
                answer = await stack.enter_async_context(self._answer(request, asking))
                location = answer.header("location") if asking.follow else ""
                following = redirected(request, answer.status, location)
                if following is None:
                    yield answer
                    return
                await read_away(answer)
            asking.telling.note("redirect", f"{answer.status} to {origin_of(following.url)}")
            request = following
        raise AzosError(f"{origin_of(request.url)}: redirected more than {MOST_REDIRECTS} times")

    # -- the store ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _answer(self, request: HttpRequest, asking: Asking) -> AsyncIterator[Answer]:
        wishes = wishes_of(request)
        round_about = goes_round(request, wishes) or _is_apart(asking.surroundings)
        if self._store is None:
            round_about = "there is no cache on disk"
        if self._store is None or asking.fresh or round_about:
            asking.telling.note("cache", "gone round" if asking.fresh else f"gone round: {round_about}")
            async with self._attempts.exchange(request, asking) as live:
                if self._store is not None and makes_stale(request, live.status):
                    self._forget(request, live, asking)
                elif self._store is not None and not round_about and live.status < 500:
                    self._store.supersede(request)  # there is news; without it the next one would get the old
                yield live
            return
        waited = await self._flights.wait(request)
        if waited:
            asking.telling.note("cache", "waited for the same request in flight")
        async with AsyncExitStack() as stack:
            yield await self._stored_or_live(stack, self._store, request, wishes, asking)

    async def _stored_or_live(
        self, stack: AsyncExitStack, store: HttpStore, request: HttpRequest, wishes: Wishes, asking: Asking
    ) -> Answer:
        """What the store has, if it may be given; else what the server says, which may be to give that."""
        now = store.now()
        found = best(store.find(request), now)
        why = "it is not stored" if found is None else must_ask(found, wishes, now)
        if found is not None and not why:
            replay = await self._replay(stack, store, request, found)
            if replay is not None:
                asking.telling.note("cache", f"hit: {found.age_seconds(now):.0f} s old")
                asking.telling.notice(told_hit(found.age_seconds(now), _cost_seconds(found)))
                store.count_hit(found)
                return replay
            found, why = None, "what was stored is damaged"
        if wishes.only_if_cached:
            raise AzosError(f"only-if-cached, but the server would have to be asked: {why}")
        store.count_miss()
        asking.telling.note("cache", f"miss: {why}")
        flight = stack.enter_context(self._flights.lead(request))
        try:
            return await self._checked_or_new(stack, store, request, found, flight, asking)
        except UnavailableError as error:
            replay = await self._stale(stack, store, request, found)
            if replay is None or found is None:
                raise
            asking.telling.warn(f"{error.message}: {told_stale(found.age_seconds(now))}")
            asking.telling.note("cache", "stale, since the circuit is open")
            return replay

    async def _checked_or_new(
        self,
        stack: AsyncExitStack,
        store: HttpStore,
        request: HttpRequest,
        found: StoredAnswer | None,
        flight: HttpFlight,
        asking: Asking,
    ) -> Answer:
        """Ask the server, with what it needs to say that nothing has changed, if there is something."""
        checking = found is not None and found.can_be_checked
        conditional = _conditional(request, found) if checking and found is not None else request
        began = self._clock.monotonic()
        exchange = AsyncExitStack()
        async with exchange:
            live = await exchange.enter_async_context(self._attempts.exchange(conditional, asking))
            if live.status != 304 or not checking or found is None:
                stack.push_async_exit(exchange.pop_all())
                return self._recorded(stack, store, request, live, began, flight, asking)
            await read_away(live)
            renewed = self._renewed(request, found, live, began)
        if renewed is not None:
            age_seconds = found.age_seconds(store.now())
            replay = await self._replay(stack, store, request, store.freshen(renewed, store.now()))
            if replay is not None:
                asking.telling.note("cache", "revalidated: its server says that it has not changed")
                asking.telling.notice(told_checked(age_seconds, found.body_bytes))
                return replay
        asking.telling.note("cache", "its server said 304, but not of what is stored: asked anew")
        store.forget(request.url)
        live = await stack.enter_async_context(self._attempts.exchange(request, asking))
        return self._recorded(stack, store, request, live, self._clock.monotonic(), flight, asking)

    def _renewed(
        self, request: HttpRequest, found: StoredAnswer, live: Exchange, began: float
    ) -> StoredAnswer | None:
        from azos_shell.cache.http_rules import freshened

        delay = self._clock.monotonic() - began
        return freshened(request, found, live.headers, delay_seconds=delay, wall_seconds=self._clock.wall())

    def _recorded(
        self,
        stack: AsyncExitStack,
        store: HttpStore,
        request: HttpRequest,
        live: Exchange,
        began: float,
        flight: HttpFlight,
        asking: Asking,
    ) -> Answer:
        """The answer, which is kept when the block has ended well and all of it was read, if it may be."""
        from azos_shell.cache.http_rules import storable

        now = store.now()
        answer = storable(
            request,
            live.status,
            live.status_line,
            live.headers,
            delay_seconds=now.monotonic - began,
            wall_seconds=now.wall,
        )
        length = live.header("content-length")
        if not isinstance(answer, str) and length.isdigit() and int(length) > store.max_bytes:
            answer = f"it is longer than the {store.max_bytes} bytes that one answer may take"
        if isinstance(answer, str):
            asking.telling.note("store", f"not stored: {answer}")
            flight.end()  # nothing to wait for
            return live
        flight.live = live
        writer = store.begin(is_useful=answer.lifetime_seconds > 0 or answer.can_be_checked)
        live.hear = writer.write

        async def settle(kind: object, _error: object, _traceback: object) -> bool:
            problem = "it was not read to its end" if kind is None else "it did not end well"
            if kind is None and live.is_whole:
                cost_seconds = self._clock.monotonic() - began
                problem = store.keep(request, answer, writer, now, cost_seconds)
            writer.close()
            asking.telling.note("store", f"not stored: {problem}" if problem else _stored_for(answer))
            return False

        stack.push_async_exit(settle)
        return live

    async def _replay(
        self, stack: AsyncExitStack, store: HttpStore, request: HttpRequest, answer: StoredAnswer
    ) -> Answer | None:
        body = await store.open(answer)
        if body is None:
            return None
        stack.callback(body.close)
        return AnswerFromStore(request, answer, body, answer.age_seconds(store.now()))

    async def _stale(
        self, stack: AsyncExitStack, store: HttpStore, request: HttpRequest, found: StoredAnswer | None
    ) -> Answer | None:
        """The last good answer, where its server has not forbidden that (RFC 9111 section 4.2.4)."""
        if found is None or found.must_revalidate or found.status >= 500:
            return None
        if found.age_seconds(store.now()) == inf:
            return None
        return await self._replay(stack, store, request, found)

    def _forget(self, request: HttpRequest, live: Exchange, asking: Asking) -> None:
        """The address was changed: what is kept of it, and of where the answer points to at the same origin, is old."""
        from urllib.parse import urljoin

        assert self._store is not None
        urls = {request.url}
        for name in ("location", "content-location"):
            url = urljoin(request.url, live.header(name))
            if live.header(name) and origin_of(url) == origin_of(request.url):
                urls.add(url)
        forgotten = sum(map(self._store.forget, urls))
        if forgotten:
            asking.telling.note(
                "cache", f"{forgotten} answers forgotten: {request.method} changed what they were of"
            )

    def __repr__(self) -> str:
        return f"<Web over {self._attempts!r}, {'no store' if self._store is None else repr(self._store)}>"


def _all_headers(request: HttpRequest) -> Headers:
    """What will be sent, since answers may vary by it."""
    defaults = tuple(pair for pair in DEFAULT_HEADERS if pair[0].decode() not in request.unset)
    return with_defaults(request.headers, defaults)


def _is_apart(surroundings: Surroundings) -> str:
    """Why what is asked in these surroundings is not for those who ask in others, in words; else empty."""
    for name in surroundings.__match_args__:
        if name not in _FOR_EVERYBODY and getattr(surroundings, name) != getattr(NOWHERE, name):
            return "it is asked with certificates of its own"
    return ""


def _conditional(request: HttpRequest, found: StoredAnswer) -> HttpRequest:
    """The request, to be answered only if what is stored is no longer the answer (RFC 9111 section 4.3.1)."""
    headers = list(request.headers)
    for name, validator in ((b"if-none-match", "etag"), (b"if-modified-since", "last-modified")):
        value = found.header(validator)
        if value:
            headers.append((name, value.encode("latin-1")))
    return replace(request, headers=tuple(headers))


def _cost_seconds(found: StoredAnswer) -> float:
    return found.kept.result.cost_seconds if found.kept is not None else 0.0


def _stored_for(answer: StoredAnswer) -> str:
    lifetime = answer.lifetime_seconds - answer.age_then
    if answer.no_cache or lifetime <= 0:
        return (
            "stored: to be checked each time"
            if answer.can_be_checked
            else "stored: for when its server is down"
        )
    return f"stored: fresh for {lifetime:.0f} s"


def opened_web(
    pool: HttpPool,
    clock: Clock,
    breaker: Callable[[str], CircuitBreaker],
    disk: DiskTier | None,
    results: ResultCache,
) -> Web:
    """The web of a process, with its time and chance."""
    import asyncio
    import random

    store = None
    if disk is not None:
        from azos_shell.cache.http_store import HttpStore

        store = HttpStore(disk, results, clock)
    return Web(Attempts(pool, clock, breaker, pause=asyncio.sleep, chance=random.random), clock, store)
