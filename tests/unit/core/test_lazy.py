"""LazyLoader: made once, when first used."""

from __future__ import annotations

import sys
import threading

import pytest
from fakes.clock import FakeClock

from azos_shell.core.lazy import LazyLoader


def test_nothing_is_made_before_the_first_get() -> None:
    made: list[int] = []
    loader = LazyLoader(lambda: made.append(1) or len(made), name="list")
    assert not loader.loaded
    assert not made
    assert loader.get() == 1
    assert loader.get() == 1
    assert loader.loaded


def test_none_is_a_value_like_any_other() -> None:
    calls: list[None] = []
    loader = LazyLoader(lambda: calls.append(None))
    assert loader.get() is None
    assert loader.get() is None
    assert len(calls) == 1


def test_what_loading_cost_is_known() -> None:
    clock = FakeClock()
    loader = LazyLoader(lambda: clock.advance(0.25), name="slow", clock=clock)
    assert loader.seconds == 0.0
    loader.get()
    assert loader.seconds == pytest.approx(0.25)
    assert repr(loader) == "<LazyLoader slow: loaded in 250.0 ms>"


def test_a_module_is_imported_on_first_use() -> None:
    sys.modules.pop("colorsys", None)
    loader = LazyLoader.module("colorsys")
    assert repr(loader) == "<LazyLoader colorsys: not loaded>"
    assert "colorsys" not in sys.modules
    assert loader.get().rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_a_failed_load_is_not_remembered() -> None:
    outcomes = iter([OSError("not yet"), "there"])

    def make() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    loader = LazyLoader(make)
    with pytest.raises(OSError, match="not yet"):
        loader.get()
    assert not loader.loaded
    assert loader.get() == "there"


def test_a_module_that_does_not_exist_raises_each_time() -> None:
    loader = LazyLoader.module("no_such_module_anywhere")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            loader.get()


def test_a_value_that_needs_itself_is_an_error_and_not_a_deadlock() -> None:
    loader: LazyLoader[int] = LazyLoader(lambda: loader.get() + 1, name="ouroboros")
    with pytest.raises(RuntimeError, match="ouroboros needs itself"):
        loader.get()


def test_many_threads_get_the_one_value() -> None:
    everybody = threading.Barrier(8)
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    loader = LazyLoader(make)
    got: list[object] = []

    def ask() -> None:
        everybody.wait()
        got.append(loader.get())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert got == made * 8
