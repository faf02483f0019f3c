"""The verbs over records on a terminal: tables, Ctrl-C, and what they say where nothing is piped in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C = "\x03"


def shown(terminal: Terminal, text: str) -> bool:
    return any(text in line for line in terminal.lines())


def test_a_file_is_a_table_and_its_control_characters_do_nothing(azos: Azos, terminal: Terminal) -> None:
    (azos.cwd / "x.jsonl").write_text('{"name":"a\\u001b[31mred\\u202e","n":10}\n{"name":"b","n":null}\n')
    terminal.run("open x.jsonl | sort-by n")
    lines = [line.rstrip() for line in terminal.lines()]
    assert "name                   n" in lines
    assert "b                   NULL" in lines
    assert "a\\x1b[31mred\\u202e    10" in lines


def test_at_a_terminal_a_verb_says_that_nothing_is_piped_in(terminal: Terminal) -> None:
    terminal.run("where a")
    assert shown(terminal, "azos: where: nothing is piped in: open FILE | where …")
    terminal.run("open")
    assert shown(terminal, "azos: open: FILE is missing, and nothing is piped in")


@pytest.mark.parametrize(
    "line",
    [
        "yes '{\"a\":1}' | where 'a > 1'",
        "yes '{\"a\":1}' | each 'a + 1 as b' | count",
        "yes '{\"a\":1}' | sort-by a",
        "yes '{\"a\":1}' | save x.jsonl",
    ],
)
def test_ctrl_c_ends_verb_and_source_and_leaves_nothing(azos: Azos, terminal: Terminal, line: str) -> None:
    terminal.start(line)
    terminal.wait_for(lambda: len(terminal.children()) > 0)
    terminal.send(CONTROL_C)
    terminal.prompt()
    assert terminal.children() == []
    terminal.run("echo status $?")
    assert shown(terminal, "status 130")
    assert os.listdir(azos.cwd) == []
