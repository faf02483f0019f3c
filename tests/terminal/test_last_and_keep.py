"""last and keep at a prompt: built-ins always, programs when asked, and the terminal stays the programs' own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

CONTROL_C, CONTROL_D, CONTROL_Z = "\x03", "\x04", "\x1a"


def test_last_gives_the_line_before_again_and_again(terminal: Terminal) -> None:
    terminal.run("echo w''eb1 db1")
    terminal.run("last")
    terminal.run("last")
    assert terminal.lines().count("web1 db1") == 3


def test_last_can_be_piped_and_substituted(terminal: Terminal) -> None:
    terminal.run("printf '%s\\n' w''eb1 d''b1 w''eb2")
    terminal.run("last | grep web")
    assert (terminal.lines().count("web1"), terminal.lines().count("db1")) == (2, 1)
    terminal.run("echo [$(last)]")
    assert "[web1 db1 web2]" in terminal.lines()


def test_a_table_is_given_again_as_records(terminal: Terminal) -> None:
    terminal.run('sql "select 6 * 7 as answer"')
    terminal.run("last --csv")
    assert terminal.text().count("42") == 2
    terminal.run("last -l --csv")
    assert any(line.startswith("-1,") and "sql" in line for line in terminal.lines())


def test_a_program_is_kept_while_keep_is_on(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "one_file").touch()
    terminal.run("ls")
    terminal.run("last; echo status $?")
    assert "status 1" in terminal.lines()
    terminal.run("keep on")
    terminal.run("ls")
    terminal.run("last")
    assert terminal.lines().count("one_file") == 3


def test_only_a_kept_program_does_not_have_the_terminal_as_its_output(terminal: Terminal, azos: Azos) -> None:
    (azos.cwd / "ask").write_text('for fd in 0 1 2; do test -t $fd && all="$all $fd"; done; echo "has$all"\n')
    terminal.run("sh ask")
    assert terminal.lines().count("has 0 1 2") == 1
    terminal.run("keep on; sh ask")
    assert terminal.lines().count("has 0 2") == 1
    terminal.run("keep off; sh ask")
    assert terminal.lines().count("has 0 1 2") == 2
    terminal.run("keep -- sh ask")
    assert terminal.lines().count("has 0 2") == 2


def test_control_c_ends_a_kept_program_and_what_it_wrote_is_there(terminal: Terminal) -> None:
    terminal.run("keep on")
    terminal.start("sh -c 'echo w''ritten; exec /bin/sleep 30'")
    terminal.wait_for("^written")
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("echo status $?")
    assert "status 130" in terminal.lines()
    terminal.run("last -2")
    assert terminal.lines().count("written") == 2


def test_a_kept_program_stops_and_goes_on(terminal: Terminal) -> None:
    terminal.run("keep on")
    terminal.start("cat")
    terminal.send("first\r")
    terminal.wait_for(lambda: terminal.lines().count("first") == 2)
    terminal.send(CONTROL_Z)
    terminal.wait_for("Stopped")
    terminal.prompt()
    terminal.start("fg")
    terminal.send("second\r")
    terminal.wait_for(lambda: terminal.lines().count("second") == 2)
    terminal.send(CONTROL_D)
    terminal.prompt()
    terminal.run("last")
    terminal.run("last -2")
    assert (terminal.lines().count("first"), terminal.lines().count("second")) == (3, 3)


def test_control_c_ends_the_wait_for_what_outlives_a_kept_program(terminal: Terminal) -> None:
    terminal.run("keep on")
    terminal.type_line("sh -c '/bin/sleep 30 & echo g''one'")
    terminal.send("\r")
    terminal.wait_for("^gone")
    terminal.wait_for(lambda: terminal.foreground() == os.getpgid(terminal.pid))
    terminal.send(CONTROL_C)
    terminal.prompt()
    terminal.run("last")
    assert terminal.lines().count("gone") == 2


def test_a_kept_pipeline_passes_only_its_end_through_the_shell(terminal: Terminal) -> None:
    terminal.run("keep on")
    terminal.run("echo a''b | cat | tr a-z A-Z")
    terminal.run("last")
    assert terminal.lines().count("AB") == 2
    assert not terminal.living()
