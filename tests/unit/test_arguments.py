"""The arguments of the process: which way in they ask for."""

from __future__ import annotations

import os

import pytest

from azos_shell.__main__ import parse_arguments
from azos_shell.app import Invocation
from azos_shell.core.errors import UsageError


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda fd: False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], Invocation()),
        (["-"], Invocation()),
        (["run", "echo hi"], Invocation(command="echo hi")),
        (["run", "echo", "a b"], Invocation(command="echo a b")),
        (["run", "--", "-x"], Invocation(command="-x")),
        (["run", "-e", "false; echo"], Invocation(command="false; echo", options=(("errexit", True),))),
        (["-c", "echo $0"], Invocation(command="echo $0")),
        (["-c", "x", "name", "a", "b"], Invocation(command="x", name="name", arguments=("a", "b"))),
        (["-ec", "x"], Invocation(command="x", options=(("errexit", True),))),
        (["-c", "--", "x"], Invocation(command="x")),
        (["script", "-c", "--help"], Invocation(script="script", name="script", arguments=("-c", "--help"))),
        (["--", "-script"], Invocation(script="-script", name="-script")),
        (["-", "a"], Invocation(arguments=("a",))),
        (["-s", "a", "b"], Invocation(arguments=("a", "b"))),
        (["-eu", "-o", "pipefail", "f"], Invocation(
            script="f", name="f", options=(("errexit", True), ("nounset", True), ("pipefail", True)))),
        (["-euo", "pipefail", "-c", "x"], Invocation(
            command="x", options=(("errexit", True), ("nounset", True), ("pipefail", True)))),
        (["+e", "-c", "x"], Invocation(command="x", options=(("errexit", False),))),
        (["-i"], Invocation(interactive=True)),
        (["--no-rc", "-l", "-c", "x"], Invocation(command="x", no_rc=True, login=True)),
        (["--login"], Invocation(login=True)),
    ],
)  # fmt: skip
def test_the_words_say_what_to_run(words: list[str], expected: Invocation) -> None:
    assert parse_arguments(words) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-c"], "-c needs a command"),
        (["run"], "run: a command is missing"),
        (["-Z"], "-Z: unknown option"),
        (["--nonsense"], "--nonsense: unknown option"),
        (["-o", "nonsense"], "-o: unknown option"),
        (["+c", "x"], "+c: unknown option"),
    ],
)
def test_wrong_words_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("+", r"\+")) as caught:
        parse_arguments(words)
    assert caught.value.status == 2


def test_on_a_terminal_without_anything_to_run_it_is_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda fd: True)
    assert parse_arguments([]).interactive
    assert not parse_arguments(["-c", "x"]).interactive
    assert not parse_arguments(["script"]).interactive
    assert not parse_arguments(["-s"]).interactive


@pytest.mark.parametrize("fd", [0, 2])
def test_with_input_or_errors_elsewhere_it_is_no_prompt(monkeypatch: pytest.MonkeyPatch, fd: int) -> None:
    monkeypatch.setattr(os, "isatty", lambda asked: asked != fd)
    assert not parse_arguments([]).interactive
