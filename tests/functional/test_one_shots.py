"""The one-shot and piped forms: azos run, -c, a file, standard input; their options, statuses and messages."""

from __future__ import annotations

import os
import re
import signal
import stat
from typing import TYPE_CHECKING

import pytest
from harness.processes import run_process, shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

ESCAPE = b"\x1b"


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_exit_gives_the_status(azos: Azos, status: int) -> None:
    script = f"exit {status}"
    assert azos.run(script).status == status
    assert azos.c(script).status == status
    assert azos.piped(script).status == status
    assert azos.file(script).status == status


def test_a_script_on_standard_input_runs(azos: Azos) -> None:
    ran = azos.piped("x=1\necho hi $x\n")
    assert (ran.text, ran.errors) == ("hi 1\n", "")


def test_a_script_file_has_its_arguments(azos: Azos) -> None:
    ran = azos.file('echo "$#:$1:$2"', "one", "two  words")
    assert ran.text == "2:one:two  words\n"


def test_a_command_has_its_name_and_arguments(azos: Azos) -> None:
    assert azos.c('echo "$0:$1:$#"', "name", "a b").text == "name:a b:1\n"


def test_a_script_file_knows_its_name(azos: Azos) -> None:
    ran = azos.file("echo $0")
    assert ran.text == f"{azos.home}/script.az\n"


def test_a_script_with_azos_on_its_first_line_runs_as_a_program(azos: Azos) -> None:
    script = azos.cwd / "tool"
    azos_words = shell_under_test()
    script.write_text(f"#!/usr/bin/env -S {' '.join(azos_words)}\necho from azos $1\n")
    script.chmod(0o755)
    ran = run_process([str(script), "x"], cwd=azos.cwd, env=azos.environment)
    assert ran.text == "from azos x\n"


def test_dash_s_reads_standard_input_with_arguments(azos: Azos) -> None:
    assert azos.start_and_wait(["-s", "a", "b"], stdin=b"echo $1 $2\n").text == "a b\n"


def test_a_command_of_a_script_may_read_what_is_left_of_standard_input(azos: Azos) -> None:
    ran = azos.piped("read x\nthis is data\necho got $x\n")
    assert ran.text == "got this is data\n"


def test_standard_input_is_the_commands_own(azos: Azos) -> None:
    assert azos.c("cat", stdin=b"data").text == "data"


def test_a_line_runs_before_the_next_is_read(azos: Azos) -> None:
    assert azos.piped("echo first\nexit 3\n)(\n").status == 3


@pytest.mark.parametrize(
    ("options", "script", "status", "stdout"),
    [
        (["-e"], "false; echo no", 1, ""),
        (["-u"], "echo $nosuch; echo no", 2, ""),
        (["-n"], "echo no", 0, ""),
        (["-e", "-u"], "echo yes", 0, "yes\n"),
    ],
)
def test_options_of_the_shell(azos: Azos, options: list[str], script: str, status: int, stdout: str) -> None:
    ran = azos.start_and_wait([*options, "-c", script])
    assert (ran.text, ran.status if ran.status != 127 else 1) == (stdout, status)


def test_dash_x_traces_on_standard_error(azos: Azos) -> None:
    ran = azos.start_and_wait(["-x", "-c", "echo 'a b'"])
    assert ran.text == "a b\n"
    assert ran.errors == "+ echo 'a b'\n"


@pytest.mark.azos_only
def test_dash_n_tells_a_syntax_error_with_its_place(azos: Azos) -> None:
    ran = azos.start_and_wait(["-n", "-c", "echo a\necho (b\n"])
    assert ran.status == 2
    assert re.search(r"line 2, column \d+", ran.errors)
    assert "expected" in ran.errors


@pytest.mark.azos_only
def test_a_syntax_error_shows_line_column_and_a_caret_and_runs_nothing(azos: Azos) -> None:
    ran = azos.run("echo a; echo b |; echo c")
    assert (ran.stdout, ran.status) == (b"", 2)
    lines = ran.errors.splitlines()
    assert re.search(r"line 1, column 17", lines[0])
    source = next(index for index, line in enumerate(lines) if "echo a; echo b |; echo c" in line)
    shown, caret = lines[source], lines[source + 1]
    assert caret.rstrip().endswith("^")
    assert caret.index("^") == shown.index("|;") + 1


def test_a_syntax_error_in_a_file_names_the_file(azos: Azos) -> None:
    ran = azos.file("true\nif\n")
    assert ran.status == 2
    assert "script.az" in ran.errors


@pytest.mark.azos_only
@pytest.mark.parametrize(("typed", "meant"), [("ehco", "echo"), ("gti", "git"), ("histroy", "history")])
def test_an_unknown_command_suggests_a_near_miss(azos: Azos, typed: str, meant: str) -> None:
    ran = azos.run(typed)
    assert (ran.stdout, ran.status) == (b"", 127)
    assert f"{typed}: command not found" in ran.errors
    assert re.search(rf"did you mean .*\b{meant}\b", ran.errors)


def test_an_unknown_command_is_127(azos: Azos) -> None:
    ran = azos.run("nosuch")
    assert (ran.stdout, ran.status) == (b"", 127)
    assert "nosuch" in ran.errors


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP, signal.SIGPIPE]
)
def test_a_child_that_dies_of_a_signal_gives_128_and_its_number(azos: Azos, number: signal.Signals) -> None:
    assert azos.run(f"sh -c 'kill -{int(number)} $$'; exit $?").status == 128 + number


def test_pipestatus(azos: Azos) -> None:
    assert azos.run("false | true; echo $? ${PIPESTATUS[@]}").text == "0 1 0\n"


def test_a_directory_as_a_script_is_126(azos: Azos) -> None:
    ran = azos.start_and_wait([str(azos.cwd)])
    assert ran.status == 126
    assert re.search("directory", ran.errors, re.IGNORECASE)


def test_a_missing_script_is_127(azos: Azos) -> None:
    ran = azos.start_and_wait(["nosuch.az"])
    assert ran.status == 127
    assert "nosuch.az" in ran.errors


def test_a_binary_file_as_a_script_is_126(azos: Azos) -> None:
    ran = azos.start_and_wait(["/bin/true"])
    assert ran.status == 126
    assert "binary" in ran.errors


def test_an_unreadable_script_is_an_error(azos: Azos) -> None:
    (azos.cwd / "fifo-less").symlink_to("fifo-less")
    ran = azos.start_and_wait(["fifo-less"])
    assert ran.status in (126, 127)
    assert ran.errors
    assert "Traceback" not in ran.errors


def test_an_unknown_option_is_a_usage_error(azos: Azos) -> None:
    ran = azos.start_and_wait(["--no-such-option"])
    assert (ran.stdout, ran.status) == (b"", 2)
    assert "--no-such-option" in ran.errors


def test_dash_c_without_a_command_is_a_usage_error(azos: Azos) -> None:
    ran = azos.start_and_wait(["-c"])
    assert (ran.stdout, ran.status) == (b"", 2)


@pytest.mark.azos_only
def test_run_without_a_command_is_a_usage_error(azos: Azos) -> None:
    ran = azos.start_and_wait(["run"])
    assert (ran.stdout, ran.status) == (b"", 2)
    assert "Traceback" not in ran.errors


@pytest.mark.azos_only
def test_version_and_help(azos: Azos) -> None:
    version = azos.start_and_wait(["--version"])
    assert re.fullmatch(r"azos \d+\.\d+\.\d+.*\n", version.text)
    shown = azos.start_and_wait(["--help"])
    assert shown.status == 0
    for word in ("azos run", "-c", "FILE"):
        assert word in shown.text


def test_arguments_that_are_no_utf8_pass_unchanged(azos: Azos) -> None:
    odd = b"a\xff\xfe b\x80"
    assert azos.c(b'printf %s "$1"; /usr/bin/printf %s "$1"', "x", odd).stdout == odd + odd
    assert azos.run(b"printf %s '" + odd + b"'").stdout == odd
    assert azos.run(b"/usr/bin/printf %s '" + odd + b"' | cat").stdout == odd


def test_an_environment_that_is_no_utf8_passes_unchanged(azos: Azos) -> None:
    env = {os.fsencode(name): os.fsencode(value) for name, value in azos.environment.items()} | {
        b"ODD": b"\xff\x80"
    }
    ran = azos.c('printf %s "$ODD"; sh -c \'printf %s "$ODD"\'', env=env)
    assert ran.stdout == b"\xff\x80" * 2


@pytest.mark.azos_only
@pytest.mark.parametrize(
    "script",
    [
        "help",
        "help sql",
        "sql --help",
        "echo hi",
        "stats",
        "cache stats",
        "cache ls",
        "memory",
        "jobs",
        "history",
        "nosuch",
        "echo (",
        "trace echo hi",
        "sql :memory: 'select 1 as a'",
        "sql :memory: 'select nosuch'",
        "sql --nosuch",
    ],
)
def test_no_escape_code_leaves_when_not_at_a_terminal(azos: Azos, script: str) -> None:
    for environment in ({}, {"TERM": "xterm-256color", "COLORTERM": "truecolor", "CLICOLOR": "1"}):
        ran = azos.run(script, env=azos.environment | environment)
        assert ESCAPE not in ran.stdout
        assert ESCAPE not in ran.stderr
        assert "Traceback" not in ran.errors


@pytest.mark.azos_only
def test_nothing_but_data_reaches_standard_output(azos: Azos) -> None:
    ran = azos.piped("echo one\nnosuch\ntrace echo two\nsql :memory: 'select 3 as n'\nsleep 0 &\nwait\n")
    assert ran.text == 'one\ntwo\n{"n":3}\n'


@pytest.mark.azos_only
def test_state_is_kept_private(azos: Azos) -> None:
    argv = ["/bin/sh", "-c", 'umask 0; exec "$@"', "sh", *shell_under_test(), "run", "history -s secret"]
    assert run_process(argv, cwd=azos.cwd, env=azos.environment).status == 0
    made = [path for path in azos.home.rglob("*") if "azos" in str(path.relative_to(azos.home))]
    files = [path for path in made if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    own = [path for path in made if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in own} == {0o700}


def test_the_last_command_needs_no_newline(azos: Azos) -> None:
    assert azos.piped("echo hi").text == "hi\n"


def test_output_comes_in_the_order_in_which_it_was_written(azos: Azos) -> None:
    script = "; ".join(f"echo a{n}; /bin/echo b{n}" for n in range(20))
    wanted = "".join(f"a{n}\nb{n}\n" for n in range(20))
    assert azos.run(script).text == wanted
    assert azos.run(f"{{ {script}; }} 2>&1 | cat").text == wanted


def test_output_is_not_held_back_until_the_end(azos: Azos) -> None:
    reader, writer = os.pipe()
    try:
        ran = azos.run("echo now; kill -9 $$", stdout=writer)
        os.close(writer)
        assert os.read(reader, 100) == b"now\n"
        assert ran.status == -signal.SIGKILL
    finally:
        os.close(reader)


def test_background_work_of_a_script_outlives_it(azos: Azos) -> None:
    fifo = azos.cwd / "fifo"
    os.mkfifo(fifo)
    ran = azos.run("sh -c 'read x <fifo; echo done >mark' >/dev/null 2>&1 & echo started")
    assert ran.text == "started\n"
    with fifo.open("w") as gate:
        gate.write("x\n")
    for _ in range(1000):
        if (azos.cwd / "mark").exists():
            return
        signal.sigtimedwait([], 0.01)
    raise AssertionError("the job has not gone on")
