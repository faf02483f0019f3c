"""The registry: commands by name, families loaded when one of their names is first used."""

from __future__ import annotations

from azos_shell.bus.command import Command, command
from azos_shell.bus.registry import CommandRegistry
from azos_shell.commands import FAMILIES, register_builtins
from azos_shell.plugin import Call


def make(name: str) -> Command:
    @command(name, raw=True)
    def made(call: Call) -> int:
        return 0

    return made


def test_a_family_is_loaded_once_at_the_first_of_its_names() -> None:
    registry = CommandRegistry()
    one, two = make("one"), make("two")
    loads: list[int] = []

    def load() -> list[Command]:
        loads.append(1)
        return [one, two]

    registry.register_family(["one", "two"], load)
    assert "two" in registry
    assert registry.names() == ["one", "two"]
    assert not loads
    assert (registry.get("two"), registry.get("one")) == (two, one)
    assert loads == [1]


def test_a_command_registered_by_itself_goes_before_a_familys() -> None:
    registry = CommandRegistry()
    own, families = make("one"), make("one")
    registry.register_family(["one", "two"], lambda: [families, make("two")])
    registry.register(own)
    registry.get("two")
    assert registry.get("one") is own


def test_a_later_command_takes_the_place_of_an_earlier_and_its_signature() -> None:
    registry = CommandRegistry()

    @command("two")
    def first(call: Call, a: str) -> int:
        return 0

    @command("two")
    def second(call: Call, a: str, b: str) -> int:
        return 0

    registry.register(first)
    assert len(registry.signature(first).operands) == 1
    registry.register(second)
    assert len(registry.signature(second).operands) == 2
    assert registry.signature(second) is registry.signature(second)


def test_an_unknown_name_is_none() -> None:
    assert CommandRegistry().get("none") is None


def test_every_family_defines_just_the_names_it_promises() -> None:
    registry = CommandRegistry()
    register_builtins(registry)
    for family, names in FAMILIES.items():
        if family == "http":
            continue  # written with the pools
        loaded = {one.name for one in registry._families[names[0]]()}
        assert loaded == set(names), family
