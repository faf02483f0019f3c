"""memo at a prompt: what it tells of a hit, and that the terminal is the program's own while it runs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from harness.counted import Counted, needs_tracing

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C, CONTROL_D, CONTROL_Z = "\x03", "\x04", "\x1a"
TOLD_HIT = r"^cached \d+[smhd] ago · saved [\d.]+ m?s$"


@pytest.fixture
def counted(azos: Azos) -> Counted:
    counted = Counted(azos)
    azos.environment["PATH"] = f"{azos.home}:{azos.environment['PATH']}"
    return counted


@pytest.fixture
def prompt(counted: Counted, open_terminal: Callable[..., Terminal]) -> Terminal:
    """A terminal whose programs count their runs."""
    return open_terminal()


def test_a_hit_says_how_old_it_is_and_what_it_saved(counted: Counted, prompt: Terminal) -> None:
    counted.program("echo ans''wer")
    prompt.run("memo tool")
    assert "cached" not in prompt.text().replace("not kept", "")
    prompt.run("memo tool")
    prompt.wait_for(TOLD_HIT)
    assert prompt.lines().count("answer") == 2
    assert counted.runs == 1


def test_a_hit_is_not_told_where_that_is_unwanted(counted: Counted, prompt: Terminal) -> None:
    counted.program("echo ans''wer")
    prompt.run("memo tool")
    prompt.run("memo -q tool; memo tool 2>/dev/null; memo --warm tool")
    assert prompt.lines().count("answer") == 3
    assert "ago" not in prompt.text()
    assert counted.runs == 1


def test_a_program_that_reads_the_terminal_runs_each_time(counted: Counted, prompt: Terminal) -> None:
    counted.program("read x; echo got $x")
    for number, word in ((1, "one"), (2, "two")):
        prompt.start("memo --no-trace tool")
        prompt.wait_for(lambda number=number: counted.runs == number)
        prompt.send(f"{word}\r")
        prompt.wait_for(f"^got {word}")
        prompt.prompt()
    assert "terminal" in prompt.text()


@needs_tracing
def test_a_program_that_opens_the_terminal_runs_each_time(counted: Counted, prompt: Terminal) -> None:
    counted.program("read x </dev/tty; echo got $x")
    for number, word in ((1, "one"), (2, "two")):
        prompt.start("memo tool")
        prompt.wait_for(lambda number=number: counted.runs == number)
        prompt.send(f"{word}\r")
        prompt.wait_for(f"^got {word}")
        prompt.prompt()


@pytest.mark.parametrize("options", ["--no-trace", pytest.param("--trace", marks=needs_tracing)])
def test_control_c_gets_the_prompt_back_and_keeps_nothing(
    counted: Counted, prompt: Terminal, options: str
) -> None:
    counted.program("echo begun; exec sleep 60")
    for run in (1, 2):
        prompt.start(f"memo {options} tool")
        prompt.wait_for(lambda run=run: prompt.lines().count("begun") == run)
        prompt.send(CONTROL_C)
        prompt.prompt()
        prompt.run("echo status $?")
        assert prompt.lines().count("status 130") == run
        assert counted.runs == run
    assert not prompt.living()
    assert counted.stats()[2] == 0


@pytest.mark.parametrize("options", ["--no-trace", pytest.param("--trace", marks=needs_tracing)])
def test_a_stopped_program_goes_on_and_is_not_kept(counted: Counted, prompt: Terminal, options: str) -> None:
    gate = counted.azos.cwd / "gate"
    os.mkfifo(gate)
    counted.program("echo begun; read x <gate; echo ended")
    prompt.start(f"memo {options} tool")
    prompt.wait_for("^begun")
    prompt.send(CONTROL_Z)
    prompt.wait_for("Stopped")
    prompt.prompt()
    prompt.run("jobs")
    prompt.start("fg")
    gate.write_text("x\n")
    prompt.wait_for("^ended")
    prompt.prompt()
    assert counted.runs == 1
    assert counted.stats()[2] == 0


@pytest.mark.parametrize("words", ["/bin/sleep 60", "sleep 60", "'/bin/sleep 60; true'"])
def test_a_stopped_sleep_can_be_ended(counted: Counted, prompt: Terminal, words: str) -> None:
    def sleeps() -> bool:
        """Whether it is in the foreground, past exec: a built-in and a line are run by an azos of their own."""
        group = prompt.foreground()
        own = [child for child in prompt.living() if child.pid == group]
        return any("60" in " ".join(child.cmdline()) for child in own)

    prompt.type_line(f"memo --no-trace -- {words}")
    prompt.send("\r")
    prompt.wait_for(sleeps)
    prompt.send(CONTROL_Z)
    prompt.wait_for("Stopped")
    prompt.prompt()
    prompt.type_line("fg")
    prompt.send("\r")
    prompt.wait_for(sleeps)
    prompt.send(CONTROL_C)
    prompt.prompt()
    prompt.run("echo status $?")
    assert "status 130" in prompt.lines()
    assert not prompt.living()


def test_a_stale_answer_is_marked_and_made_anew_while_the_prompt_goes_on(
    counted: Counted, prompt: Terminal
) -> None:
    counted.program("cat data")
    counted.write("data", "old\n")
    prompt.run("memo --no-trace --ttl 0.01 --stale 1h tool")
    counted.write("data", "new\n")
    time.sleep(0.05)
    prompt.run("memo --no-trace --ttl 1h --stale 1h tool")
    assert prompt.lines().count("old") == 2
    assert "stale: this answer is" in prompt.text()
    prompt.wait_for(lambda: counted.runs == 2)
    end = time.monotonic() + 30
    while "new" not in prompt.lines():
        assert time.monotonic() < end
        prompt.run("clear; memo --no-trace --ttl 1h --stale 1h tool")


def test_the_answer_of_a_pipeline_and_of_a_line_with_a_function(counted: Counted, prompt: Terminal) -> None:
    counted.write("data", "b\na\n")
    prompt.run("first() { sort $1 | head -n 1; }")
    prompt.run("memo --no-trace --on data 'first data'")
    prompt.run("memo --no-trace --on data 'first data'")
    prompt.wait_for(TOLD_HIT)
    assert prompt.lines().count("a") == 2


def test_its_options_complete_with_what_they_mean(terminal: Terminal) -> None:
    terminal.send("memo --t\t")
    terminal.wait_for(r"--trace +watch what it reads")
    terminal.wait_for(r"--ttl +keep for so long")
