"""watch on a terminal: its own screen while it runs, the terminal as it was afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C, CONTROL_Z = "\x03", "\x1a"


def enter(terminal: Terminal, line: str) -> None:
    terminal.type_line(line)
    terminal.send("\r")


def test_it_has_a_screen_of_its_own_and_gives_the_terminal_back(azos: Azos, terminal: Terminal) -> None:
    terminal.run("echo before")
    modes = terminal.modes()
    enter(terminal, "watch -n 600 'echo hello; exit 3'")
    terminal.wait_for(r"^Every 600s: echo hello; exit 3 +exit 3, again in 600s")
    assert "hello" in terminal.lines()
    assert "before" not in terminal.text()
    terminal.send("q")
    terminal.prompt()
    assert "before" in terminal.lines()
    assert "hello" not in terminal.lines()
    assert terminal.modes() == modes
    terminal.run("echo status $?")
    assert "status 0" in terminal.lines()


def test_the_space_bar_runs_it_now_and_changes_are_marked(azos: Azos, terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 'echo x >> runs; wc -l < runs'")
    terminal.wait_for("^1$")
    assert not terminal.screen.buffer[2][0].reverse
    terminal.send(" ")
    terminal.wait_for("^2$")
    assert terminal.screen.buffer[2][0].reverse
    terminal.send("q")
    terminal.prompt()


def test_control_c_ends_it_and_what_it_runs(terminal: Terminal) -> None:
    modes = terminal.modes()
    enter(terminal, "watch 'echo begun; sleep 61; sh -c \"sleep 62\"'")
    terminal.wait_for("^Every 2s")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()
    terminal.wait_for(lambda: not terminal.living())
    assert terminal.modes() == modes


def test_stopped_it_gives_the_terminal_back_and_continued_it_takes_it_again(terminal: Terminal) -> None:
    modes = terminal.modes()
    enter(terminal, "watch -n 600 echo hello")
    terminal.wait_for("^hello")
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    assert terminal.modes() == modes
    assert "hello" not in terminal.lines()
    enter(terminal, "fg")
    terminal.wait_for("^hello")
    terminal.send("q")
    terminal.prompt()
    assert terminal.modes() == modes


def test_a_terminal_of_another_size_is_drawn_anew(terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 'seq 100'")
    terminal.wait_for("^28$")
    terminal.resize(10, 60)
    terminal.wait_for(lambda: "8" in terminal.lines() and "9" not in terminal.lines())
    terminal.send("q")
    terminal.prompt()


def test_what_it_ends_with_is_left_on_the_screen(terminal: Terminal) -> None:
    terminal.run("watch -n 0.1 --times 2 echo the end")
    assert "the end" in terminal.lines()
