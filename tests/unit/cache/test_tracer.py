"""The tracer: strace as it really is, and that it writes what the trace log reads."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from harness.counted import STRACE, needs_tracing

from azos_shell.cache import tracer
from azos_shell.cache.trace_log import Accesses, parse


def traced(directory: Path, *argv: str) -> tuple[Accesses, subprocess.CompletedProcess[bytes]]:
    """What a run of the program shows, and the run."""
    log = tracer.new_log(str(directory / "logs"))
    assert STRACE is not None
    work = directory / "work"
    work.mkdir(exist_ok=True)
    done = subprocess.run(
        [*tracer.command(log, strace=STRACE), *argv],
        cwd=work,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return parse(Path(log).read_bytes(), str(work)), done


@needs_tracing
def test_it_shows_what_a_program_and_its_children_did(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a").write_text("x\n")
    (work / "sub").mkdir()
    (work / "sub" / "b").write_text("y\n")
    script = "cat a; cd sub && cat b; ls . >/dev/null; [ -e nosuch ]; echo z >made; exit 3"
    seen, done = traced(tmp_path, "/bin/sh", "-c", script)
    assert (done.stdout, done.stderr, done.returncode) == (b"x\ny\n", b"", 3)
    assert seen.is_whole
    assert {str(work / "a"), str(work / "sub" / "b")} <= seen.read
    assert str(work / "sub") in seen.listed
    assert str(work / "sub" / "nosuch") in seen.absent
    assert seen.made - {"/dev/null"} == seen.written - {"/dev/null"} == {str(work / "sub" / "made")}
    assert any(os.path.basename(path) == "cat" for path in seen.executed)
    assert not seen.network
    assert not seen.terminal
    assert seen.processes >= 4


@needs_tracing
@pytest.mark.parametrize("name", ["ä", "a b", 'a"b', "a\\b", "a\nb", "a>b", "\udcff\udc80", "a) = 3"])
def test_it_shows_names_as_they_are(tmp_path: Path, name: str) -> None:
    work = tmp_path / "work"
    (work / name).mkdir(parents=True)
    (work / name / name).write_text("x")
    seen, _ = traced(tmp_path, "/bin/sh", "-c", 'cd "$1" && cat "$1"', "sh", name)
    assert f"{work}/{name}/{name}" in seen.read


@needs_tracing
def test_it_shows_threads_and_the_network(tmp_path: Path) -> None:
    program = (
        "import socket, threading, os\n"
        "def look():\n"
        "    os.path.exists('nosuch')\n"
        "    socket.socket().connect_ex(('127.0.0.1', 9))\n"
        "threads = [threading.Thread(target=look) for _ in range(5)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    seen, done = traced(tmp_path, sys.executable, "-W", "ignore", "-c", program)
    assert (done.returncode, done.stderr) == (0, b"")
    assert seen.is_whole
    assert f"{tmp_path}/work/nosuch" in seen.absent
    assert seen.network == {"127.0.0.1:9"}


@needs_tracing
def test_a_program_that_is_killed_ends_the_tracer_alike(tmp_path: Path) -> None:
    seen, done = traced(tmp_path, "/bin/sh", "-c", "kill -TERM $$")
    assert done.returncode == -signal.SIGTERM
    assert seen.is_whole


@needs_tracing
def test_a_child_that_is_killed_is_seen_to_end(tmp_path: Path) -> None:
    seen, done = traced(tmp_path, "/bin/sh", "-c", "yes | head -n 1; sleep 60 & kill -KILL $!; wait; :")
    assert (done.stdout, done.returncode) == (b"y\n", 0)
    assert seen.is_whole


@needs_tracing
def test_it_works_here() -> None:
    assert STRACE is not None
    assert tracer.works(STRACE, None)


def test_what_is_no_tracer_does_not_work(tmp_path: Path) -> None:
    assert not tracer.works("/nonexistent/strace", str(tmp_path))
    assert not tracer.works("/bin/true", str(tmp_path))
    assert not tracer.works("/bin/false", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_whether_it_works_is_tried_once(tmp_path: Path) -> None:
    program = tmp_path / "strace"
    program.write_text(f'#!/bin/sh\necho tried >>"{tmp_path}/tries"\nexit 1\n')
    program.chmod(0o755)
    assert [tracer.works(str(program), str(tmp_path)) for _ in range(3)] == [False] * 3
    assert (tmp_path / "tries").read_text() == "tried\n"


def test_a_log_is_private_and_lies_where_it_is_wanted_if_that_can_be(tmp_path: Path) -> None:
    log = Path(tracer.new_log(str(tmp_path / "new")))
    assert log.parent == tmp_path / "new"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    (tmp_path / "file").write_text("")
    elsewhere = Path(tracer.new_log(str(tmp_path / "file")))
    assert elsewhere.exists()
    elsewhere.unlink()
