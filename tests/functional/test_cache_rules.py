"""Rules: programs that are answered from the cache because the configuration says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.counted import Counted

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only


@pytest.fixture
def counted(azos: Azos) -> Counted:
    """`tool` is found by its name and there is a rule for `tool` with any words."""
    counted = Counted(azos)
    counted.program('cat data; echo "$@"')
    counted.write("data", "one\n")
    azos.environment["PATH"] = f"{azos.home}:{azos.environment['PATH']}"
    counted.configure('[[cache.rule]]\nmatch = "tool *"\ntrace = false\ntag = "mine"\n')
    return counted


def test_a_program_of_a_rule_is_answered_from_the_cache(counted: Counted) -> None:
    for _ in range(2):
        ran = counted.run("tool a 'b  c'; tool; tool")
        assert (ran.text, ran.errors) == ("one\na b  c\none\n\none\n\n", "")
    assert counted.runs == 2
    assert "cached" in counted.run("memo ls; cache why tool a 'b  c'").text


@pytest.mark.parametrize(
    "line",
    [
        "tool a | cat",
        "cat </dev/null | tool a",
        'echo "$(tool a)"',
        "(tool a)",
        "if tool a; then :; fi",
        "x=tool; $x a",
    ],
)
def test_it_is_wherever_it_stands(counted: Counted, line: str) -> None:
    for _ in range(2):
        assert counted.run(line).text == "one\na\n"
    assert counted.runs == 1


@pytest.mark.parametrize(
    "around",
    [
        "\\tool a",
        "AZOS_NO_CACHE=1; tool a",
        "export AZOS_NO_CACHE=1; tool a",
        "\\tool a | cat",
        "AZOS_NO_CACHE=1 tool a",
    ],
)
def test_it_can_be_gone_round(counted: Counted, around: str) -> None:
    counted.run("tool a")
    counted.write("data", "two\n")
    assert counted.run("tool a").text == "one\na\n"
    assert counted.run(around).text == "two\na\n"
    assert counted.runs == 2


def test_other_commands_are_as_ever(counted: Counted) -> None:
    counted.program("cat data", "tools")
    for text in ("one\n", "two\n"):
        counted.write("data", text)
        assert counted.run("tools").text == text


def test_a_function_of_that_name_comes_first(counted: Counted) -> None:
    for text in ("x", "y"):
        assert counted.run(f"tool() {{ echo {text}; }}; tool a").text == f"{text}\n"
    assert counted.runs == 0


def test_the_tag_of_a_rule_forgets_what_it_kept(counted: Counted) -> None:
    counted.run("tool a; tool b")
    assert counted.run("cache rm tag:mine --csv").text == "removed\n2\n"
    counted.run("tool a")
    assert counted.runs == 3


def test_assignments_before_it_and_redirections_are_its_own(counted: Counted) -> None:
    counted.program('echo "$X"')
    for value in ("1", "2", "1"):
        assert counted.run(f"X={value} tool >out; cat out").text == f"{value}\n"
    assert counted.runs == 2


def test_a_missing_program_is_missing(counted: Counted) -> None:
    (counted.azos.home / "tool").unlink()
    ran = counted.run("tool a")
    assert (ran.text, ran.status) == ("", 127)
    assert "tool: command not found" in ran.errors


def test_a_wrong_rule_is_told_with_the_files_name_and_does_not_stop_azos(counted: Counted) -> None:
    counted.configure('[[cache.rule]]\nmatch = "tool *"\nttl = "soon"\n')
    ran = counted.run("tool a")
    assert ran.text in ("one\na\n", "")
    assert "config.toml: cache.rule 'tool *'" in ran.errors
    assert "Traceback" not in ran.errors
