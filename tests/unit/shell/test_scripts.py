"""Scripts: where messages say the error was, the statuses they end with, and who reads what of standard input."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from harness.processes import Azos, shell_under_test


def script(azos: Azos, text: str) -> list[str]:
    """The messages of a script file, each without the path to it."""
    ran = azos.file(text)
    return ran.errors.replace(f"{azos.home}/", "").splitlines()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo a\nnosuchcommand\n", "azos: script.az: line 2: nosuchcommand: command not found"),
        ("\n\n. ./nosuch\n", "azos: script.az: line 3: .: ./nosuch: No such file or directory"),
        ("if true; then\n  nosuchcommand\nfi\n", "azos: script.az: line 2: nosuchcommand: command not found"),
        ("f() {\n\n nosuchcommand\n}\nf\n", "azos: script.az: line 3: nosuchcommand: command not found"),
        ("echo $((1/0))\n", "azos: script.az: line 1: division by zero"),
        ("\n: ${x?is needed}\n", "azos: script.az: line 2: x: is needed"),
        ("set -u\necho $x\n", "azos: script.az: line 2: x: unbound variable"),
        ("readonly x=1\nx=2\n", "azos: script.az: line 2: x: is read only"),
        ("echo a > /nosuch/file\n", "azos: script.az: line 1: /nosuch/file: No such file or directory"),
        ("\n(nosuchcommand)\n", "azos: script.az: line 2: nosuchcommand: command not found"),
        ("f() { f; }\nf\n", "azos: script.az: line 1: nested deeper than 4000 levels"),
    ],
)
def test_messages_say_file_and_line_on_standard_error(azos: Azos, text: str, message: str) -> None:
    assert [line.partition(" (did you")[0] for line in script(azos, text)] == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            ":\n:\ntrue | nosuchcommand\n",
            "azos: script.az: line 3: nosuchcommand: command not found",
        ),
        pytest.param(
            "\ncd /nosuch\n",
            "azos: script.az: line 2: cd: /nosuch: No such file or directory",
        ),
        pytest.param(
            "\n. ./lib\n",
            "azos: ./lib: line 3: nosuchcommand: command not found",
        ),
        pytest.param(
            "\n[[ 1 -eq 1+ ]]\n",
            "azos: script.az: line 2: [[: 1+: operand expected (at the end)",
        ),
        pytest.param(
            "echo\nif then\n",
            "azos: script.az: line 2, column 4: expected a command after 'if', found 'then'",
        ),
    ],
)
def test_messages_say_file_and_line_everywhere(azos: Azos, text: str, message: str) -> None:
    (azos.cwd / "lib").write_text("\n\nnosuchcommand\n")
    assert script(azos, text)[0].partition(" (did you")[0].replace(f"{azos.home}/", "") == message


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("exit 3", 3),
        ("false", 1),
        ("nosuchcommand", 127),
        ("/tmp", 126),
        ("./noexec", 126),
        ("sh -c 'kill -9 $$'", 137),
        ("echo 'unclosed", 2),
        ("echo a; if", 2),
        ("f() { f; }; f", 1),
        ("f() { (f); }; f", 1),
        ("f() { x=$(f); }; f", 1),
        ("f() { eval f; }; f", 1),
        ("f() { { { { { { f; }; }; }; }; }; }; f", 2),
        ("f() { if :; then while :; do case x in x) { f || :; } && :;; esac; done; fi; }; f", 2),
    ],
)
def test_a_script_ends_with_a_status_and_never_a_traceback(azos: Azos, text: str, status: int) -> None:
    (azos.cwd / "noexec").write_text("")
    ran = azos.file(text)
    assert (ran.status, "Traceback" in ran.errors) == (status, False)


@pytest.mark.parametrize(
    "text",
    [
        "x=(1); x[99999999999]=1",
        "x=([99999999999]=1)",
        "x=([-1]=1)",
        ": $((x[99999999999]=1))",
        "echo ${%s}" % ("1" * 5000),
        "echo a >&" + "9" * 5000,
        "echo a >/dev/fd/" + "9" * 5000,
    ],
    ids=[
        "far element",
        "far element of a list",
        "element before the first",
        "far element in arithmetic",
        "long parameter",
        "long descriptor",
        "long name of a descriptor",
    ],
)
def test_numbers_beyond_all_bounds_are_an_error(azos: Azos, text: str) -> None:
    assert "Traceback" not in azos.file(text).errors


# -- a script on standard input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seekable", [True, False], ids=["file", "pipe"])
@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("cat\nrest 1\nrest 2\n", "rest 1\nrest 2\n"),
        ('read x\nline two\necho "got $x"\n', "got line two\n"),
        ('read x; read y\n1\n2\necho "$x$y"\n', "12\n"),
        ("(read x; echo $x)\nline\necho end\n", "line\nend\n"),
        ("{ read x; cat; } | { cat; }\nno", ""),
        ("cat <<E\nbody\nE\necho after\n", "body\nafter\n"),
        ("x=$(cat)\nall\nthe rest\n", ""),
        ("head -c 5 | cat\n", ""),
        ("read x & wait\necho next\n", "next\n"),
        ("cat > /dev/null < /dev/null\necho next\n", "next\n"),
        ("echo last", "last\n"),
        ("exit 0\n'unclosed", ""),
        ("if true\nthen cat\nfi\nrest\n", "rest\n"),
    ],
)
def test_commands_read_what_follows_them(
    azos: Azos, text: str, output: str, seekable: bool, tmp_path: Path
) -> None:
    if not seekable:
        ran = azos.piped(text)
    else:
        source = tmp_path / "script"
        source.write_text(text)
        with source.open("rb") as file:
            ran = azos.start_and_wait([], stdin=file.fileno())
    assert ran.text == output


def test_the_background_goes_on_while_the_next_line_is_waited_for(azos: Azos) -> None:
    ran = azos.c(
        f"{{ echo '(sleep 0.01; echo background) &'; sleep 0.3; echo 'echo next'; }} | {shell_under_test()[0]}"
    )
    assert ran.text == "background\nnext\n"


# -- signals to the shell ---------------------------------------------------------------------------------------------


def signalled(azos: Azos, text: str, number: int = signal.SIGINT) -> tuple[int | None, bytes]:
    """Status (None: it went on for 2 s) and output of a script that gets a signal once it has printed a line."""
    process = subprocess.Popen(
        [*shell_under_test(), "-c", f"echo ready >&2; {text}"],
        cwd=azos.cwd,
        env=azos.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(0.1)
        process.send_signal(number)
        output, _ = process.communicate(timeout=2)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        return None, b""
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "text",
    [
        "while :; do :; done",
        "sleep 5",
        "x=$(while :; do :; done)",
        "x=$(sleep 5)",
        "while :; do :; done | /bin/cat",
    ],
)
def test_ctrl_c_ends_a_script_by_the_signal(azos: Azos, text: str) -> None:
    assert signalled(azos, text)[0] == -signal.SIGINT


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('trap "exit 3" INT; while :; do :; done', 3),
        ('trap "" INT; sleep 0.3; exit 4', 4),
        ('(trap "exit 3" INT; while :; do :; done); exit 5', -signal.SIGINT),
    ],
)
def test_a_script_may_say_what_ctrl_c_does(azos: Azos, text: str, status: int) -> None:
    assert signalled(azos, text)[0] == status


@pytest.mark.parametrize("text", ["{ :; } & wait; while :; do :; done", "{ :; } | { while :; do :; done; }"])
def test_ctrl_c_ends_a_busy_loop_on_the_event_loop(azos: Azos, text: str) -> None:
    assert signalled(azos, text)[0] == -signal.SIGINT


@pytest.mark.parametrize("text", ["/bin/sleep 5 >/dev/null 2>&1 & wait", "{ sleep 5; } & wait"])
def test_ctrl_c_ends_wait(azos: Azos, text: str) -> None:
    assert signalled(azos, text)[0] == -signal.SIGINT


@pytest.mark.parametrize("text", ["sleep 5 >/dev/null 2>&1 & wait", "/bin/sleep 5 >/dev/null 2>&1 & wait"])
def test_a_trap_cuts_wait_short(azos: Azos, text: str) -> None:
    status, output = signalled(azos, f"trap 'echo trapped; exit 3' TERM; {text}", signal.SIGTERM)
    assert (status, output) == (3, b"trapped\n")


def test_an_output_process_substitution_is_waited_for_at_the_end(azos: Azos) -> None:
    azos.c("echo kept > >(sleep 0.05; cat > f)")
    time.sleep(0.1)  # bash does not wait either, but there it goes on by itself
    assert (azos.cwd / "f").read_text() == "kept\n"


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("f() { :; cat $1; }; f <(echo a)", "a\n"),
        ("for f in <(echo a) <(echo b); do cat $f; done", "a\nb\n"),
        ("f() { cat <(echo b) $1; }; f <(echo a)", "b\na\n"),
        ("case <(echo a) in /dev/fd/*) : ; echo kept;; esac", "kept\n"),
        ("{ :; read x; echo $x; } < <(echo a)", "a\n"),
    ],
)
def test_a_process_substitution_stays_open_until_its_own_command_ends(
    azos: Azos, text: str, output: str
) -> None:
    assert azos.c(text).text == output


def test_a_program_that_has_moved_since_it_was_found_is_found_again(azos: Azos) -> None:
    make = "mkdir a b; printf '#!/bin/sh\\necho found\\n' >a/tool; chmod +x a/tool; PATH=$PWD/a:$PWD/b:$PATH"
    assert azos.c(f"{make}; tool; cp a/tool b/; rm a/tool; tool").text == "found\nfound\n"
