"""Row 18: a reader that goes away ends its writer quietly: by SIGPIPE in children, by 141 under pipefail."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest
from harness.processes import STAND_IN, Ran, run_process, shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

QUIET = (0, 1, 141)
RUN = "-c" if STAND_IN else "run"

# $A is the shell under test; each form is run by bash, and prints what is left of the output, then azos's statuses.
FORMS = [
    f"$A {RUN} yes | head -n 1; echo ${{PIPESTATUS[0]}}",
    "$A -c yes | head -n 1; echo ${PIPESTATUS[0]}",
    "echo yes | $A | head -n 1; echo ${PIPESTATUS[1]}",
    "$A -c 'yes; true' | head -n 1; echo ${PIPESTATUS[0]}",
    "$A -c '/usr/bin/yes | cat' | head -n 1; echo ${PIPESTATUS[0]}",
    "$A -c 'seq 1 1000000' | head -n 1; echo ${PIPESTATUS[0]}",
    "$A -c 'yes | head -n 1; echo ${PIPESTATUS[0]}'",
    "$A -c 'yes | head -n 1 | cat; echo ${PIPESTATUS[0]}'",
    "$A -c 'set -o pipefail; yes | head -n 1; echo $?'",
    "$A -c '{ yes; true; } | head -n 1; echo 0'",
    "$A -c '(yes) | head -n 1; echo ${PIPESTATUS[0]}'",
    "$A -c 'x=$(yes | head -n 1); echo $x; echo ${PIPESTATUS[0]}'",
    "$A -c 'yes | { read x; echo $x; }; echo 0'",
    "$A -c 'yes' | true; echo y; echo ${PIPESTATUS[0]}",
    "$A -c 'sleep 0.1; echo late; echo later' | true; echo y; echo ${PIPESTATUS[0]}",
    "$A -c 'sleep 0.1; printf %s late' | true; echo y; echo ${PIPESTATUS[0]}",
    "$A -c 'sleep 0.1; /bin/echo late' | true; echo y; echo ${PIPESTATUS[0]}",
    "$A -c 'echo y; sleep 0.1; help; help; help; help' | head -n 1; echo ${PIPESTATUS[0]}",
    "$A -c 'echo y; echo err >&2; sleep 0.1; echo err >&2' 2> >(true); echo $?",
    "(trap '' PIPE; $A -c 'sleep 0.1; echo late' 2>/dev/null | true); echo y; echo 0",
    "$A -c 'eval yes' | head -n 1; echo ${PIPESTATUS[0]}",
    "$A -c 'cat' </dev/zero | head -c 0; echo y; echo ${PIPESTATUS[0]}",
]
NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
RECORDS = [
    f"$A run 'sql :memory: \"{NUMBERS}\"' | head -n 1",
    '$A run \'sql :memory: "select 1 as i" | head -n 1; seq 1 10 | sql "select 2 as i from stdin"\' | head -n 1',
    "$A run 'seq 1 300000 | sql \"select c1 as i from stdin\" | head -n 1'",
]


def in_bash(azos: Azos, form: str) -> Ran:
    """Run the form by bash, with $A for the shell under test."""
    script = form.replace("$A", shlex.join(shell_under_test()))
    return run_process(["bash", "-c", script], cwd=azos.cwd, env=azos.environment)


def check(azos: Azos, form: str) -> None:
    """It ends; the reader has its line; the status is a quiet one; nothing is said."""
    ran = in_bash(azos, form)
    first, status = ran.text.splitlines()
    assert first in ("y", "1")
    assert int(status) in QUIET
    assert ran.errors == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_pipe_is_quiet(azos: Azos, form: str) -> None:
    check(azos, form)


@pytest.mark.azos_only
@pytest.mark.parametrize("form", RECORDS)
def test_a_broken_pipe_ends_a_stream_of_records(azos: Azos, form: str) -> None:
    ran = in_bash(azos, form)
    assert ran.text.startswith('{"i":')
    assert ran.errors == ""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", FORMS)
def test_a_broken_pipe_is_quiet_50_times(azos: Azos, form: str) -> None:
    for _ in range(50):
        check(azos, form)


@pytest.mark.parametrize("script", ["echo hi", "pwd", "printf hi", "/bin/echo hi", "echo hi | cat"])
def test_a_closed_standard_output_is_an_error(azos: Azos, script: str) -> None:
    ran = in_bash(azos, f"$A -c {shlex.quote(script)} >&-; echo status $? >&2")
    assert "Traceback" not in ran.errors
    assert ran.errors.splitlines()[-1] == "status 1"


def test_a_closed_standard_error_is_no_reason_to_fail(azos: Azos) -> None:
    ran = in_bash(azos, "$A -c 'echo hi; nosuchcommand42; echo status $?' 2>&-")
    assert ran.text == "hi\nstatus 127\n"


def test_all_three_closed(azos: Azos) -> None:
    ran = in_bash(azos, "$A -c 'true; exit 3' <&- >&- 2>&-; echo $?")
    assert ran.text == "3\n"


def test_closed_descriptors_are_not_taken_by_files_that_the_shell_opens(azos: Azos) -> None:
    in_bash(azos, "$A -c 'history -s x 2>/dev/null; echo hi >f; echo stray' >&- 2>&-")
    assert (azos.cwd / "f").read_text() == "hi\n"
    for path in azos.home.rglob("*"):
        if path.is_file():
            assert b"stray" not in path.read_bytes(), os.fspath(path)
