"""Row 19: descriptors, memory, files, stack and processes run out: a clear error, a status, and the shell lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.processes import Ran, run_process, shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

LIMITS = [
    "ulimit -n 16",
    "ulimit -n 8",
    "ulimit -n 4",
    "ulimit -f 0",
    "ulimit -v 20000",
    "ulimit -v 1000",
    "ulimit -s 64",
    "ulimit -u 1",
    "ulimit -c 0",
    "ulimit -t 1",
    "ulimit -d 100",
    "ulimit -l 0",
]
COMMANDS = [
    "/bin/echo out",
    "echo out | cat | cat | cat | cat",
    "x=$(/bin/echo out); echo $x",
    "(echo out; /bin/echo out)",
    "cat <(echo out) <(echo out) <(echo out)",
    "cat <<END\n$(seq 1 20000)\nEND",
    "echo out >file; cat <file",
    "echo out & /bin/echo out & wait",
    "sh -c 'echo out'",
    "for i in 1 2 3; do exec {fd}</dev/null; done; echo $fd",
    'while read -r line; do echo "$line" | cat; done <<END\n1\n2\nEND',
    "cd / && pwd && ls -d . && test -e /bin/sh",
]
OUTSIDE = ["ulimit -n 16", "ulimit -n 10", "ulimit -f 0", "ulimit -s 256", "ulimit -v 400000"]


def check(azos: Azos, script: str) -> None:
    """It goes on to its end, and whatever it says is an error message."""
    ran = azos.c(f"{script}\necho lives $?", timeout_seconds=30)
    words = ran.text.splitlines()[-1].split() if ran.text else []
    assert words[:1] == ["lives"], (script, ran)
    assert int(words[1]) <= 159
    assert ran.status == 0
    check_errors(ran)


def check_errors(ran: Ran) -> None:
    """Whatever is said is the shell's own message, or a program's."""
    assert "Traceback" not in ran.errors, ran.errors
    assert "Exception" not in ran.errors, ran.errors


def within(azos: Azos, limit: str, command: str) -> None:
    """The same by a shell that was started within the limit."""
    argv = ["bash", "-c", f'{limit}; exec "$@"', "bash", *shell_under_test(), "-c", f"{command}\necho lives"]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment, timeout_seconds=30)
    assert ran.text.splitlines()[-1:] == ["lives"], ran
    check_errors(ran)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_the_shell_sets_is_survived(azos: Azos, limit: str) -> None:
    check(azos, "\n".join([limit, *COMMANDS]))


@pytest.mark.parametrize("limit", OUTSIDE)
def test_a_limit_that_the_shell_was_started_with_is_survived(azos: Azos, limit: str) -> None:
    within(azos, limit, "\n".join(COMMANDS))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_survives_every_limit(azos: Azos, command: str) -> None:
    for limit in LIMITS:
        check(azos, f"{limit}\n{command}")
    for limit in OUTSIDE:
        within(azos, limit, command)


@pytest.mark.parametrize("limit", [10, 16, 24, 30])
def test_a_shell_whose_descriptors_are_used_up_says_so_and_lives(azos: Azos, limit: int) -> None:
    script = """
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do exec {fd}</dev/null; done
    echo a | cat | cat
    x=$(/bin/echo hi)
    cat <<END\nhi\nEND
    cat <(echo k)
    /bin/echo z
    (echo a) & wait
    echo k >f
    read x <f
    sleep 0 & wait
    trap 'echo bye' EXIT
    echo lives
    """
    argv = ["bash", "-c", f'ulimit -n {limit}; exec "$@"', "bash", *shell_under_test(), "-c", script]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment, timeout_seconds=30)
    assert ran.text.splitlines()[-2:] == ["lives", "bye"], ran
    assert "too many open files" in ran.errors.lower()
    check_errors(ran)
