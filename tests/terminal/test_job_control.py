"""Job control: Ctrl-Z, jobs, fg, bg, kill %1, and the notices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psutil
import pytest
from harness.processes import STAND_IN

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

CONTROL_C, CONTROL_D, CONTROL_Z = "\x03", "\x04", "\x1a"


def until_told(terminal: Terminal, notice: str) -> None:
    """Notices come before a prompt: ask for prompts until this one has come."""
    for _ in range(200):
        if re.search(notice, terminal.text()):
            return
        terminal.run("true")
    raise AssertionError(f"{notice!r} was never told:\n{terminal.text()}")


def until_no_job_is_left(terminal: Terminal, azos: Azos) -> None:
    """Ask with `jobs` until it has nothing to say."""
    for _ in range(200):
        terminal.run("jobs >left")
        if not (azos.cwd / "left").read_bytes():
            return
    raise AssertionError((azos.cwd / "left").read_text())


def test_control_z_stops_and_fg_goes_on(terminal: Terminal) -> None:
    terminal.start("cat")
    terminal.send(CONTROL_Z)
    terminal.wait_for(r"\[1\]\+ +Stopped +cat")
    terminal.prompt()
    terminal.start("fg")
    terminal.send("still here\r")
    terminal.wait_for(lambda: terminal.lines().count("still here") == 2)
    terminal.send(CONTROL_D)
    terminal.prompt()
    terminal.run("jobs; echo end $?")
    assert "end 0" in terminal.lines()


@pytest.mark.parametrize("sleep", ["/bin/sleep 30", "sleep 30"])
def test_a_stopped_job_is_listed_and_killed(terminal: Terminal, azos: Azos, sleep: str) -> None:
    terminal.type_line(sleep)
    terminal.send("\r")
    is_builtin = sleep == "sleep 30" and not STAND_IN
    terminal.wait_for((lambda: not terminal.before_cursor()) if is_builtin else terminal.program_runs)
    for _ in range(100):  # before the built-in runs, a Ctrl-Z finds nothing to stop
        terminal.send(CONTROL_Z)
        terminal.pump(0.1)
        if "Stopped" in terminal.text():
            break
    terminal.send("\r")  # on a line of its own: one Ctrl-Z too many is drawn where the prompt is
    terminal.prompt()
    terminal.run("jobs")
    assert re.search(r"\[1\]\+ +Stopped +\S*sleep 30", terminal.text())
    terminal.run("kill %1")
    if not STAND_IN:  # bash 5.2 loses sight of a stopped job that is killed
        until_no_job_is_left(terminal, azos)
        assert not terminal.children()


def test_the_status_of_a_stopped_command_is_148(terminal: Terminal) -> None:
    terminal.start("/bin/sleep 30")
    terminal.send(CONTROL_Z)
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 148" in terminal.lines()


def test_bg_lets_a_stopped_job_run(terminal: Terminal) -> None:
    terminal.start("/bin/sleep 30")
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    terminal.run("bg")
    terminal.run("jobs")
    assert re.search(r"\[1\]\+ +Running +/bin/sleep 30", terminal.text())
    terminal.run("kill %1")
    until_told(terminal, "Terminated")


def test_a_pipeline_stops_and_goes_on_as_one(terminal: Terminal) -> None:
    terminal.start("cat | cat")
    terminal.send("first\r")
    terminal.wait_for(lambda: terminal.lines().count("first") == 2)
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    assert {child.status() for child in terminal.children()} == {"stopped"}
    terminal.start("fg")
    terminal.send("second\r")
    terminal.wait_for(lambda: terminal.lines().count("second") == 2)
    terminal.send(CONTROL_D)
    terminal.prompt()
    assert not terminal.children()


def test_a_pipeline_whose_first_member_has_ended_stops_and_goes_on(terminal: Terminal) -> None:
    terminal.start("/bin/true | cat - /dev/tty")
    terminal.wait_for(
        lambda: "cat" in [child.name() for child in terminal.children()] and terminal.program_runs()
    )
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    terminal.start("fg")
    terminal.send("typed\r")
    terminal.wait_for(lambda: terminal.lines().count("typed") == 2)
    terminal.send(CONTROL_C)
    terminal.prompt()


def test_a_background_job_tells_its_number_and_that_it_is_done(terminal: Terminal) -> None:
    terminal.run("/bin/sleep 0.05 &")
    assert re.search(r"^\[1\] \d+", terminal.text(), re.MULTILINE)
    until_told(terminal, r"\[1\]\+ +Done +/bin/sleep 0\.05")


def test_a_background_job_that_fails_tells_its_status(terminal: Terminal) -> None:
    terminal.run("sh -c 'exit 3' &")
    until_told(terminal, r"\[1\]\+ +Exit 3 +sh -c")


def test_a_background_job_that_reads_the_terminal_is_stopped(terminal: Terminal, azos: Azos) -> None:
    terminal.run("cat &")
    until_told(terminal, r"\[1\]\+ +Stopped +cat")
    terminal.run("kill %1")
    until_no_job_is_left(terminal, azos)


def test_several_jobs_have_numbers_and_fg_takes_the_one_that_is_named(terminal: Terminal) -> None:
    terminal.run("/bin/sleep 31 &")
    terminal.run("/bin/sleep 32 &")
    terminal.run("jobs")
    assert re.search(r"\[1\]-? +Running +/bin/sleep 31", terminal.text())
    assert re.search(r"\[2\]\+ +Running +/bin/sleep 32", terminal.text())
    terminal.start("fg %1")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("kill %2")
    until_told(terminal, "Terminated")


def test_kill_of_all_jobs_leaves_no_process(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "jobs.sh").write_text("/bin/sleep 30 &\n" * 5)
    terminal.run(". ./jobs.sh")
    terminal.wait_for(lambda: len(terminal.children()) == 5)
    terminal.run("kill %1 %2 %3 %4 %5")
    terminal.wait_for(lambda: not terminal.living())


def test_wait_waits_for_a_job_and_control_c_interrupts_it(terminal: Terminal) -> None:
    terminal.run("/bin/sleep 30 &")
    terminal.type_line("echo waiting; wait")
    terminal.send("\r")
    terminal.wait_for("^waiting")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo status $?; jobs")
    assert "status 130" in terminal.lines()
    assert re.search(r"\[1\]\+ +Running", terminal.text())


def test_a_job_that_was_stopped_is_told_before_the_shell_ends(terminal: Terminal) -> None:
    terminal.start("/bin/sleep 30")
    terminal.send(CONTROL_Z)
    terminal.prompt()
    terminal.type_line("exit")
    terminal.send("\r")
    terminal.wait_for("stopped jobs")
    terminal.prompt()
    children = terminal.children()
    terminal.type_line("exit")
    terminal.send("\r")
    terminal.wait_exit()
    _, alive = psutil.wait_procs(children, timeout=20)
    for child in alive:
        child.kill()
    assert not alive
