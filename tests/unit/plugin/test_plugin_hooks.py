"""Plugins: found by entry point, loaded when enabled, and unable to hinder the shell or each other."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from azos_shell import plugin
from azos_shell.bus.registry import CommandRegistry
from azos_shell.plugin import Call, command
from azos_shell.plugin.hooks import GROUP, hookimpl, load_plugins


@command("greet")
def greet(call: Call) -> int:
    """Say hello."""
    return 0


@command("echo")
def usurper(call: Call) -> int:
    """Not the echo that was there."""
    return 1


class Greeter:
    @hookimpl
    def azos_commands(self) -> list[Any]:
        return [greet]


class Usurper:
    @hookimpl
    def azos_commands(self) -> list[Any]:
        return [usurper]


class Crashes:
    @hookimpl
    def azos_commands(self) -> list[Any]:
        raise RuntimeError("crashed when asked")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is installed, by name: a plugin object, or an exception that its import raises."""
    plugins: dict[str, Any] = {}

    def load(name: str) -> Any:
        if isinstance(plugins[name], Exception):
            raise plugins[name]
        return plugins[name]

    def entry_points(*, group: str) -> list[Any]:
        assert group == GROUP
        return [SimpleNamespace(name=name, load=lambda name=name: load(name)) for name in plugins]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    return plugins


def test_an_enabled_plugin_adds_its_commands(installed: dict[str, Any]) -> None:
    installed["greeter"] = Greeter()
    registry = CommandRegistry()
    assert load_plugins(["greeter"], registry) == []
    assert registry.get("greet") is greet


def test_a_plugin_that_is_not_enabled_is_not_even_imported(installed: dict[str, Any]) -> None:
    installed["bad"] = RuntimeError("was imported")
    assert load_plugins([], CommandRegistry()) == []


def test_a_plugin_that_fails_is_told_and_hinders_no_other(installed: dict[str, Any]) -> None:
    installed |= {"bad": ImportError("no module"), "greeter": Greeter()}
    registry = CommandRegistry()
    problems = load_plugins(["bad", "missing", "greeter"], registry)
    assert [problem.message for problem in problems] == [
        "plugin 'bad' can't be loaded: ImportError('no module')",
        "plugin 'missing' is enabled but not installed",
    ]
    assert registry.get("greet") is greet


def test_built_ins_win_over_plugins_of_the_same_name(installed: dict[str, Any]) -> None:
    installed["usurper"] = Usurper()
    registry = CommandRegistry()
    registry.register(greet)
    registry.register_family(["echo"], list)
    load_plugins(["usurper"], registry)
    assert "echo" in registry
    assert registry._commands.get("echo") is None  # still only promised


def test_a_plugin_that_crashes_when_asked_for_its_commands_is_told(installed: dict[str, Any]) -> None:
    installed |= {"crashes": Crashes(), "greeter": Greeter()}
    registry = CommandRegistry()
    assert len(load_plugins(["crashes", "greeter"], registry)) == 1
    assert registry.get("greet") is greet


class Exits:
    @hookimpl
    def azos_commands(self) -> list[Any]:
        raise SystemExit(3)


class BreaksOffHalfway:
    @hookimpl
    def azos_commands(self) -> Iterator[Any]:
        yield usurper
        raise RuntimeError("half of them")


class GivesNoCommands:
    @hookimpl
    def azos_commands(self) -> list[Any]:
        return [usurper, len]


@pytest.mark.parametrize("bad", [Exits(), BreaksOffHalfway(), GivesNoCommands()])
def test_a_plugin_that_fails_adds_none_of_its_commands(installed: dict[str, Any], bad: Any) -> None:
    installed |= {"before": Greeter(), "bad": bad}
    registry = CommandRegistry()
    (problem,) = load_plugins(["before", "bad"], registry)
    assert problem.message.startswith("plugin 'bad' can't be loaded: ")
    assert registry.names() == ["greet"]


def test_of_two_plugins_with_the_same_command_the_first_enabled_wins(installed: dict[str, Any]) -> None:
    @command("greet")
    def other(call: Call) -> int:
        return 1

    class Other:
        @hookimpl
        def azos_commands(self) -> list[Any]:
            return [other]

    installed |= {"a": Greeter(), "b": Other()}
    registry = CommandRegistry()
    assert load_plugins(["a", "b"], registry) == []
    assert registry.get("greet") is greet


def test_everything_of_the_plugin_face_is_there_and_sorted() -> None:
    assert sorted(plugin.__all__) == plugin.__all__
    assert all(hasattr(plugin, name) for name in plugin.__all__)
