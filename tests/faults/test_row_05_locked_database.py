"""Row 5: a database that another process has locked, even one that is stopped, never holds up the shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.processes import Azos
    from harness.terminal import Terminal

pytestmark = pytest.mark.azos_only

COMMANDS = 100
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "whole":
    connection.execute("pragma locking_mode=exclusive")
connection.execute("begin exclusive")
connection.execute("pragma user_version").fetchall()
print("held", flush=True)
time.sleep(600)
"""


def state_database(azos: Azos) -> Path:
    """The state database, made by a first command."""
    assert azos.run("history -s first").status == 0
    (path,) = azos.home.rglob("state.db")
    return path


@pytest.fixture(params=["writers", "whole"])
def holder(azos: Azos, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the database: against writers, or as a whole."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state_database(azos)), request.param], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.stdout.close()
    process.wait()


def test_a_command_has_its_own_status_beside_a_locked_database(azos: Azos, holder: object) -> None:
    ran = azos.run("echo hi; exit 3")
    assert (ran.text, ran.status, ran.errors) == ("hi\n", 3, "")


def test_a_record_that_cannot_be_kept_is_told(azos: Azos, holder: object) -> None:
    ran = azos.run("history -s lost")
    assert ran.status != 0
    assert re.search("locked|another process", ran.errors)
    assert "Traceback" not in ran.errors


def test_a_prompt_answers_beside_a_stopped_holder(
    open_terminal: Callable[..., Terminal], holder: subprocess.Popen[bytes]
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    terminal = open_terminal()
    for number in range(COMMANDS // 10):
        terminal.run(f"echo works-{number}")
        assert f"works-{number}" in terminal.lines()
    terminal.send("\x04")
    assert terminal.wait_exit() == 0


def test_what_was_typed_meanwhile_is_kept_once_the_lock_is_gone(
    azos: Azos, open_terminal: Callable[..., Terminal], holder: subprocess.Popen[bytes]
) -> None:
    terminal = open_terminal()
    terminal.run("echo typed-meanwhile")
    holder.kill()
    holder.wait()
    terminal.run("echo typed-after")
    terminal.send("\x04")
    assert terminal.wait_exit() == 0
    assert "echo typed-after" in azos.run("history").text
