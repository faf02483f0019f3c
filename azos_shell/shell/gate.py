"""The gate: lets a task of the shell be stopped and continued, as a process is by SIGTSTP and SIGCONT.

A coroutine is run one step at a time; while its gate is closed its next step is held back. What it waits for goes on
meanwhile (a query keeps running until its bounded queue is full), as the disk goes on under a stopped process.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


class Gate:
    """Open at first."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Future[None] | None = None

    @property
    def is_closed(self) -> bool:
        """Whether steps are held back."""
        return self._opened is not None

    def close(self) -> None:
        """Hold back the next step."""
        if self._opened is None:
            import asyncio

            self._opened = asyncio.get_running_loop().create_future()

    def open(self) -> None:
        """Go on."""
        opened, self._opened = self._opened, None
        if opened is not None and not opened.done():
            opened.set_result(None)

    @types.coroutine
    def through(self, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Run ``work`` to its end, standing still while the gate is closed. Cancellation goes through at once."""
        error: BaseException | None = None
        while True:
            try:
                waited = work.send(None) if error is None else work.throw(error)
            except StopIteration as stop:
                value: T = stop.value
                return value
            error = None
            try:
                yield waited
                while self._opened is not None:
                    yield from self._opened.__await__()
            except BaseException as raised:  # noqa: BLE001 - cancellation, too, is handed on to the work
                error = raised

    def __repr__(self) -> str:
        return f"<Gate {'closed' if self.is_closed else 'open'}>"
