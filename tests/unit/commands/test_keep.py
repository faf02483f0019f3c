"""keep: programs whose output is kept, which ones, and what stays as it was."""

from __future__ import annotations

import pytest
from harness.processes import Azos

from azos_shell.shell.kept_programs import KeptPrograms

pytestmark = pytest.mark.azos_only


def test_programs_are_chosen_by_patterns_of_their_names() -> None:
    assert KeptPrograms().has("anything")
    assert KeptPrograms(only=("g*", "ls")).has("/usr/bin/git")
    assert not KeptPrograms(only=("g*", "ls")).has("less")
    assert not KeptPrograms(excepted=("vi*",)).has("vim")
    assert KeptPrograms(excepted=("vi*",)).has("ls")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("on", "on"),
        ("off", "off"),
        ("only 'g*' ls", "only 'g*' ls"),
        ("except vim", "except vim"),
        ("except vim; keep on", "on"),
    ],
)
def test_list_shows_the_setting_as_it_would_be_typed(azos: Azos, words: str, shown: str) -> None:
    assert azos.run(f"keep {words}; keep list").text == f"{shown}\n"


@pytest.mark.parametrize(
    "words", ["", "--", "-x", "on now", "off now", "list all", "only", "except", "only ''x -- ''; keep -z"]
)
def test_wrong_words_are_refused(azos: Azos, words: str) -> None:
    ran = azos.run(f"keep {words}")
    assert (ran.status, ran.text) == (2, "")
    assert ran.errors.startswith("azos: line 1: keep: usage: keep on|off|list")


def test_the_output_of_programs_is_kept_while_it_is_on(azos: Azos) -> None:
    ran = azos.run("env echo a\nkeep on\nenv echo b\nlast\nkeep off\nenv echo c\nlast")
    assert ran.text == "a\nb\nb\nc\nb\n"


def test_only_the_programs_asked_for_are_kept(azos: Azos) -> None:
    ran = azos.run("keep only env\nenv echo a\nuname >&2\nsh -c 'echo b'\nlast")
    assert ran.text == "a\nb\na\n"


def test_one_command_can_be_kept(azos: Azos) -> None:
    assert azos.run("keep -- env echo a\nlast\nkeep env echo b\nlast").text == "a\na\nb\nb\n"
    assert azos.run("keep -- sh -c 'exit 3'").status == 3
    ran = azos.run("keep nosuchprogram")
    assert (ran.status, "command not found" in ran.errors) == (127, True)


def test_the_end_of_a_pipeline_is_kept_and_its_parts_keep_their_pipes(azos: Azos) -> None:
    (azos.cwd / "kind").write_text("test -p /dev/stdout && echo pipe >&2\nexec tr a b\n")
    ran = azos.run("keep on\necho aa | sh kind | cat\nlast")
    assert (ran.text, ran.errors) == ("bb\nbb\n", "pipe\n")


def test_output_that_is_redirected_goes_to_the_file_directly(azos: Azos) -> None:
    ran = azos.run(
        "keep on\necho first\nsh -c 'test -f /dev/stdout && echo file' >out\nlast\nkeep env echo b >&2"
    )
    assert (ran.text, ran.errors) == ("first\nfirst\n", "b\n")
    assert (azos.cwd / "out").read_text() == "file\n"


def test_what_a_program_says_on_both_outputs_stays_in_order_where_they_are_one(azos: Azos) -> None:
    ran = azos.run("keep on\nsh -c 'echo 1; echo 2 >&2; echo 3' 2>&1\nlast")
    assert (ran.text, ran.errors) == ("1\n2\n3\n" * 2, "")


def test_what_is_written_after_the_program_ended_is_waited_for(azos: Azos) -> None:
    ran = azos.run(
        "keep on\nmkfifo go\nsh -c '{ read x <go; echo late; } & echo now >go'\necho then\nlast -2"
    )
    assert ran.text == "late\nthen\nlate\n"


def test_what_runs_in_the_background_is_not_kept(azos: Azos) -> None:
    assert azos.run("keep on\necho a\nenv echo b & wait\nlast").text == "a\nb\na\n"


def test_a_large_output_passes_whole_and_is_kept_in_part(azos: Azos) -> None:
    ran = azos.run("keep on\nhead -c 3000000 /dev/zero\nlast >copy; echo $?")
    assert ran.text == "\0" * 3000000 + "1\n"
    assert (azos.cwd / "copy").stat().st_size == 1_000_000


def test_a_program_whose_reader_has_gone_ends(azos: Azos) -> None:
    (azos.cwd / "script").write_text("keep on\nyes\n")
    ran = azos.c('"$@" | head -n 1', "azos", azos_program(), "script")
    assert ran.text == "y\n"


def azos_program() -> str:
    """The shell under test, by its path."""
    from harness.processes import shell_under_test

    return shell_under_test()[0]


def test_a_subshell_has_a_setting_of_its_own(azos: Azos) -> None:
    ran = azos.run("(keep on; keep list; env echo a)\nkeep list\nlast -2\nenv echo b\nlast -2")
    assert ran.text == "on\na\noff\non\na\nb\non\na\n"


def test_where_nothing_is_kept_it_says_so(azos: Azos) -> None:
    for words in (["on"], ["--", "true"]):
        ran = azos.c('"$@"', "azos", "keep", *words)
        assert (ran.status, "nothing is kept" in ran.errors) == (1, True)
