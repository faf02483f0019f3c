"""The built-in commands, one file a family, each loaded when one of its names is first used."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.bus.registry import CommandRegistry

FAMILIES: dict[str, tuple[str, ...]] = {
    "alias": ("alias", "unalias"),
    "basics": (":", "true", "false", "pwd"),
    "batch": ("batch",),
    "cache": ("cache",),
    "control": ("exit", "return", "break", "continue", "eval", ".", "source", "exec"),
    "count": ("first", "count"),
    "declare": ("declare", "typeset", "local", "export", "readonly"),
    "directory": ("cd",),
    "directory_stack": ("pushd", "popd", "dirs"),
    "echo": ("echo",),
    "help": ("help",),
    "history": ("history",),
    "http": ("http",),
    "keep": ("keep",),
    "last": ("last",),
    "jobs": ("jobs", "fg", "bg", "disown", "suspend", "wait", "kill"),
    "limits": ("ulimit",),
    "map": ("map",),
    "mapfile": ("mapfile", "readarray"),
    "memo": ("memo",),
    "memory": ("memory",),
    "plot": ("plot",),
    "printf": ("printf",),
    "read": ("read",),
    "save": ("save",),
    "shopt": ("shopt",),
    "sleep": ("sleep",),
    "sort_by": ("sort-by",),
    "source_bash": ("source-bash",),
    "sql": ("sql",),
    "getopts": ("getopts",),
    "open": ("open",),
    "process": ("umask", "times"),
    "stats": ("stats",),
    "test_": ("test", "["),
    "trace": ("trace",),
    "trap": ("trap",),
    "where": ("where", "each"),
    "names": ("command", "type", "builtin", "hash"),
    "options": ("set", "shift"),
    "variables": ("unset", "let"),
    "watch": ("watch",),
}
"""The names that each family module defines in its ``COMMANDS``; a test holds the two to each other."""


def register_builtins(registry: CommandRegistry) -> None:
    """Promise every built-in to the registry."""
    for family, names in FAMILIES.items():
        registry.register_family(names, _Loader(family))


class _Loader:
    """Loads one family."""

    __slots__ = ("_family",)

    def __init__(self, family: str) -> None:
        self._family = family

    def __call__(self) -> Iterable[Command]:
        module = import_module(f"azos_shell.commands.{self._family}")
        commands: Iterable[Command] = module.COMMANDS
        return commands

    def __repr__(self) -> str:
        return f"<family {self._family}>"
