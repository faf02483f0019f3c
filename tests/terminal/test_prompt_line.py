"""The prompt: what is typed, pasted, completed, continued and recalled there."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos
    from harness.terminal import Terminal

UP, CONTROL_C, CONTROL_D, CONTROL_R = "\x1b[A", "\x03", "\x04", "\x12"


def test_a_command_answers_and_the_prompt_is_back(terminal: Terminal) -> None:
    terminal.run("echo answer-$((40+2))")
    assert "answer-42" in terminal.lines()


def test_a_variable_and_a_directory_last_from_line_to_line(terminal: Terminal, azos: Azos) -> None:
    terminal.run("x=kept; mkdir d; cd d")
    terminal.run("echo $x; pwd")
    assert "kept" in terminal.lines()
    assert f"{azos.cwd}/d" in terminal.lines()


def test_an_unfinished_line_is_continued(terminal: Terminal) -> None:
    terminal.type_line('echo "one')
    terminal.send("\r")
    terminal.wait_for(lambda: not terminal.before_cursor().endswith("one"))
    terminal.send('two"')
    terminal.wait_for('two"')
    assert "one" not in terminal.lines()
    terminal.send("\r")
    terminal.wait_for(lambda: {"one", "two"} <= set(terminal.lines()))
    terminal.prompt()


def test_a_syntax_error_is_told_and_the_shell_goes_on(terminal: Terminal) -> None:
    terminal.run("echo a; )")
    terminal.run("echo status $?")
    assert "status 2" in terminal.lines()
    assert "a" not in terminal.lines()


def test_two_pasted_lines_wait_for_enter(terminal: Terminal) -> None:
    terminal.paste("echo first-pasted\necho second-pasted")
    terminal.wait_for("echo second-pasted")
    assert "first-pasted" not in terminal.lines()
    terminal.send("\r")
    terminal.wait_for(lambda: {"first-pasted", "second-pasted"} <= set(terminal.lines()))
    terminal.prompt()


def test_tab_completes_a_file(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "unusual-name.txt").write_text("found it\n")
    terminal.type_line("cat unus")
    terminal.send("\t")
    terminal.wait_for("cat unusual-name.txt")
    terminal.send("\r")
    terminal.wait_for("^found it")
    terminal.prompt()


def test_tab_completes_a_name_with_a_blank_so_that_it_is_one_word(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "white space.txt").write_text("found it\n")
    terminal.type_line("cat whi")
    terminal.send("\t")
    terminal.wait_for(r"space\.txt")
    terminal.send("\r")
    terminal.wait_for("^found it")
    terminal.prompt()


def test_tab_completes_a_command(terminal: Terminal) -> None:
    terminal.type_line("unali")
    terminal.send("\t")
    terminal.wait_for(lambda: "unalias" in terminal.before_cursor())


def test_what_is_typed_while_a_command_runs_is_kept(terminal: Terminal) -> None:
    terminal.type_line("echo started; sleep 0.2")
    terminal.send("\r")
    terminal.wait_for("^started")
    terminal.send("echo typed-ahead\r")
    terminal.wait_for("^typed-ahead")
    terminal.prompt()


def test_up_brings_the_last_line_back(terminal: Terminal) -> None:
    terminal.run("echo remember-me")
    terminal.send(UP)
    terminal.wait_for(lambda: terminal.before_cursor().endswith("echo remember-me"))


def test_history_lasts_from_session_to_session(open_terminal: Callable[..., Terminal]) -> None:
    first = open_terminal()
    first.run("echo from-the-first")
    first.send(CONTROL_D)
    assert first.wait_exit() == 0
    second = open_terminal()
    second.send(UP)
    second.wait_for(lambda: second.before_cursor().endswith("echo from-the-first"))


def test_control_r_finds_an_older_line(terminal: Terminal) -> None:
    terminal.run("echo needle-one")
    terminal.run("echo hay")
    terminal.send(CONTROL_R)
    terminal.send("needle")
    terminal.wait_for(lambda: len(re.findall("echo needle-one", terminal.text())) > 1)


@pytest.mark.azos_only
def test_a_line_with_a_leading_blank_is_not_remembered(terminal: Terminal) -> None:
    terminal.run("echo visible")
    terminal.run(" echo hidden")
    terminal.send(UP)
    terminal.wait_for(lambda: terminal.before_cursor().rstrip().endswith("echo visible"))


def test_control_c_drops_the_line(terminal: Terminal) -> None:
    terminal.type_line("echo never-run")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo alive")
    assert "alive" in terminal.lines()
    assert "never-run" not in terminal.lines()


def test_control_d_ends_the_shell_with_the_last_status(terminal: Terminal) -> None:
    terminal.run("sh -c 'exit 4'")
    terminal.send(CONTROL_D)
    assert terminal.wait_exit() == 4


def test_exit_ends_the_shell(terminal: Terminal) -> None:
    terminal.type_line("exit 7")
    terminal.send("\r")
    assert terminal.wait_exit() == 7


def test_wide_characters_are_typed_and_shown(terminal: Terminal) -> None:
    terminal.send("echo Grüße-世界\r")
    terminal.wait_for("^Grüße-世")
    terminal.prompt()


@pytest.mark.azos_only
def test_the_status_bar_shows_figures_that_change(terminal: Terminal) -> None:
    terminal.wait_for(lambda: bool(re.search(r"\d", terminal.bar())))
    before = terminal.bar()
    terminal.run("/bin/sleep 0.05")
    terminal.wait_for(lambda: bool(terminal.bar()) and terminal.bar() != before)


@pytest.mark.azos_only
def test_the_status_bar_changes_while_nothing_is_typed(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "jobs.sh").write_text("/bin/sleep 0.5 &\n" * 3)
    terminal.run(". ./jobs.sh")
    terminal.wait_for(lambda: bool(re.search(r"\d", terminal.bar())))
    busy = terminal.bar()
    terminal.wait_for(lambda: terminal.bar() != busy and terminal.at_prompt())


@pytest.mark.azos_only
def test_the_bar_is_gone_while_a_command_runs(terminal: Terminal) -> None:
    terminal.wait_for(lambda: bool(re.search(r"\d", terminal.bar())))
    bar = terminal.bar()
    terminal.start("/bin/cat")
    terminal.wait_for(lambda: terminal.bar() != bar)
    terminal.send(CONTROL_D)
    terminal.prompt()


FOREIGN = "\x1b]0;title\x07\x1b[31m\x9b5m\r\x08\u202e"


@pytest.mark.azos_only
def test_control_bytes_of_names_never_reach_the_terminal(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / f"evil{FOREIGN}file").write_text("")
    (azos.cwd / f"evil{FOREIGN}directory").mkdir()
    terminal.run("cd evil*directory")
    terminal.run("/bin/sleep 0.2 evil* 2>/dev/null & cd ..")
    terminal.run("./evil*file")
    terminal.run("jobs")
    terminal.type_line("cat evil")
    terminal.send("\t")
    terminal.pump(0.1)
    terminal.send("\t")
    terminal.pump(0.1)
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("cd evil*directory/nosuch")
    written = bytes(terminal.output)
    for foreign in (b"\x1b]0;title", b"\x1b[31m\xc2", b"\x9b5m", b"\xc2\x9b", "\u202e".encode()):
        place = written.find(foreign)
        assert place < 0, written[max(place - 200, 0) : place + 50]
    terminal.run("echo alive")


@pytest.mark.azos_only
def test_a_resize_storm_leaves_a_prompt_that_works(terminal: Terminal) -> None:
    sizes = random.Random(13)
    for _ in range(100):
        terminal.child.setwinsize(sizes.choice((1, 2, 5, 24, 60)), sizes.choice((1, 2, 20, 80, 300)))
        terminal.pump(0.002)
    terminal.child.setwinsize(30, 100)
    terminal.send("\r")
    terminal.wait_for(terminal.at_prompt)
    terminal.send("echo settled-$((1+1))\r")
    terminal.wait_for("settled-2")


def test_two_exclamation_marks_are_the_last_line(terminal: Terminal) -> None:
    terminal.run("echo a b")
    terminal.run("echo again: !!; echo !$")
    assert terminal.text().count("again: echo a b") >= 2  # as it was expanded, and its output
    assert terminal.lines().count("b") == 1
