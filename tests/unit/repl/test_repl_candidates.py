"""What a word could become."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.repl_host import FakeHost

from azos_shell.repl.candidates import Candidate, find_candidates
from azos_shell.repl.host import Figures
from azos_shell.repl.site import site_at


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").touch()
    (tmp_path / "setup.py").touch()
    (tmp_path / ".hidden").touch()
    tool = tmp_path / "src" / "tool"
    tool.touch()
    tool.chmod(0o755)
    host = FakeHost(HOME=str(tmp_path))
    host.cwd = str(tmp_path)
    return host


def values(host: FakeHost, line: str) -> list[str]:
    return [one.value for one in find_candidates(site_at(line, host.get), host).result(5)]


def test_commands_are_built_ins_programs_and_keywords(host: FakeHost) -> None:
    assert values(host, "e") == ["echo", "elif", "else", "exit", "export"]
    assert values(host, "ls | gi") == ["git", "gitk"]
    assert values(host, "type gi") == ["git", "gitk"]


def test_an_empty_command_word_does_not_list_every_program(host: FakeHost) -> None:
    assert values(host, "") == sorted(host.commands)


def test_files_are_listed_without_hidden_ones(host: FakeHost) -> None:
    assert values(host, "cat ") == ["setup.py", "src"]
    assert values(host, "cat .") == [".hidden"]
    assert values(host, "cat ~/s") == ["setup.py", "src"]
    assert values(host, "cat $HOME/src/") == ["main.py", "tool"]
    assert values(host, "cat nosuch/") == []


def test_only_what_can_be_run_is_a_command(host: FakeHost) -> None:
    assert values(host, "./src/") == ["tool"]


def test_cd_takes_directories_only(host: FakeHost) -> None:
    assert find_candidates(site_at("cd s", host.get), host).result(5) == [Candidate("src", "/")]


def test_variables_options_and_jobs(host: FakeHost) -> None:
    assert values(host, "echo $HO") == ["HOME"]
    assert values(host, "export HO") == ["HOME"]
    assert values(host, "sql --js") == ["--json", "--jsonl"]
    assert values(host, "sql -- --js") == []
    host.shown = Figures(running_jobs=1, stopped_jobs=1)
    assert values(host, "fg ") == ["%1", "%2"]
    assert values(host, "kill %") == ["%1", "%2"]


def test_a_hostile_name_is_shown_escaped(host: FakeHost) -> None:
    name = "x\x1b[2Jy"
    Path(host.cwd, name).touch()
    (found,) = find_candidates(site_at("cat x", host.get), host).result(5)
    assert (found.value, found.label) == (name, "x^[[2Jy")


def test_undecodable_names_are_found(host: FakeHost) -> None:
    Path(os.fsdecode(os.fsencode(host.cwd) + b"/b\xff")).touch()
    assert values(host, "cat b") == [os.fsdecode(b"b\xff")]
