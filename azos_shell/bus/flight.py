"""The flight: one run whose result serves everybody who asks for the same while it is under way.

Whoever asks first leads; the others wait. What they may take from it:

* A result whose validators hold now, as from the cache.
* Any result of a flight that began after they did: it read what was there while they waited.
* Nothing, if the leader failed or what it rested on changed: then the next of them leads, and the rest join that one.
* Nothing either, if the result can't be kept, or the leader can't go on because its reader doesn't (the reader may be
  the very one who waits: ``sql … | while read x; do sql …; done``). Then each runs for itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Hashable, Iterator

    from azos_shell.bus.delivery import Delivery
    from azos_shell.cache.entry import CachedResult

PATIENCE_SECONDS = 0.1
"""After this long in which the leader's reader took nothing, those who wait go on by themselves: just not yet felt."""


class Flight:
    """One run that others may wait for. Made on the event loop, by the one who leads."""

    __slots__ = ("_delivery", "_ended", "result", "succeeded")

    def __init__(self, delivery: Delivery) -> None:
        import asyncio

        self._delivery = delivery
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.succeeded = False
        """Whether it came to its end with a status worth keeping."""
        self.result: CachedResult | None = None
        """What it gave, once it succeeded, if that can be given to others."""

    @property
    def failed(self) -> bool:
        """Whether it is over and did not succeed."""
        return self._ended.done() and not self.succeeded

    def land(self, result: CachedResult | None) -> None:
        """It succeeded; ``result`` is for those who wait."""
        self.succeeded = True
        self.result = result

    def end(self) -> None:
        """It is over, however it went."""
        if not self._ended.done():
            self._ended.set_result(None)

    async def wait(self) -> None:
        """Return when it is over, or when its reader keeps it from going on."""
        import asyncio

        while not self._ended.done():
            progress = self._delivery.progress
            await asyncio.wait({self._ended}, timeout=PATIENCE_SECONDS)
            if self._delivery.awaits_reader and self._delivery.progress == progress:
                return

    def __repr__(self) -> str:
        state = "failed" if self.failed else "ended" if self._ended.done() else "under way"
        return f"<Flight {state}>"


def on_stall(delivery: Delivery, act: Callable[[], None]) -> asyncio.Task[None]:
    """Act once the reader of what is delivered keeps it from going on; the task that watches, to be cancelled."""
    import asyncio

    async def watch() -> None:
        while True:
            progress = delivery.progress
            await asyncio.sleep(PATIENCE_SECONDS)
            if delivery.awaits_reader and delivery.progress == progress:
                act()
                return

    return asyncio.get_running_loop().create_task(watch())


class Flights:
    """The flights under way, by what they were asked for."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight] = {}

    def get(self, key: Hashable) -> Flight | None:
        """The flight to join, if there is one."""
        return self._flights.get(key)

    @contextmanager
    def lead(self, key: Hashable, delivery: Delivery) -> Iterator[Flight]:
        """Let others join what the block does; it says so when it has succeeded."""
        flight = self._flights[key] = Flight(delivery)
        try:
            yield flight
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.end()

    def __len__(self) -> int:
        return len(self._flights)

    def __repr__(self) -> str:
        return f"<Flights {len(self)} under way>"
