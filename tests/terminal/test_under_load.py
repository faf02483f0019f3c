"""A person at the prompt never waits behind bulk work: the order of things, not their times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

LONG_QUERY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e12) select max(i) from n"
)
JOBS = 200


@pytest.mark.azos_only
def test_a_typed_echo_answers_before_200_jobs_and_a_long_query_have_ended(
    terminal: Terminal, azos: Azos
) -> None:
    (azos.cwd / "load.sh").write_text("sleep 600 &\n" * JOBS + f'sql :memory: "{LONG_QUERY}" >/dev/null &\n')
    terminal.run(". ./load.sh")
    for number in range(5):
        terminal.run(f"echo answer-$(({number}+40))")
        assert f"answer-{number + 40}" in terminal.lines()
    terminal.run("jobs >list")
    running = re.findall("Running", (azos.cwd / "list").read_text())
    assert len(running) == JOBS + 1


@pytest.mark.azos_only
def test_a_short_query_answers_while_a_long_one_runs(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "load.sh").write_text(f'sql :memory: "{LONG_QUERY}" >/dev/null &\n' * 8)
    terminal.run(". ./load.sh")
    terminal.run("sql :memory: 'select 40 + 2 as answer' --jsonl")
    assert '{"answer":42}' in terminal.lines()
    terminal.run("jobs >list")
    assert len(re.findall("Running", (azos.cwd / "list").read_text())) == 8


@pytest.mark.azos_only
def test_control_c_interrupts_a_long_query(terminal: Terminal) -> None:
    terminal.type_line("echo started; sql :memory: '" + LONG_QUERY + "'")
    terminal.send("\r")
    terminal.wait_for("^started")
    terminal.send("\x03")
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()
