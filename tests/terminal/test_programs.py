"""Programs at the terminal: they own it while they run, and the shell has it back as it was."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from harness.processes import shell_under_test
from harness.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.processes import Azos

CONTROL_C, ESCAPE = "\x03", "\x1b"


def needs(program: str) -> pytest.MarkDecorator:
    """Skip where there is no such program."""
    import shutil

    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} here")


@needs("vim")
def test_vim_opens_writes_and_quits(terminal: Terminal, azos: Azos) -> None:
    terminal.type_line("vim -u NONE -N note.txt")
    terminal.send("\r")
    terminal.wait_for(r"^~")
    terminal.send("iwritten in vim")
    terminal.wait_for("written in vim")
    terminal.send(ESCAPE)
    terminal.send(":wq\r")
    terminal.prompt()
    assert (azos.cwd / "note.txt").read_text() == "written in vim\n"
    terminal.run("echo alive $?")
    assert "alive 0" in terminal.lines()


@needs("less")
def test_less_pages_and_quits(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "long.txt").write_text("".join(f"line {n}\n" for n in range(1, 500)))
    terminal.type_line("less long.txt")
    terminal.send("\r")
    terminal.wait_for(r"^line 20$")
    terminal.send("G")
    terminal.wait_for(r"^line 499$")
    terminal.send("q")
    terminal.prompt()


@needs("less")
def test_a_pager_at_the_end_of_a_pipeline_reads_the_keyboard(terminal: Terminal) -> None:
    terminal.type_line("seq 1 500 | less")
    terminal.send("\r")
    terminal.wait_for(r"^20$")
    terminal.send("G")
    terminal.wait_for(r"^500$")
    terminal.send("q")
    terminal.prompt()


def test_a_program_reads_lines_from_the_terminal(terminal: Terminal) -> None:
    terminal.start("head -n 1")
    terminal.send("spoken\r")
    terminal.prompt()
    assert terminal.lines().count("spoken") == 2  # the terminal's echo and head's output


@pytest.mark.parametrize(
    "line",
    [
        "echo started; sleep 30",
        "echo started; /bin/sleep 30",
        "sh -c 'echo started; exec sleep 30'",
        "sh -c 'echo started; exec sleep 30' | cat",
    ],
)
def test_control_c_ends_the_command_and_not_the_shell(terminal: Terminal, line: str) -> None:
    terminal.type_line(line)
    terminal.send("\r")
    terminal.wait_for("^started")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()
    terminal.wait_for(lambda: not terminal.children())


def test_control_c_ends_a_whole_list(terminal: Terminal) -> None:
    terminal.type_line("echo started; sleep 30; echo went-on")
    terminal.send("\r")
    terminal.wait_for("^started")
    terminal.send(CONTROL_C)
    terminal.prompt()
    assert "went-on" not in terminal.lines()


def test_control_c_during_a_capture_ends_it(terminal: Terminal) -> None:
    terminal.type_line("echo started; x=$(sleep 30; echo late); echo got $x")
    terminal.send("\r")
    terminal.wait_for("^started")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo alive")
    assert "alive" in terminal.lines()


def test_the_foreground_program_owns_the_terminal_and_gives_it_back(terminal: Terminal) -> None:
    own = terminal.foreground()
    terminal.start("cat")
    terminal.send("\x04")
    terminal.prompt()
    assert terminal.foreground() == own


@pytest.mark.parametrize("end", ["kill -9 $$", "kill -TERM $$"])
def test_the_modes_are_the_same_after_a_child_that_left_the_terminal_raw(
    terminal: Terminal, end: str
) -> None:
    before = terminal.modes()
    terminal.run("true")
    terminal.run(f"sh -c 'stty raw -echo; {end}'")
    terminal.run("true")
    assert terminal.modes() == before
    terminal.run("stty -a | grep -c -e '-icanon'")
    assert "0" in terminal.lines()


def test_a_program_finds_the_modes_in_which_the_shell_was_started(around: Terminal, azos: Azos) -> None:
    around.run("stty -g >inside")
    around.run("stty -g >inside2")
    around.send("\x04")
    around.wait_exit()
    before = (azos.cwd / "before").read_text()
    assert (azos.cwd / "inside").read_text() == before
    assert (azos.cwd / "inside2").read_text() == before


def test_the_shell_leaves_the_terminal_as_it_found_it(around: Terminal, azos: Azos) -> None:
    around.run("echo some work")
    around.type_line("echo started; sleep 30")
    around.send("\r")
    around.wait_for("^started")
    around.send(CONTROL_C)
    around.prompt()
    around.send("\x04")
    around.wait_exit()
    assert (azos.cwd / "after").read_text() == (azos.cwd / "before").read_text()


@pytest.fixture
def around(azos: Azos, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in which azos was started by another shell, which notes the modes before and after."""
    from harness.processes import STAND_IN
    from harness.terminal import PROMPT

    script = f"stty -g >before; {shlex.join(shell_under_test())}; stty -g >after"
    env = {**azos.environment, "TERM": "xterm-256color"} | ({"PS1": PROMPT} if STAND_IN else {})
    terminal = Terminal(["/bin/sh", "-c", script], cwd=azos.cwd, env=env)
    terminal.prompt()
    yield terminal
    terminal.close()
