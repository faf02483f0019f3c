"""The steps of an exchange: how long each may take, and what a failure means after it."""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from azos_shell.pools.undisturbed import undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_STEPS = {
    "connect_tcp": False,
    "start_tls": False,
    "send_request_headers": True,
    "send_request_body": False,
    "receive_response_headers": True,
}
"""The steps up to the headers, as httpcore reports them, and which of them the pool itself limits. For connecting,
httpcore's own limit closes the socket, which a cancellation there doesn't. A body takes as long as it goes on."""


class Reached(IntEnum):
    """How far an exchange had come when it failed."""

    NOTHING = 0
    SENDING = 1
    WAITING = 2
    ANSWER = 3


_REACHED = {"send_request_headers": Reached.SENDING, "receive_response_headers": Reached.WAITING}


class Way:
    """How far an exchange has come, and on what connection; the limits of its steps are set on the way."""

    def __init__(self) -> None:
        self.reached = Reached.NOTHING
        self.is_new = False
        """Whether a connection was opened for it."""
        self.may_be_shared = False
        """Whether others may use the connection at the same time: by TLS, until it is known not to be HTTP/2."""
        self.is_connected = False
        self.is_at_its_end = False
        """Whether the connection was left in order."""

    @property
    def is_spoilt(self) -> bool:
        """Whether what was left behind is of no use to anybody.

        That is a stream of HTTP/2 that goes on, or a connection that was left between its opening and its first
        request: httpcore neither uses nor closes that one.
        """
        is_stranded = self.is_connected and self.reached is Reached.NOTHING
        return not self.is_at_its_end and (self.may_be_shared or is_stranded)

    def watcher(
        self, limit: asyncio.Timeout, timeout_seconds: float
    ) -> Callable[[str, dict[str, Any]], Coroutine[Any, Any, None]]:
        """What httpcore is to call at each step."""
        loop = asyncio.get_running_loop()

        stream: Any = None

        async def watch(event: str, details: dict[str, Any]) -> None:
            nonlocal stream
            name, _, change = event.rpartition(".")
            protocol, _, step = name.rpartition(".")
            if step == "connect_tcp" and change == "complete":
                stream = details["return_value"]
                self.is_connected = True
            elif step == "start_tls" and change == "failed" and stream is not None:
                await undisturbed(stream.aclose())  # httpcore does not, where the handshake was cancelled
            if change != "started" or step not in _STEPS or limit.expired():
                return
            self.reached = _REACHED.get(step, self.reached)
            self.is_new = self.is_new or step == "connect_tcp"
            self.may_be_shared = self.may_be_shared and protocol != "http11"
            limit.reschedule(loop.time() + timeout_seconds if _STEPS[step] else None)

        return watch
