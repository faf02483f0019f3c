"""`:`, true, false and pwd."""

from __future__ import annotations

from pathlib import Path

from fakes.builtin_call import FakeShell, builtin_call

from azos_shell.commands.basics import colon, false, pwd, true


def test_true_and_false_are_what_they_say_whatever_follows() -> None:
    assert true.function(builtin_call("true", "--help")) == 0
    assert colon.function(builtin_call(":", "a", "b")) == 0
    assert false.function(builtin_call("false", "x")) == 1
    assert colon.special
    assert not true.special


def test_pwd_writes_the_shells_directory_not_the_process_s() -> None:
    call = builtin_call("pwd", shell=FakeShell("/some/where"))
    assert pwd.function(call) == 0
    assert call.out == b"/some/where\n"


def test_pwd_p_follows_links_and_the_last_option_counts(tmp_path: Path) -> None:
    target = tmp_path.resolve() / "target"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    shell = FakeShell(str(tmp_path / "link"))
    for words, expected in [(["-P"], target), (["-LP"], target), (["-P", "-L"], tmp_path / "link")]:
        call = builtin_call("pwd", *words, shell=shell)
        assert pwd.function(call) == 0
        assert call.out.decode() == f"{expected}\n"


def test_pwd_p_of_a_directory_that_is_gone_fails(tmp_path: Path) -> None:
    call = builtin_call("pwd", "-P", shell=FakeShell(str(tmp_path / "gone")))
    assert pwd.function(call) == 1
    assert call.err.endswith(b"gone: No such file or directory\n")


def test_pwd_refuses_other_options_and_ignores_operands() -> None:
    assert pwd.function(builtin_call("pwd", "-x")) == 2
    assert pwd.function(builtin_call("pwd", "--", "-x")) == 0
    assert pwd.function(builtin_call("pwd", "x")) == 0


def test_a_directory_that_is_no_utf8_leaves_as_it_is() -> None:
    call = builtin_call("pwd", shell=FakeShell("/\udcff"))
    assert pwd.function(call) == 0
    assert call.out == b"/\xff\n"
