"""test and [: conditions, compared with bash and dash, and files made for the purpose."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from fakes.builtin_call import FakeShell, MemoryInput, builtin_call

from azos_shell.commands.test_ import bracket
from azos_shell.commands.test_ import test as condition
from azos_shell.commands.test_evaluation import UNARY_OPERATORS, ConditionError, evaluate_test
from azos_shell.shell.file_tests import compare_files, file_test


def status_of(*words: str) -> int:
    status = condition.function(builtin_call("test", *words, shell=FakeShell("/", {"HOME": "/"})))
    assert isinstance(status, int)
    return status


CASES = [
    "", "''", "a", "-f", "!", "'('", "! ''", "! a", "a b", "-z ''", "-q x", "a = a", "a = b", "'' = ''",
    "a '<' b", "b '>' a", "a '>' b", "! = !", "'(' = '('", "-f = -f", "! -z ''", "! ! a", "'(' a ')'",
    "'(' '' ')'", "a -a b", "'' -o b", "a -a ''", "a b c", "-z = x", "! a = b", "! '(' a ')'",
    "'(' -z '' ')'", "'(' ! '' ')'", "a = b c", "! -z '' x", "a = a -a b = b", "a = a -o b = c -a c = d",
    "'(' a = b -o c = c ')' -a x", "! a = a -o x", "1 -eq 1", "' 1 ' -eq 1", "1 -eq x", "'' -eq 0",
    "0x1 -eq 1", "+1 -eq 1", "-1 -lt 0", "010 -eq 10", "1 -eq 1.0", "5 -ge 5", "5 -gt 5", "4 -le 5", "4 -ne 4",
    "9223372036854775807 -gt 1", "9223372036854775808 -gt 1", "-9223372036854775808 -lt 0", "-t 99",
    "/nonexistent -nt /", "/ -nt /", "/ -ef /", "/ -ef /usr", "-e ''", "-L /", "-d /", "-f / -o -d /",
    "x -a ! y", "a = '' -o ! b", "a '>' b c d", "x = x = x", "! ! ! ! ! a", "-o -a -a",
    "'' -a '' -o a", "a -o b -a ''", "'(' '(' a ')' ')' -a b", "! '(' a = b ')' -a c = c", "-z '' -a -n a",
]  # fmt: skip
BASH_ONLY = [
    "a == a", "a == b", "-v HOME", "-v NOSUCH", "/ -nt /nonexistent", "/nonexistent -ot /", "/ -ot /nonexistent",
    "-a /", "-N /nonexistent", "-o nosuchoption", "'(' ')'", "'(' x ! ')'", "a '=~' a", "! '(' ')'", "-t x",
    "'(' a", "'(' ')' '(' ')'", "a -o b -a", "-d / -a", "'(' a = a", "-nt -nt", "-eq -eq -eq", "! -o !", "-R x",
    "a -a", "-f -a -d", "-n -a ''",
]  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("words", CASES)
def test_the_status_is_that_of_other_shells(shell: str, words: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    if shell == "dash" and words in ("'(' '(' a ')' ')' -a b",):
        pytest.skip("dash crashes on it")
    expected = subprocess.run([shell, "-c", f"test {words}"], capture_output=True, check=False).returncode
    assert status_of(*shlex.split(words)) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash")
@pytest.mark.parametrize("words", BASH_ONLY)
def test_the_status_is_that_of_bash_where_shells_differ(words: str) -> None:
    environment = {"HOME": "/"}
    expected = subprocess.run(
        ["bash", "-c", f"test {words}"], capture_output=True, check=False, env=environment
    ).returncode
    assert status_of(*shlex.split(words)) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash")
def test_two_thousand_random_conditions_have_the_status_of_bash() -> None:
    chance = random.Random(3)
    words = [
        "!",
        "(",
        ")",
        "-a",
        "-o",
        "=",
        "!=",
        "-z",
        "-n",
        "a",
        "",
        "1",
        "-eq",
        "-lt",
        "/",
        "-d",
        "-f",
        "<",
    ]
    conditions = [[chance.choice(words) for _ in range(chance.randint(1, 7))] for _ in range(2000)]
    script = "\n".join(f"test {shlex.join(words)} 2>/dev/null; echo $?" for words in conditions)
    output = subprocess.run(
        ["bash"], input=script.encode(), capture_output=True, check=True, env={"LC_ALL": "C"}
    ).stdout
    expected = [int(line) for line in output.split()]
    assert [status_of(*words) for words in conditions] == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a", "b"), "'a': expected a unary operator"),
        (("a", "b", "c"), "'b': expected a binary operator"),
        (("1", "-eq", "x"), "'x': expected a whole number"),
        (("a", "=", "b", "c"), "'c': unexpected"),
        (("(", "a", "=", "a", "-a", "b"), "expected ')'"),
        (("a", "-a", "b", "-o", "c", "-a"), "expected an argument after '-a'"),
    ],
)
def test_what_is_wrong_is_told(words: tuple[str, ...], message: str) -> None:
    call = builtin_call("test", *words)
    assert condition.function(call) == 2
    assert call.err.decode() == f"azos: test: {message}\n"


def test_bracket_wants_its_partner() -> None:
    call = builtin_call("[", "a", "=", "a")
    assert bracket.function(call) == 2
    assert call.err == b"azos: [: ']' is missing\n"
    assert bracket.function(builtin_call("[")) == 2
    assert bracket.function(builtin_call("[", "]")) == 1
    assert bracket.function(builtin_call("[", "a", "=", "a", "]")) == 0


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("text")
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("full")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "script").write_text("true")
    (tmp_path / "script").chmod(0o755)
    (tmp_path / "setuid").touch()
    (tmp_path / "setuid").chmod(0o6755)
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1755)
    (tmp_path / "locked").touch()
    (tmp_path / "locked").chmod(0)
    return tmp_path


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash")
def test_every_file_operator_agrees_with_bash_on_every_kind_of_file(files: Path) -> None:
    operators = sorted(UNARY_OPERATORS - {"-t", "-o", "-v", "-R", "-n", "-z"})
    names = [*sorted(os.listdir(files)), "missing", "/dev/null", "full/x"]
    pairs = [(operator, name) for operator in operators for name in names]
    script = "\n".join(f"test {operator} {name}; echo $?" for operator, name in pairs)
    output = subprocess.run(
        ["bash"], input=script.encode(), capture_output=True, check=True, cwd=files
    ).stdout
    shell = FakeShell(str(files))
    ours = [condition.function(builtin_call("test", *pair, shell=shell)) for pair in pairs]
    assert dict(zip(pairs, ours, strict=True)) == dict(zip(pairs, map(int, output.split()), strict=True))


def test_a_socket_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may be no longer than about 100 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert file_test("-S", str(tmp_path / "s"))
        assert not file_test("-f", str(tmp_path / "s"))


def test_newer_and_older_go_by_the_nanosecond(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, time in ((old, 1_000_000_000_000_000_000), (new, 1_000_000_000_000_000_001)):
        path.touch()
        os.utime(path, ns=(time, time))
    assert compare_files(str(new), "-nt", str(old))
    assert compare_files(str(old), "-ot", str(new))
    assert not compare_files(str(old), "-nt", str(new))
    assert not compare_files(str(new), "-ef", str(old))


def test_paths_are_those_of_the_shell_not_of_the_process(files: Path) -> None:
    assert condition.function(builtin_call("test", "-s", "full", shell=FakeShell(str(files)))) == 0
    assert condition.function(builtin_call("test", "-s", "full", shell=FakeShell("/"))) == 1


def test_no_path_is_no_file_and_a_nul_is_in_none() -> None:
    shell = FakeShell("/")
    for operator in ("-e", "-d", "-r", "-x"):
        assert condition.function(builtin_call("test", operator, "", shell=shell)) == 1
        assert condition.function(builtin_call("test", operator, "a\0b", shell=shell)) == 1


def test_terminals_are_those_of_the_call() -> None:
    call = builtin_call("test", "-t", "1", terminal=True)
    assert condition.function(call) == 0
    assert condition.function(builtin_call("test", "-t", "1")) == 1
    assert condition.function(builtin_call("test", "-t", "0", stdin=MemoryInput(terminal=True))) == 0
    assert condition.function(builtin_call("test", "-t", "99")) == 1


def test_options_of_the_shell_are_asked_from_it() -> None:
    shell = FakeShell(variables={"SHELLOPTS": "errexit:pipefail"})
    assert condition.function(builtin_call("test", "-o", "pipefail", shell=shell)) == 0
    assert condition.function(builtin_call("test", "-o", "nounset", shell=shell)) == 1


def test_conditions_can_be_evaluated_without_a_call() -> None:
    assert evaluate_test(["-d", "/"], lambda path: path, {}.get)
    with pytest.raises(ConditionError, match="'x': expected a whole number"):
        evaluate_test(["x", "-lt", "1"], lambda path: path, {}.get)


def test_strings_are_ordered_by_their_bytes() -> None:
    high, invalid = "\U00010000", "\udcff"
    assert evaluate_test([high, "<", invalid], str, {}.get)
    assert evaluate_test(["a", "<", "é"], str, {}.get)
