"""Tables longer than the screen go through a pager, which has the terminal as any program in the foreground has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.terminal import Terminal

pytestmark = [
    pytest.mark.azos_only,
    pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed"),
]

CONTROL_Z = "\x1a"
NUMBERS = "with recursive c(n) as (select 1 union all select n + 1 from c"
ENDLESS = f"sql '{NUMBERS}) select n from c'"


def up_to(last: int) -> str:
    """A query of so many rows."""
    return f"sql '{NUMBERS} limit {last}) select n from c'"


def waits_for_a_key(terminal: Terminal) -> bool:
    """Whether the pager sleeps: a signal just before it reads is seen by less only with the next key."""
    return [child.status() for child in terminal.living()] == ["sleeping"]


def test_a_table_that_fits_is_written_as_it_is(terminal: Terminal) -> None:
    terminal.run(up_to(20))
    assert "20 rows" in terminal.text()
    assert not terminal.living()


def test_a_longer_one_is_paged_from_its_first_row(terminal: Terminal) -> None:
    terminal.start(up_to(500))
    terminal.wait_for(r"^:$")
    assert [line.strip() for line in terminal.lines()[:4]] == ["n", "───", "1", "2"]
    terminal.send("G")
    terminal.wait_for("500 rows")
    terminal.send("q")
    terminal.prompt()
    terminal.run("last | tail -n 2; echo status $?")
    assert "500" in [line.strip() for line in terminal.lines()]
    assert "status 0" in terminal.lines()


def test_leaving_early_ends_the_query(terminal: Terminal) -> None:
    terminal.start(ENDLESS)
    terminal.wait_for(r"^:$")
    terminal.send("q")
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 0" in terminal.lines()
    assert not terminal.living()
    terminal.run("sql 'select 40 + 2 as answer'")
    assert "42" in terminal.text()


def test_leaving_early_undoes_no_change(terminal: Terminal) -> None:
    terminal.run("sql --write a.db 'create table t (n)'")
    terminal.start(f"sql --write a.db 'insert into t {NUMBERS} limit 9000) select n from c returning n'")
    terminal.wait_for(r"^:$")
    terminal.send("q")
    terminal.prompt()
    terminal.run("sql a.db 'select count(*) as c from t'")
    assert "9000" in terminal.text()


def test_it_can_be_stopped_and_continued(terminal: Terminal) -> None:
    terminal.start(ENDLESS)
    terminal.wait_for(r"^:$")
    terminal.wait_for(lambda: waits_for_a_key(terminal))
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    terminal.start("fg")
    terminal.wait_for(r"^:$")
    terminal.send(" ")
    terminal.wait_for(r"^ *40$")
    terminal.send("q")
    terminal.prompt()
    assert not terminal.living()


def test_the_last_command_of_a_pipeline_is_paged_too(terminal: Terminal) -> None:
    terminal.start(f"{up_to(100)} | sql 'select n from stdin'")
    terminal.wait_for(r"^:$")
    terminal.send("q")
    terminal.prompt()
    assert not terminal.living()


@pytest.mark.parametrize("setting", [{"PAGER": "cat"}, {"AZOS_PAGER": "", "PAGER": "less"}])
def test_none_is_wanted(open_terminal: Callable[..., Terminal], setting: dict[str, str]) -> None:
    terminal = open_terminal(**setting)
    terminal.run(up_to(100))
    assert "100 rows" in terminal.text()


def test_another_one_can_be_wanted(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(AZOS_PAGER="head -n 3", PAGER="less")
    terminal.run(up_to(100))
    assert [line.strip() for line in terminal.lines() if line.strip() in ("n", "1", "2")] == ["n", "1"]


def test_one_that_is_not_there_is_told_and_done_without(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(PAGER="no-such-pager")
    terminal.run(up_to(100))
    assert "100 rows" in terminal.text()


def test_a_pipe_is_never_paged(terminal: Terminal) -> None:
    terminal.run(f"{up_to(1000)} --table | tail -n 1")
    assert "1000" in terminal.text()
    assert not terminal.living()
