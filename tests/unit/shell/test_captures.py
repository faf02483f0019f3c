"""Captures: a command substitution has the output of all that it started, and ends when none of that is left."""

from __future__ import annotations

import asyncio
import os

import pytest
from harness.processes import Azos

from azos_shell.core import drive
from azos_shell.shell.capture import Capture, captures_in_use
from azos_shell.shell.files import FileTable


def on_loop(work: object) -> object:
    return drive.run(work, with_loop=True)  # type: ignore[arg-type]


def test_a_capture_that_no_table_has_gives_its_result_without_an_event_loop() -> None:
    capture, table = Capture(), FileTable()
    table.assign(1, capture)
    table.get(1).write(b"a")
    os.write(capture.fileno(), b"b")
    table.get(1).write(b"c")
    table.release()
    assert drive.run(capture.result()) == b"abc"
    assert captures_in_use() == []


def test_the_result_waits_for_every_table_that_has_the_capture() -> None:
    async def work() -> None:
        capture, table = Capture(), FileTable()
        table.assign(1, capture)
        tables = [table, table.fork(), table.fork()]
        result = asyncio.ensure_future(capture.result())
        for number, each in enumerate(tables):
            await asyncio.sleep(0)
            assert not result.done()
            each.get(1).write(b"%d" % number)
            each.release()
        assert await result == b"012"

    on_loop(work())


def test_an_abandoned_capture_is_a_broken_pipe_and_keeps_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    capture, table = Capture(), FileTable()
    table.assign(1, capture)
    capture.abandon()
    with pytest.raises(BrokenPipeError):
        capture.write(b"late")
    with pytest.raises(BrokenPipeError):
        os.write(capture.fileno(), b"late")
    table.release()
    assert os.listdir("/proc/self/fd") == before
    assert captures_in_use() == []


@pytest.mark.parametrize(
    ("script", "output"),
    [
        ('x=$(/bin/true; { sleep 0.02; /bin/echo LATE; } & ); echo "[$x]"', "[LATE]\n"),
        ("x=$({ sleep 0.02; echo b; } & { sleep 0.04; /bin/echo c; } & echo a); echo $x", "a b c\n"),
        ("x=$(echo a > >(sleep 0.02; cat)); echo $x", "a\n"),
        ("x=$(y=$({ sleep 0.02; echo in; } & ); echo $y; { sleep 0.01; echo out; } & ); echo $x", "in out\n"),
        ("x=$({ sleep 0.01; seq 30000; } & ); echo ${#x}", "168893\n"),
        ("x=$({ sleep 5; } & kill $!; echo a); echo $x", "a\n"),
    ],
)
def test_a_substitution_waits_for_all_that_may_write_to_it(azos: Azos, script: str, output: str) -> None:
    ran = azos.c(script)
    assert (ran.text, ran.errors) == (output, "")


@pytest.mark.parametrize("background", ["{ work; } >/dev/null", "(work) >/dev/null", "work >/dev/null"])
def test_a_substitution_does_not_wait_for_what_writes_elsewhere(azos: Azos, background: str) -> None:
    ran = azos.c(
        f"work() {{ sleep 2; : >late; }}; x=$({background} & echo a); [ -e late ] || exec echo $x early"
    )
    assert ran.text == "a early\n"
