"""Row 3: a full or failing disk costs history and cache, never the command: one line on standard error at most."""

from __future__ import annotations

import functools
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.processes import Ran, run_process, shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

COMMAND = "history -s remembered; echo hi; exit 3"
FAULTS = (
    "pwrite64:error=ENOSPC",
    "pwrite64:error=EIO",
    "fsync,fdatasync:error=EIO",
    "ftruncate:error=ENOSPC",
)
TENTH = 5
"""Of each fault, the first so many places are tried; the full size goes on until a run meets no fault any more."""


@functools.cache
def can_inject() -> bool:
    """Whether strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    trial = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "inject=getpid:error=EIO", "true"],
        capture_output=True,
        check=False,
    )
    return trial.returncode == 0


def databases(azos: Azos) -> list[Path]:
    """Every database that azos has made in its home."""
    return sorted(azos.home.rglob("*.db"))


def run_with_fault(azos: Azos, fault: str, place: int, log: Path) -> Ran:
    """The command with one call failing. (strace's log says whether there was such a call.)"""
    calls = fault.partition(":")[0]
    tracer = ["strace", "-f", "-o", str(log), "-e", f"trace={calls}", "-e", f"inject={fault}:when={place}"]
    argv = [*tracer, *shell_under_test(), "run", COMMAND]
    return run_process(argv, cwd=azos.cwd, env=azos.environment)


def survives(azos: Azos, fault: str, places: range, log: Path) -> None:
    """Try the fault at each place until a run meets none."""
    assert azos.run("history -s earlier").status == 0
    for place in places:
        ran = run_with_fault(azos, fault, place, log)
        assert (ran.stdout, ran.status) == (b"hi\n", 3), f"{fault} at {place}: {ran.errors}"
        assert "Traceback" not in ran.errors
        assert len(ran.errors.splitlines()) <= 1, f"{fault} at {place}: {ran.errors}"
        assert "earlier" in azos.run("history").text
        for path in databases(azos):
            connection = sqlite3.connect(path)
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)], f"{fault} at {place}"
            connection.close()
        if "(INJECTED)" not in log.read_text():
            return


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_write_costs_no_more_than_the_record(azos: Azos, tmp_path: Path, fault: str) -> None:
    if not can_inject():
        pytest.skip("strace cannot inject faults here")
    survives(azos, fault, range(1, TENTH + 1), tmp_path / "strace.log")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_write_at_every_place_costs_no_more_than_the_record(
    azos: Azos, tmp_path: Path, fault: str
) -> None:
    if not can_inject():
        pytest.skip("strace cannot inject faults here")
    survives(azos, fault, range(1, 1000), tmp_path / "strace.log")


def test_a_full_disk_costs_history_and_not_the_command(azos: Azos) -> None:
    script = f"""
        mount -t tmpfs -o size=256k tmpfs {azos.home} || exit 77
        head -c 300000 /dev/zero >{azos.home}/filler 2>/dev/null
        exec "$@"
    """
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    argv = ["unshare", "-m", "sh", "-c", script, "sh", *shell_under_test(), "run", COMMAND]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment)
    if ran.status in (1, 77) and b"hi" not in ran.stdout and re.search("unshare|mount", ran.errors):
        pytest.skip(f"no mounts here: {ran.errors}")
    assert (ran.stdout, ran.status) == (b"hi\n", 3), ran.errors
    assert "Traceback" not in ran.errors
    assert len(ran.errors.splitlines()) <= 1


@pytest.mark.parametrize(
    "command", ["echo hi", "printf hi", "pwd", "history", "sql :memory: 'select 1 as a'", "help"]
)
def test_output_into_a_full_device_is_an_error(azos: Azos, command: str) -> None:
    if command == "history":
        azos.run("history -s something")
    with Path("/dev/full").open("wb") as full:
        ran = azos.run(command, stdout=full.fileno())
    assert ran.status == 1
    assert re.search("No space left", ran.errors), ran.errors
    assert "Traceback" not in ran.errors


def test_a_script_goes_on_after_a_full_device(azos: Azos) -> None:
    ran = azos.run("echo hi >/dev/full; echo status $?")
    assert ran.text == "status 1\n"
