"""The status bar's text."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.utils import get_cwidth

from azos_shell.repl import status_line as status_line_module
from azos_shell.repl.bar import duration, fitted, segments
from azos_shell.repl.host import Figures
from azos_shell.repl.status_line import StatusLine

FULL = Figures(0.012, 0, 0.04, 43 << 20, 0.67, 0, 2, 1)


def text(figures: Figures, width: int = 200) -> str:
    return "".join(fragment[1] for fragment in fitted(segments(figures), width))


def test_all_figures_are_shown() -> None:
    assert text(FULL) == " 12 ms ✓ │ p95 40 ms │ 43 MiB │ cache 67 % │ queue 0 │ jobs 2 │ stopped 1"


def test_what_is_not_known_yet_is_left_out() -> None:
    assert text(Figures()) == " ✓ │ queue 0 │ jobs 0"


def test_failures_are_red_and_slow_commands_yellow() -> None:
    assert segments(Figures(0.5, 3))[0].style == "class:bar.failed"
    assert segments(Figures(0.5, 3))[0].text == "500 ms ✗ 3"
    assert segments(Figures(2.0, 0))[0].style == "class:bar.slow"
    assert segments(Figures(0.01, 0))[0].style == "class:bar.well"


@pytest.mark.parametrize("width", range(1, 90))
def test_the_bar_never_takes_more_than_the_width(width: int) -> None:
    shown = text(FULL, width)
    assert get_cwidth(shown) <= width
    assert text(FULL).startswith(shown)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "<1 ms"), (0.0004, "<1 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (9.94, "9.9 s"),
        (12.3, "12 s"), (59.6, "1 m 00 s"), (245, "4 m 05 s"), (3725, "1 h 02 m"),
    ],
)  # fmt: skip
def test_durations_have_two_figures(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_sample_tells_whether_anything_shown_changed() -> None:
    figures = [FULL]
    line = StatusLine(lambda: figures[-1])
    assert line.sample()
    assert not line.sample()
    figures.append(Figures(0.0121, 0, 0.04, (43 << 20) + 5000, 0.67, 0, 2, 1))
    assert not line.sample()
    figures.append(Figures(0.2))
    assert line.sample()
    assert "200 ms" in repr(line)


async def test_it_redraws_only_when_the_text_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line_module, "IDLE_SECONDS", 0.001)
    seen = [FULL, FULL, FULL, Figures(0.3), Figures(0.3), Figures(0.3)]
    done = asyncio.Event()

    def figures() -> Figures:
        if len(seen) == 1:
            done.set()
            return seen[0]
        return seen.pop(0)

    line = StatusLine(figures)
    monkeypatch.setattr(status_line_module, "BUSY_SECONDS", 0.001)
    drawn: list[str] = []
    line.sample()
    task = asyncio.create_task(line.keep_sampling(lambda: drawn.append(repr(line))))
    await done.wait()
    task.cancel()
    assert len(drawn) == 1
