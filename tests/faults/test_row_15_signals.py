"""Row 15: TERM and HUP end the shell BY the signal with its history saved; INT and QUIT do not end a prompt."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from harness.processes import kill_group, shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos
    from harness.terminal import Terminal

FATAL = [signal.SIGTERM, signal.SIGHUP]
RUNNING = {
    "a built-in": "echo up; sleep 600",
    "a program": "sh -c 'echo up; exec sleep 600'",
    "a pipeline": "sh -c 'echo up; exec sleep 600' | cat",
    "a capture": "echo up; x=$(sleep 600)",
}


@pytest.mark.azos_only
@pytest.mark.parametrize("number", FATAL)
def test_a_prompt_dies_by_the_signal_and_saves_its_history(
    open_terminal: Callable[..., Terminal], azos: Azos, number: signal.Signals
) -> None:
    terminal = open_terminal()
    terminal.run("echo save-me")
    os.kill(terminal.pid, number)
    assert terminal.wait_exit() == -number
    assert "echo save-me" in azos.run("history").text


@pytest.mark.azos_only
@pytest.mark.parametrize("number", FATAL)
def test_a_shell_whose_program_runs_dies_by_the_signal(
    open_terminal: Callable[..., Terminal], azos: Azos, number: signal.Signals
) -> None:
    terminal = open_terminal()
    terminal.run("echo save-me")
    terminal.start("/bin/sleep 600")
    children = terminal.children()
    os.kill(terminal.pid, number)
    assert terminal.wait_exit() == -number
    for child in children:
        child.wait(20)
    assert "echo save-me" in azos.run("history").text


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU]
)
def test_a_prompt_outlives_the_terminals_signals(terminal: Terminal, number: signal.Signals) -> None:
    for _ in range(5):
        os.kill(terminal.pid, number)
        terminal.pump(0.01)
    terminal.run("echo alive")
    assert "alive" in terminal.lines()


def end_of_script(azos: Azos, script: str, number: signal.Signals, *, group: bool) -> int:
    """Send the signal once the script says `up`; how azos ended."""
    argv = [*shell_under_test(), "-c", script]
    process = subprocess.Popen(
        argv,
        cwd=azos.cwd,
        env=azos.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        (os.killpg if group else os.kill)(process.pid, number)
        status = process.wait(30)
        assert process.stderr is not None
        if group:
            assert b"Traceback" not in process.stderr.read()
    finally:
        kill_group(process)
        process.communicate()
    return status


@pytest.mark.parametrize("running", RUNNING)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_script_whose_group_gets_the_signal_dies_by_it(
    azos: Azos, running: str, number: signal.Signals
) -> None:
    assert end_of_script(azos, RUNNING[running], number, group=True) == -number


@pytest.mark.azos_only
@pytest.mark.parametrize("number", FATAL)
def test_a_script_that_alone_gets_the_signal_dies_by_it(azos: Azos, number: signal.Signals) -> None:
    assert end_of_script(azos, "echo up; sleep 600", number, group=False) == -number


def test_an_ignored_signal_stays_ignored_for_children(azos: Azos) -> None:
    argv = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *shell_under_test(), "-c"]
    shown = subprocess.run(
        [*argv, "grep SigIgn /proc/self/status"],
        cwd=azos.cwd,
        env=azos.environment,
        capture_output=True,
        check=True,
    )
    assert int(shown.stdout.split()[1], 16) & 1 << (signal.SIGHUP - 1)


def test_children_have_the_default_signals(azos: Azos) -> None:
    shown = azos.c("grep SigIgn /proc/self/status; grep SigBlk /proc/self/status")
    standard = (1 << 31) - 1  # 32 and 33 are the C library's own
    assert [int(line.split()[1], 16) & standard for line in shown.text.splitlines()] == [0, 0]


def signal_at_random(open_terminal: Callable[..., Terminal], azos: Azos, times: int) -> None:
    """TERM or HUP at a random moment after a command was run; what was run before is in the history."""
    moments = random.Random(15)
    for index in range(times):
        terminal = open_terminal()
        terminal.run(f"echo acknowledged-{index}")
        terminal.send(moments.choice(["echo more\r", "sleep 600\r", "/bin/sleep 600\r", "ech", ""]))
        terminal.pump(moments.uniform(0, 0.05))
        number = moments.choice(FATAL)
        os.kill(terminal.pid, number)
        assert terminal.wait_exit() == -number, f"signal {index}"
        terminal.close()
    kept = azos.run("history").text
    assert [index for index in range(times) if f"echo acknowledged-{index}\n" not in kept] == []


@pytest.mark.azos_only
def test_signals_at_random_moments_lose_nothing(open_terminal: Callable[..., Terminal], azos: Azos) -> None:
    signal_at_random(open_terminal, azos, 20)


@pytest.mark.slow
@pytest.mark.azos_only
@pytest.mark.timeout(1800)
def test_200_signals_at_random_moments_lose_nothing(
    open_terminal: Callable[..., Terminal], azos: Azos
) -> None:
    signal_at_random(open_terminal, azos, 200)
