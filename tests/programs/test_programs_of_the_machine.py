"""The shell scripts that the machine stands on, unchanged: azos runs them as the shell in their first line does.

What is called and how is plain data (`calls.txt`); what differs from run to run (a temporary name, a process id) is
struck out. Every other script is read, not run: azos accepts what dash or bash accepts.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shlex
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.processes import Ran, plain_environment, run_process, shell_under_test

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = [
    line
    for line in Path(__file__).with_name("calls.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PLACES = (
    "/usr/bin",
    "/usr/sbin",
    "/etc/init.d",
    "/etc/cron.daily",
    "/usr/lib/git-core",
    "/var/lib/dpkg/info",
)
TEXT = b"one\ntwo\nthree\n"
_INTERPRETER = re.compile(rb"#! ?(?:/usr)?/bin/(?:env )?(sh|dash|bash)\b")
_VOLATILE = re.compile(rb"/tmp/[\w./-]+|0x[0-9a-f]{8,}|\b[0-9]+: +(?=\S+: not found)|line [0-9]+: ")


def interpreter_of(script: Path) -> str:
    """The shell that the first line names: ``dash`` for ``sh``; empty where it names none."""
    try:
        with script.open("rb") as file:
            found = _INTERPRETER.match(file.read(64))
    except OSError:
        return ""
    return "" if found is None else "bash" if found[1] == b"bash" else "dash"


def furnish(directory: Path) -> None:
    """The files that calls work on."""
    (directory / "dir").mkdir(parents=True)
    (directory / "a").write_bytes(b"alpha\nbeta\n")
    (directory / "b").write_bytes(b"alpha\ngamma\n")
    (directory / "text").write_bytes(TEXT)
    (directory / "text.gz").write_bytes(gzip.compress(TEXT, mtime=0))
    (directory / "text.bz2").write_bytes(bz2.compress(TEXT))
    (directory / "text.xz").write_bytes(lzma.compress(TEXT))


def run_call(shell: list[str], call: str, directory: Path) -> Ran:
    """The script, by the shell, in a furnished directory."""
    furnish(directory)
    environment = plain_environment(HOME=str(directory), TMPDIR=str(directory), PAGER="cat")
    return run_process([*shell, *shlex.split(call)], cwd=directory, env=environment, timeout_seconds=30)


def seen(ran: Ran, directory: Path) -> tuple[int, bytes, list[str]]:
    """What a caller sees: the status, the output, and which files there are afterwards."""
    output = _VOLATILE.sub(b"", ran.stdout.replace(str(directory).encode(), b"DIRECTORY"))
    return ran.status, output, sorted(path.name for path in directory.rglob("*"))


@pytest.mark.parametrize("call", CALLS)
def test_a_script_does_under_azos_what_it_does_under_its_shell(call: str, tmp_path: Path) -> None:
    script = Path(shlex.split(call)[0])
    shell = interpreter_of(script)
    if not shell or not shutil.which(shell):
        pytest.skip("not on this machine")
    expected = seen(run_call([shell], call, tmp_path / "theirs"), tmp_path / "theirs")
    again = seen(run_call([shell], call, tmp_path / "again"), tmp_path / "again")
    if expected != again:
        pytest.skip("it says something else each time")
    ran = run_call(shell_under_test(), call, tmp_path / "ours")
    assert seen(ran, tmp_path / "ours") == expected, ran.errors
    assert "Traceback" not in ran.errors


@cache
def scripts() -> list[Path]:
    """Every shell script in the usual places."""
    return [script for place in PLACES for script in _files(Path(place)) if interpreter_of(script)]


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(path for path in place.iterdir() if path.is_file())


def test_every_script_is_accepted_that_its_shell_accepts() -> None:
    if not scripts():
        pytest.skip("no shell scripts on this machine")
    refused = []
    for script in scripts():
        shell = interpreter_of(script)
        if not shutil.which(shell):
            continue
        try:
            parse(script.read_bytes().decode("utf-8", "surrogateescape"), final=True)
        except ShellSyntaxError as error:
            check = run_process([shell, "-n", str(script)], cwd="/", env=plain_environment())
            if check.status == 0:
                refused.append(f"{script}: {error.message}")
    assert not refused
