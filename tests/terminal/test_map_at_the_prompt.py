"""map at a prompt: Ctrl-C, Ctrl-Z and fg mean all of its items, and it shows how far it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C, CONTROL_Z = "\x03", "\x1a"


def states(terminal: Terminal, word: str) -> list[str]:
    """The states of the living processes below azos whose command holds the word."""
    found = []
    for child in terminal.living():
        try:
            if word in " ".join(child.cmdline()):
                found.append(child.status())
        except psutil.Error:
            continue
    return found


def enter(terminal: Terminal, line: str) -> None:
    """Type a line and press Enter."""
    terminal.type_line(line)
    terminal.send("\r")


def test_control_c_ends_all_items(terminal: Terminal) -> None:
    enter(terminal, "seq 100 | map -j 3 'sh -c \"sleep 61; echo {}\"'")
    terminal.wait_for(lambda: len(states(terminal, "sleep 61")) >= 3)
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.wait_for(lambda: not terminal.living())
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()


def test_control_z_stops_all_items_and_fg_goes_on(azos: Azos, terminal: Terminal) -> None:
    gates = [azos.cwd / f"gate{number}" for number in (1, 2)]
    for gate in gates:
        os.mkfifo(gate)
    enter(terminal, "map -k -j 2 'sh -c \"read x < gate{}; echo {} \\$x\"' ::: 1 2")
    terminal.wait_for(lambda: len(states(terminal, "gate")) == 2)
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    terminal.wait_for(lambda: states(terminal, "gate") == ["stopped", "stopped"])
    enter(terminal, "fg")
    terminal.wait_for(
        lambda: len(states(terminal, "gate")) == 2 and "stopped" not in states(terminal, "gate")
    )
    for gate in gates:
        gate.write_text("through\n")
    terminal.prompt()
    assert [line for line in terminal.lines() if line.endswith("through")] == ["1 through", "2 through"]
    assert not terminal.living()


def test_an_item_that_wants_the_terminal_is_told_that_it_gets_none(terminal: Terminal) -> None:
    terminal.run("map 'sh -c \"read x </dev/tty; : {}\"' ::: 1 2")
    terminal.run("echo status $?")
    assert terminal.text().count("it wants the terminal") == 2
    assert "status 2" in terminal.lines()
    assert not terminal.living()


def test_progress_is_shown_and_taken_away(azos: Azos, terminal: Terminal) -> None:
    gate = azos.cwd / "gate"
    os.mkfifo(gate)
    enter(terminal, "map -j 1 '[ {} != last ] || read x < gate' ::: a b c last")
    terminal.wait_for(r"75% \[=+ +\] 3 of 4 · ")
    with open(gate, "w") as end:
        end.write("x\n")
    terminal.prompt()
    assert "of 4" not in terminal.text()


def test_records_are_items(terminal: Terminal) -> None:
    terminal.run("sql 'select 1 as n union select 2' | map -k 'echo item {n}'")
    assert [line for line in terminal.lines() if line.startswith("item")] == ["item 1", "item 2"]


def test_records_of_items_are_one_table(terminal: Terminal) -> None:
    terminal.run("seq 2 | map -k 'sql \"select {} as n, 2.5 as half\"'")
    assert terminal.lines().count("n  half") == 1
    assert "2 rows" in terminal.text()
