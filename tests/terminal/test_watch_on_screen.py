"""watch on a terminal: its own screen while it runs, the terminal as it was afterwards."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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
    terminal.wait_for("^hello$")
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    assert terminal.modes() == modes
    assert "hello" not in terminal.lines()
    enter(terminal, "fg")
    terminal.wait_for("^hello$")
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


def test_a_command_that_writes_without_end_is_seen_and_can_be_left(terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 yes endless")
    terminal.wait_for(r"^Every 600s: yes endless +running for .*\n\n(endless\n){27}endless$")
    terminal.send("q")
    terminal.prompt()
    terminal.wait_for(lambda: not terminal.living())


def test_what_a_terminal_would_obey_does_not_reach_it(azos: Azos, terminal: Terminal) -> None:
    evil = r"printf '\033]0;owned\007\033[2J\033[31mred\033[?1049lx'"
    before = len(terminal.output)
    terminal.run(f'watch -n 0.1 --times 2 "{evil}"')
    shown = bytes(terminal.output[before:])
    assert b"\x1b]0;owned" not in shown
    assert b"\x1b[31mred" not in shown
    assert "^[]0;owned^G^[[2Jred^[[?1049lx" in terminal.text()


def test_colours_are_kept_where_they_are_wanted(terminal: Terminal) -> None:
    enter(terminal, r"""watch -c -n 600 'printf "\033[31mred"'""")
    terminal.wait_for("^red")
    assert terminal.screen.buffer[2][0].fg == "red"
    terminal.send("q")
    terminal.prompt()


def test_in_the_background_it_leaves_the_screen_alone(terminal: Terminal) -> None:
    before = len(terminal.output)
    terminal.run("watch -n 0.1 --times 2 echo hel''lo & wait; echo over")
    terminal.wait_for("^over")
    assert "hello" in terminal.lines()
    assert b"\x1b[?1049h" not in terminal.output[before:]


def test_continued_in_the_background_it_stops_again(terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 echo hello")
    terminal.wait_for("^hello$")
    terminal.send(CONTROL_Z)
    terminal.prompt()
    before = len(terminal.output)
    terminal.run("bg")
    terminal.run("jobs")
    terminal.wait_for(r"Stopped +watch")
    assert b"\x1b[?1049h" not in terminal.output[before:]
    before = len(terminal.output)
    terminal.run("kill %1; wait; echo ended")
    assert b"\x1b[?1049l" not in terminal.output[before:]
    terminal.wait_for("^ended")


def test_without_job_control_it_can_be_stopped_too(
    open_terminal: Callable[..., Terminal], azos: Azos
) -> None:
    outer = open_terminal()
    modes = outer.modes()
    program = f"{sys.executable} -P -m azos_shell -c 'watch -n 600 echo hello; echo left $?'"
    enter(outer, program)
    outer.wait_for("^hello$")
    outer.send(CONTROL_Z)
    outer.wait_for("Stopped")
    outer.prompt()
    assert "hello" not in outer.lines()
    assert outer.modes() == modes
    enter(outer, "fg")
    outer.wait_for("^hello$")
    outer.send("q")
    outer.wait_for("^left 0")
    outer.prompt()
    assert outer.modes() == modes


def test_a_row_as_wide_as_the_terminal_is_whole(terminal: Terminal) -> None:
    enter(terminal, "watch -t -n 600 'printf %0100d 7'")
    terminal.wait_for("^0{99}7$")
    terminal.send("q")
    terminal.prompt()


def test_keys_work_where_its_input_is_no_terminal(terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 echo hello < /dev/null")
    terminal.wait_for("^hello$")
    terminal.send("q")
    terminal.prompt()


def test_after_a_failure_it_waits_longer_and_after_a_success_as_before(
    azos: Azos, terminal: Terminal
) -> None:
    enter(terminal, "watch -n 10 test -e good")
    terminal.wait_for(r"^Every 10s: test -e good +exit 1, again in 20s · ")
    terminal.send(" ")
    terminal.wait_for("exit 1, again in 40s")
    terminal.send(" ")
    terminal.wait_for("exit 1, again in 60s")
    (azos.cwd / "good").touch()
    terminal.send(" ")
    terminal.wait_for(lambda: "again in" not in terminal.text())
    terminal.send("q")
    terminal.prompt()


def test_a_terminal_that_is_closed_ends_it(terminal: Terminal) -> None:
    enter(terminal, "watch -n 600 'echo hello; exec sleep 63'")
    terminal.wait_for("^hello$")
    terminal.hang_up()
    terminal.wait_exit()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_script_that_is_killed_gives_the_terminal_back(terminal: Terminal, number: int) -> None:
    modes = terminal.modes()
    enter(terminal, f"{sys.executable} -P -m azos_shell -c 'watch -n 600 echo hello'")
    terminal.wait_for("^hello$")
    os.kill(terminal.living()[0].pid, number)
    terminal.prompt()
    assert "hello" not in terminal.lines()
    assert terminal.modes() == modes
    assert terminal.output.rfind(b"\x1b[?25h") > terminal.output.rfind(b"\x1b[?25l")


def test_output_after_a_run_without_any_is_marked(azos: Azos, terminal: Terminal) -> None:
    (azos.cwd / "news").touch()
    enter(terminal, "watch -n 600 cat news")
    terminal.wait_for(r"^Every 600s: cat news .* · \d\d:")
    (azos.cwd / "news").write_text("here\n")
    terminal.send(" ")
    terminal.wait_for("^here")
    assert terminal.screen.buffer[2][0].reverse
    terminal.send("q")
    terminal.prompt()
