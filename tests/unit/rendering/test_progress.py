"""The progress line: what it says at a moment, and that it is drawn only where and as often as it is seen."""

from __future__ import annotations

import pytest
from fakes.clock import FakeClock

from azos_shell.rendering.progress import ProgressBar, ProgressLine


class Screen:
    def __init__(self, *, terminal: bool = True) -> None:
        self.written: list[bytes] = []
        self._terminal = terminal

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def fileno(self) -> int:
        raise OSError("no descriptor")

    def is_terminal(self) -> bool:
        return self._terminal


class Gone(Screen):
    def write(self, data: bytes) -> None:
        super().write(data)
        raise OSError("the terminal has gone")


def test_items_without_a_known_total_have_a_rate_and_a_duration() -> None:
    line = ProgressLine(None, "items", 100.0)
    assert line.text(1500, 110.0) == "1,500 done · 150/s · 10 s"


def test_items_with_a_total_have_a_bar_and_what_is_left() -> None:
    line = ProgressLine(200, "items", 0.0)
    shown = line.text(50, 10.0, failed=3, width=100)
    assert shown == " 25% [=====               ] 50 of 200 · 3 failed · 5/s · 10 s, 30 s left"


def test_bytes_are_shown_in_their_units() -> None:
    line = ProgressLine(10 * 2**20, "bytes", 0.0)
    assert "5.0 MiB of 10 MiB · 1.0 MiB/s · 5.0 s, 5.0 s left" in line.text(5 * 2**20, 5.0)


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    line = ProgressLine(None, "items", 0.0)
    for second in range(1, 101):
        line.text(second * 10, float(second))
    for second in range(101, 201):
        line.text(1000, float(second))
    assert "· 0/s ·" in line.text(1000, 201.0)


def test_what_was_done_before_does_not_count_for_the_rate() -> None:
    line = ProgressLine(1000, "items", 0.0)
    line.begin_at(900)
    assert "· 10/s ·" in line.text(950, 5.0)


@pytest.mark.parametrize("width", [0, 1, 7, 40, 80])
def test_it_is_no_wider_than_the_terminal(width: int) -> None:
    assert len(ProgressLine(10**9, "items", 0.0).text(10**8, 1e6, failed=10**7, width=width)) <= width


def test_no_time_and_no_work_are_shown_too() -> None:
    assert ProgressLine(0, "bytes", 5.0).text(0, 5.0) == "0 B of 0 B · 0 B/s · 0 µs"
    assert "left" not in ProgressLine(10, "items", 5.0).text(0, 6.0)


def test_it_is_drawn_at_most_ten_times_a_second() -> None:
    clock, screen = FakeClock(), Screen()
    bar = ProgressBar(screen, ProgressLine(None, "items", clock.monotonic() - 1), clock)
    for number in range(1000):
        bar.update(number)
        clock.advance(0.01)
    assert 90 <= len(screen.written) <= 100


def test_what_is_over_soon_shows_no_bar() -> None:
    clock, screen = FakeClock(), Screen()
    bar = ProgressBar(screen, ProgressLine(None, "items", clock.monotonic()), clock)
    bar.update(1)
    clock.advance(0.4)
    bar.update(2)
    assert screen.written == []
    clock.advance(0.2)
    bar.update(3)
    assert len(screen.written) == 1


def test_clearing_takes_the_line_away_once() -> None:
    clock, screen = FakeClock(), Screen()
    bar = ProgressBar(screen, ProgressLine(None, "items", clock.monotonic() - 1), clock)
    bar.clear()
    assert screen.written == []
    bar.update(1)
    bar.clear()
    bar.clear()
    assert screen.written[1:] == [b"\r\x1b[K"]
    clock.advance(0.2)
    bar.update(2)
    assert screen.written[2].startswith(b"\r\x1b[K2 done")


@pytest.mark.parametrize(("terminal", "name"), [(False, "xterm"), (True, "dumb"), (True, "")])
def test_nothing_is_drawn_where_it_is_not_seen(terminal: bool, name: str) -> None:
    clock, screen = FakeClock(), Screen(terminal=terminal)
    bar = ProgressBar(screen, ProgressLine(None, "items", 0.0), clock, terminal_name=name)
    bar.update(1)
    bar.clear()
    assert screen.written == []


def test_a_terminal_that_has_gone_is_no_error() -> None:
    clock, screen = FakeClock(), Gone()
    bar = ProgressBar(screen, ProgressLine(None, "items", 0.0), clock)
    bar.update(1)
    clock.advance(1)
    bar.update(2)
    assert len(screen.written) == 1
