"""memo: what is not kept, and that this is told once, in words; and a cache that can't be used does no harm."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from harness.counted import Counted, needs_tracing

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

CONNECT = (
    "import socket, sys\n"
    "s = socket.socket()\n"
    "print('refused' if s.connect_ex(('127.0.0.1', int(sys.argv[1]))) else 'connected')\n"
)


@pytest.fixture
def counted(azos: Azos) -> Counted:
    return Counted(azos)


def is_not_kept(counted: Counted, line: str, reason: str, **options: object) -> None:
    """Run it twice, and each time it must run, say why once and be known for it."""
    for run in (1, 2):
        ran = counted.run(line, **options)
        assert reason in ran.errors
        assert ran.errors.count("not kept") == 1
        assert counted.runs in (0, run)
    quiet = counted.run(line.replace("memo ", "memo -q ", 1), **options)
    assert "not kept" not in quiet.errors
    assert reason in counted.run(line.replace("memo ", "memo why ", 1), **options).text
    assert counted.stats()[2] == 0


# -- what a program did


@needs_tracing
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo x >made", "it wrote "),
        ("rm data", "it wrote "),
        ("mkdir sub", "it wrote "),
        ("chmod 600 data", "it wrote "),
        ("mv data other; mv other data", "it wrote "),
        ("ln -s data link; rm link", "it wrote "),
        ("date", "which tells the time; --allow clock"),
        ("head -c 4 /dev/urandom | wc -c", "/dev/urandom; --allow random"),
        ("cat /proc/self/stat", "gives something else every time"),
        ("read x </dev/tty || df .", ""),
    ],
)
def test_a_program_that_did_more_than_read_files_is_not_kept(
    counted: Counted, body: str, reason: str
) -> None:
    counted.write("data", "x\n")
    tool = counted.program(f"{body}; true")
    for run in (1, 2):
        counted.write("data", "x\n")
        counted.run("rm -rf sub made")
        ran = counted.run(f"memo {tool}")
        assert reason in ran.errors
        assert counted.runs == run
    assert counted.stats()[2] == 0


@needs_tracing
def test_the_reason_is_told_once_in_a_session(counted: Counted) -> None:
    tool = counted.program("date >/dev/null")
    is_not_kept(counted, f"memo {tool}", "tells the time")
    ran = counted.run(f"memo {tool}; memo {tool}; memo {tool}")
    assert ran.errors.count("not kept") == 1


@needs_tracing
def test_what_is_allowed_is_kept(counted: Counted) -> None:
    tool = counted.program("date +%s; head -c 4 /dev/urandom | od -An -tx1; echo x >made")
    line = f"memo --allow clock,random --allow writes {tool}"
    assert counted.run(line).stdout == counted.run(line).stdout
    assert counted.runs == 1


@needs_tracing
@pytest.mark.parametrize("is_open", [False, True])
def test_what_used_the_network_is_not_kept(counted: Counted, is_open: bool) -> None:
    counted.write("client", CONNECT)
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        if is_open:
            server.listen()
        port = server.getsockname()[1]
        tool = counted.program(f"exec /usr/bin/env python3 -S client {port}")
        is_not_kept(counted, f"memo {tool}", f"it used the network (127.0.0.1:{port}); --allow network")
        runs = counted.runs
        wanted = "connected\n" if is_open else "refused\n"
        for _ in range(2):
            assert counted.run(f"memo --allow network {tool}").text == wanted
        assert counted.runs == runs + 1


def test_what_reads_from_somebody_elses_pipe_is_not_kept(counted: Counted) -> None:
    tool = counted.program("read x; echo got $x")
    reader, writer = os.pipe()
    try:
        for text in ("one", "two"):
            os.write(writer, f"{text}\n".encode())
            ran = counted.run(f"memo --no-trace {tool}", stdin=reader)
            assert ran.text == f"got {text}\n"
            assert "not kept: its standard input is a pipe" in ran.errors or (
                "not kept: it read its standard input, which is a pipe" in ran.errors
            )
    finally:
        os.close(reader)
        os.close(writer)
    assert counted.stats()[2] == 0


@pytest.mark.parametrize(
    ("make", "reason"), [("mkdir what", "what"), ("mkfifo what", "what"), ("ln -s what what", "what")]
)
def test_a_dependency_that_is_no_file_does_not_hang_nor_give_a_wrong_answer(
    counted: Counted, make: str, reason: str
) -> None:
    counted.run(make)
    tool = counted.program("cat data")
    for text in ("one\n", "two\n"):
        counted.write("data", text)
        ran = counted.run(f"memo --no-trace --on what --on data {tool}")
        assert ran.text == text
        assert "Traceback" not in ran.errors


@needs_tracing
def test_a_fifo_that_was_read_is_not_kept(counted: Counted) -> None:
    counted.run("mkfifo pipe")
    tool = counted.program("cat pipe")
    for text in ("one", "two"):
        ran = counted.run(f"echo {text} >pipe & memo {tool}; wait")
        assert ran.text == f"{text}\n"
        assert "pipe, which is no regular file" in ran.errors


@needs_tracing
def test_a_file_that_changes_while_it_is_read_is_not_kept(counted: Counted) -> None:
    data = counted.write("data", "one\n")
    tool = counted.program(f"cat data; sh -c 'echo two >{data}' ")
    ran = counted.run(f"memo --allow writes {tool}")
    assert ran.text == "one\n"
    assert "not kept" in ran.errors
    assert counted.run(f"memo --allow writes {tool}").text == "two\n"


def test_output_that_is_larger_than_the_cache_may_keep_is_passed_on_whole(counted: Counted) -> None:
    counted.configure('[cache]\nmemory = "100 kB"\ndisk = "100 kB"\n')
    tool = counted.program("head -c 300000 /dev/zero")
    is_not_kept(counted, f"memo --no-trace {tool}", "its output of 300000 bytes is larger than")
    assert len(counted.run(f"memo -q --no-trace {tool}").stdout) == 300_000


def test_a_cache_of_nothing_keeps_nothing_and_runs_everything(counted: Counted) -> None:
    counted.configure("[cache]\nmemory = 0\ndisk = 0\n")
    tool = counted.program("echo hi")
    for run in (1, 2):
        ran = counted.run(f"memo -q --no-trace {tool}")
        assert (ran.text, ran.status) == ("hi\n", 0)
        assert counted.runs == run


@pytest.mark.parametrize("signal", ["TERM", "KILL", "SEGV", "INT"])
@pytest.mark.parametrize("options", ["--no-trace", pytest.param("", marks=needs_tracing)])
def test_what_was_killed_is_not_kept(counted: Counted, signal: str, options: str) -> None:
    tool = counted.program(f"echo partial; kill -{signal} $$")
    wanted = {"TERM": 143, "KILL": 137, "SEGV": 139, "INT": 130}[signal]
    for run in (1, 2):
        ran = counted.run(f"memo {options} --codes 0,{wanted} {tool}; exit $?")
        assert (ran.text, ran.status) == ("partial\n", wanted)
        assert counted.runs == run
    assert counted.stats()[2] == 0


def test_an_answer_whose_reader_went_away_is_not_kept(counted: Counted) -> None:
    tool = counted.program("yes | head -c 1000000; echo end")
    assert counted.run(f"memo --no-trace {tool} | head -n 1").text == "y\n"
    assert counted.run(f"memo --no-trace {tool} | tail -n 1").text == "end\n"
    assert counted.runs == 2


@pytest.mark.parametrize("text", ["echo $RANDOM", "echo $$", "printf '%(%s)T\\n'", "echo $SECONDS"])
def test_a_line_that_says_another_thing_each_time_runs_each_time(counted: Counted, text: str) -> None:
    quoted = text.replace("'", "'\\''")
    for run in (1, 2):
        ran = counted.run(
            f"memo --no-trace '{counted.count()}; {quoted}'".replace(">>'", ">>").replace("';", ";", 0)
        )
        assert "not kept: it " in ran.errors
        assert counted.runs == run


# -- a cache that can't be used


def one_message(errors: str) -> None:
    """One line on standard error, and no trace of Python."""
    assert len(errors.splitlines()) == 1, errors
    assert "Traceback" not in errors


def test_a_file_in_the_place_of_the_cache_directory_is_told_once(counted: Counted) -> None:
    counted.cache_dir.parent.mkdir(parents=True, exist_ok=True)
    counted.cache_dir.write_text("not a directory")
    tool = counted.program("echo hi")
    for run in (1, 2):
        ran = counted.run(f"memo --no-trace {tool}")
        assert (ran.text, ran.status) == ("hi\n", 0)
        one_message(ran.errors)
        assert counted.runs == run
    ran = counted.run(f"memo --no-trace {tool}; memo --no-trace {tool}")
    assert ran.text == "hi\nhi\n"
    one_message(ran.errors)


def test_a_cache_of_a_newer_azos_is_left_as_it_is(counted: Counted) -> None:
    tool = counted.program("echo hi")
    counted.run(f"memo --no-trace {tool} first")
    with closing(sqlite3.connect(counted.cache_dir / "cache.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    for run in (2, 3):
        ran = counted.run(f"memo --no-trace {tool}")
        assert (ran.text, ran.status) == ("hi\n", 0)
        one_message(ran.errors)
        assert "newer" in ran.errors
        assert counted.runs == run
    with closing(sqlite3.connect(counted.cache_dir / "cache.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_damaged_cache_is_set_aside_and_begun_anew(counted: Counted) -> None:
    tool = counted.program("echo hi")
    counted.run(f"memo --no-trace {tool}")
    for path in counted.cache_dir.glob("cache.db*"):
        path.unlink()
    (counted.cache_dir / "cache.db").write_bytes(bytes((n * 7919) % 251 for n in range(20_000)))
    ran = counted.run(f"memo --no-trace {tool}")
    assert (ran.text, ran.status) == ("hi\n", 0)
    one_message(ran.errors)
    ran = counted.run(f"memo --no-trace {tool}")
    assert (ran.text, ran.errors) == ("hi\n", "")
    assert counted.runs == 2
    assert len(list(counted.cache_dir.iterdir())) > 1


def test_no_home_is_no_obstacle(counted: Counted) -> None:
    tool = counted.program("echo hi")
    environment = {name: value for name, value in counted.azos.environment.items() if name != "HOME"}
    ran = counted.run(f"memo -q --no-trace {tool}", env=environment)
    assert (ran.text, ran.status) == ("hi\n", 0)


# -- looking at what is kept


def test_memo_ls_and_rm_go_by_the_command(counted: Counted) -> None:
    tool = counted.program("echo hi")
    for word in ("one", "two"):
        counted.run(f"memo --no-trace {tool} {word}")
    listed = counted.run("memo ls").text.splitlines()
    assert [line.split()[-1] for line in listed] == ["two", "one"]
    assert counted.run("memo rm '*one'").status == 0
    assert counted.run("memo rm '*one'").status == 1
    assert [line.split()[-1] for line in counted.run("memo ls").text.splitlines()] == ["two"]
    counted.run(f"memo --no-trace {tool} two; memo --no-trace {tool} one")
    assert counted.runs == 3
    assert counted.run("memo rm '*'; memo ls").text == ""


def test_memo_why_tells_what_would_make_it_run(counted: Counted) -> None:
    tool = counted.program("echo hi")
    data = counted.write("data", "one\n")
    line = f"--no-trace {tool} data"
    assert counted.why(line) == "runs: it was not kept yet\n"
    counted.run(f"memo {line}")
    assert counted.why(line).startswith("cached 0s ago")
    assert "variable X was not set" in counted.run(f"export X=1; memo why {line}").text
    assert "the directory is /," in counted.run(f"cd /; memo why --no-trace {tool} data").text
    assert "umask" in counted.run(f"umask 077; memo why {line}").text
    data.write_text("two\n")
    assert f"{data} has changed" in counted.why(line)
    assert counted.run(f"memo why {line}").status == 1
    assert counted.runs == 1


def test_what_is_kept_can_be_shown_pinned_and_verified(counted: Counted) -> None:
    tool = counted.program("echo out; echo err >&2")
    counted.run(f"memo --no-trace {tool}")
    number = counted.run("cache ls --csv").text.splitlines()[1].split(",")[0]
    assert "out\n" in counted.run(f"cache show {number} 2>&1").text
    assert counted.run(f"cache pin {number} --csv").text == "pinned\n1\n"
    assert "pinned" in counted.run("memo ls").text
    assert counted.run("cache verify --csv").status == 0
    assert counted.run(f"cache unpin {number} --csv").text == "unpinned\n1\n"
    assert counted.run("cache show 99").status == 1
    assert counted.runs == 1


def test_verify_finds_a_damaged_answer_which_is_then_made_again(counted: Counted) -> None:
    tool = counted.program("head -c 200000 /dev/zero | tr '\\0' x")
    counted.run(f"memo --no-trace {tool}")
    blobs = [path for path in counted.cache_dir.rglob("*") if path.is_file() and "cache.db" not in path.name]
    if not blobs:
        pytest.skip("an answer of this size lies in the database")
    for path in blobs:
        path.chmod(0o600)
        path.write_bytes(b"y" * path.stat().st_size)
    assert counted.run("cache verify").status == 1
    assert counted.run(f"memo -q --no-trace {tool}").stdout == b"x" * 200_000
    assert counted.runs == 2
