"""Row 14: the terminal goes away: jobs get SIGHUP, history is saved, the shell ends, nothing is left or spins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest
from harness.processes import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.terminal import Terminal

GONE_SECONDS = 20.0
CPU_LIMIT_SECONDS = 10.0
"""For the whole life of a shell that starts and ends: a spinning one burns its time limit and more."""


def at_the_prompt(terminal: Terminal) -> None:
    """Nothing runs."""


def while_typing(terminal: Terminal) -> None:
    """Half a line is there."""
    terminal.type_line("echo half a li")


def while_a_program_runs(terminal: Terminal) -> None:
    """A program has the terminal."""
    terminal.start("/bin/sleep 600")


def with_a_stopped_job(terminal: Terminal) -> None:
    """A stopped job must be woken to get its signal."""
    terminal.start("/bin/sleep 600")
    terminal.send("\x1a")
    terminal.wait_for("Stopped")
    terminal.prompt()


def with_background_jobs(terminal: Terminal) -> None:
    """Jobs run behind the prompt."""
    terminal.run("/bin/sleep 600 &")
    terminal.run("/bin/sleep 601 | cat &")


def while_a_built_in_runs(terminal: Terminal) -> None:
    """The shell itself is busy."""
    terminal.type_line("echo started; sleep 600")
    terminal.send("\r")
    terminal.wait_for("^started")


def while_output_streams(terminal: Terminal) -> None:
    """A program writes to the terminal without end."""
    terminal.type_line("yes")
    terminal.send("\r")
    terminal.wait_for(lambda: terminal.lines().count("y") > 5)


STATES = [
    at_the_prompt,
    while_typing,
    while_a_program_runs,
    with_a_stopped_job,
    with_background_jobs,
    while_a_built_in_runs,
    while_output_streams,
]


def hang_up_and_look(terminal: Terminal) -> None:
    """Close the terminal; shell and children must be gone, without having burnt the processor."""
    shell = psutil.Process(terminal.pid)
    children = terminal.children()
    terminal.hang_up()
    terminal.wait_exit(GONE_SECONDS)
    gone, alive = psutil.wait_procs(children, timeout=GONE_SECONDS)
    assert not alive
    assert len(gone) == len(children)
    assert not shell.is_running() or shell.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("state", STATES)
def test_shell_and_children_end(
    open_terminal: Callable[..., Terminal], state: Callable[[Terminal], None]
) -> None:
    terminal = open_terminal()
    terminal.run("echo before-the-end")
    state(terminal)
    hang_up_and_look(terminal)
    again = open_terminal()
    if STAND_IN:
        return
    again.run("history >all; grep -c 'before-the-en[d]$' all")
    assert "1" in again.lines()


def test_a_shell_without_its_terminal_does_not_spin(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    terminal.run("/bin/sleep 600 &")
    before = os.times().children_user + os.times().children_system
    hang_up_and_look(terminal)
    after = os.times().children_user + os.times().children_system
    assert after - before < CPU_LIMIT_SECONDS


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("state", STATES)
def test_shell_and_children_end_50_times(
    open_terminal: Callable[..., Terminal], state: Callable[[Terminal], None]
) -> None:
    for _ in range(50):
        terminal = open_terminal()
        state(terminal)
        hang_up_and_look(terminal)
