"""Programs on PATH: found, remembered, and what is said when there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azos_shell.core.errors import NotExecutableError, NotFoundError
from azos_shell.shell.programs import ProgramCache, near_misses, search, why_not


def program(directory: Path, name: str) -> Path:
    path = directory / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gti", ["git"]),
        ("sl", ["ls"]),
        ("pyhton", ["python"]),
        ("greep", ["grep"]),
        ("zzz", []),
        ("x", []),
        ("g" * 100_000, []),
    ],
)
def test_a_near_miss_has_the_letters_in_another_order_or_nearly_the_letters(
    typed: str, meant: list[str]
) -> None:
    assert near_misses(typed, ["git", "grep", "ls", "python", "cat"]) == meant


def test_a_message_does_not_repeat_a_megabyte() -> None:
    assert len(why_not("a" * 1_000_000, []).message) < 300


def test_a_path_is_missing_or_a_directory(tmp_path: Path) -> None:
    assert isinstance(why_not(f"{tmp_path}/nosuch", []), NotFoundError)
    assert isinstance(why_not(str(tmp_path), []), NotExecutableError)


def test_the_first_executable_on_the_path_is_found_before_one_that_is_not(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for directory in (first, second):
        directory.mkdir()
    program(first, "tool").chmod(0o644)
    found = program(second, "tool")
    if os.geteuid() == 0:  # to root a file without any x bit is not executable either
        assert search("tool", f"{first}:{second}", "/") == str(found)
    assert search("nosuch", f"{first}:{second}", "/") is None


def test_what_was_found_is_remembered_until_the_path_changes(tmp_path: Path) -> None:
    cache = ProgramCache()
    found = program(tmp_path, "tool")
    assert cache.find("tool", str(tmp_path), "/") == str(found)
    assert cache.remembered() == {"tool": str(found)}
    assert cache.find("tool", "/nonexistent", "/") is None
    assert cache.remembered() == {}


def test_names_are_listed_once_until_a_directory_changes(tmp_path: Path) -> None:
    cache = ProgramCache()
    program(tmp_path, "one")
    (tmp_path / "data").write_text("")
    assert cache.names(str(tmp_path)) == ["one"]
    assert cache.names(str(tmp_path)) is cache.names(str(tmp_path))
