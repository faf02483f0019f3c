"""An expensive value or foreign package that is made when it is first used.

Start-up time is a feature: what a simple command line does not need, it does not load. A loader is the one
named place where a deferred import can be seen, asked whether it has happened, and what it cost.
"""

from __future__ import annotations

import _thread  # threading would cost start-up time; its lock is this one
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from azos_shell.core.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from azos_shell.core.clock import Clock

T = TypeVar("T")


class LazyLoader(Generic[T]):
    """Makes a value once, on the first ``get``, however many threads ask at the same time.

    A ``make`` that raises is not remembered: its error goes to the caller, and the next ``get`` tries again.
    A ``make`` that asks for its own value raises RuntimeError instead of waiting for itself.
    """

    __slots__ = ("_clock", "_loaded", "_loading", "_lock", "_make", "_name", "_seconds", "_value")

    def __init__(self, make: Callable[[], T], *, name: str = "", clock: Clock | None = None) -> None:
        self._make: Callable[[], T] | None = make
        self._name = name or getattr(make, "__qualname__", type(make).__name__)
        self._clock: Clock = clock or SystemClock()
        self._lock = _thread.RLock()
        self._loaded = False
        self._loading = False
        self._seconds = 0.0
        self._value: T | None = None

    @classmethod
    def module(cls, name: str, *, clock: Clock | None = None) -> LazyLoader[ModuleType]:
        """A loader of the module of that full name, such as ``rich.table``."""

        def import_it() -> ModuleType:
            from importlib import import_module

            return import_module(name)

        return LazyLoader(import_it, name=name, clock=clock)

    def __repr__(self) -> str:
        if self._loaded:
            return f"<LazyLoader {self._name}: loaded in {self._seconds * 1000:.1f} ms>"
        return f"<LazyLoader {self._name}: {'loading' if self._loading else 'not loaded'}>"

    @property
    def loaded(self) -> bool:
        """Whether the value is there."""
        return self._loaded

    @property
    def seconds(self) -> float:
        """How long making the value took; 0.0 until then."""
        return self._seconds

    def get(self) -> T:
        """The value. The first call makes it, and raises what making it raises."""
        if self._loaded:
            return cast("T", self._value)
        with self._lock:
            return cast("T", self._value) if self._loaded else self._load()

    def _load(self) -> T:
        if self._loading or self._make is None:
            raise RuntimeError(f"{self._name} needs itself to be loaded")
        self._loading = True
        started = self._clock.monotonic()
        try:
            value = self._make()
        finally:
            self._loading = False
        self._seconds = self._clock.monotonic() - started
        self._value = value
        self._loaded = True
        self._make = None  # what the maker closed over may go
        return value
