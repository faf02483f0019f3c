"""One blocking call in a thread of its own, and a short patience for its answer.

Keys may be typed ahead: in ``cat fi<Tab><Enter>`` the answer to Tab must be there before Enter is looked
at, so whoever asks first waits for a moment that nobody notices; only what takes longer (a network file
system, a locked database) comes in later. The threads are daemons: a hung file system must not hold up the
end of the shell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 0.05
"""Three frames: too short to be noticed, long enough for any directory or database that answers at all."""


def in_background(function: Callable[[], T]) -> Future[T]:
    """Call ``function`` in a new thread; the future carries its value or its error."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody can cancel it

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks the future
            future.set_exception(error)

    threading.Thread(target=call, name="azos-face", daemon=True).start()
    return future


def settled(future: Future[T], patience_seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether the future is done, after waiting for it no longer than that."""
    if future.done():
        return True
    try:
        future.exception(patience_seconds)
    except TimeoutError:
        return False
    return True
