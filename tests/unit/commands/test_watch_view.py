"""The line above the output of watch: what it tells, and that it fits."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azos_shell.commands.watch_output import WatchOutput
from azos_shell.commands.watch_run import Run
from azos_shell.commands.watch_view import head
from azos_shell.rendering.layout import cell_width


def run(status: int = 0) -> Run:
    return Run(WatchOutput(None), b"", status, 0.012, "12:34:56")


def told(text: str = "ls -l", width: int = 60, **more: Any) -> str:
    return head(text, 2.0, width, **{"last": run(), "wait_seconds": 2.0, "running_seconds": None, **more})


def test_it_tells_the_interval_the_command_and_when() -> None:
    assert told() == f"{'Every 2s: ls -l':44}12 ms · 12:34:56"


def test_after_a_failure_it_tells_the_status_and_the_next_run() -> None:
    assert told(last=run(3), wait_seconds=8.0).endswith("  exit 3, again in 8s · 12 ms · 12:34:56")


def test_what_runs_is_told() -> None:
    assert told(last=None).endswith("  running")
    assert told(running_seconds=3.0).endswith("  running for 3.0 s · 12:34:56")


def test_a_command_of_several_lines_is_one_line_and_harmless() -> None:
    assert told("a\n  b\x1b[2J").startswith("Every 2s: a b^[[2J ")


@given(st.text(max_size=80), st.integers(1, 120), st.integers(0, 255))
def test_it_is_never_wider_than_the_terminal(text: str, width: int, status: int) -> None:
    shown = told(text, width, last=run(status), wait_seconds=60.0)
    assert cell_width(shown) <= width
