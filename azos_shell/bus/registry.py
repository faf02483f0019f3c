"""The registry: every command by name, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from azos_shell.bus.command import Command

if TYPE_CHECKING:
    from azos_shell.bus.signature import Signature

Family = Callable[[], Iterable[Command]]


class CommandRegistry:
    """Commands by name. A family of commands is registered by its names and loaded at the first of them."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._families: dict[str, Family] = {}
        self._signatures: dict[str, Signature] = {}

    def register(self, command: Command) -> None:
        """Add a command; a later one of the same name takes the place of an earlier."""
        self._commands[command.name] = command
        self._families.pop(command.name, None)
        self._signatures.pop(command.name, None)

    def register_family(self, names: Iterable[str], load: Family) -> None:
        """Promise commands of these names; ``load`` is called when one of them is first looked up."""
        for name in names:
            if name not in self._commands:
                self._families[name] = load

    def get(self, name: str) -> Command | None:
        """The command of that name, or None."""
        found = self._commands.get(name)
        if found is None and name in self._families:
            self._load(self._families[name])
            found = self._commands.get(name)
        return found

    def signature(self, command: Command) -> Signature:
        """How the command's words are parsed; worked out once."""
        found = self._signatures.get(command.name)
        if found is None or found.command is not command:
            from azos_shell.bus.signature import Signature

            found = self._signatures[command.name] = Signature.of(command)
        return found

    def names(self) -> list[str]:
        """All names, sorted, without loading anything."""
        return sorted(self._commands.keys() | self._families.keys())

    def all(self) -> Mapping[str, Command]:
        """Every command, loaded."""
        for load in set(self._families.values()):
            self._load(load)
        return dict(sorted(self._commands.items()))

    def _load(self, load: Family) -> None:
        for command in load():
            if self._families.get(command.name) is load:
                self._commands[command.name] = command
        for name in [name for name, family in self._families.items() if family is load]:
            del self._families[name]

    def __contains__(self, name: object) -> bool:
        return name in self._commands or name in self._families

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __repr__(self) -> str:
        return f"<CommandRegistry {len(self._commands)} loaded, {len(self._families)} promised>"
