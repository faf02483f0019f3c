"""The hooks that a plugin may implement (pluggy), and how plugins are found.

A plugin is a Python distribution with an entry point in the group ``azos``; the entry point names a module or object
that implements one or more of these hooks. A plugin is loaded only if the configuration enables it by name:

    [plugins]
    enabled = ["checksum"]

so that a one-shot command never pays for looking through everything that is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from azos_shell.core.errors import AzosError

if TYPE_CHECKING:
    from azos_shell.bus.command import Command
    from azos_shell.bus.registry import CommandRegistry

hookspec = pluggy.HookspecMarker("azos")
hookimpl = pluggy.HookimplMarker("azos")

GROUP = "azos"


class Hooks:
    """What azos asks its plugins."""

    @hookspec
    def azos_commands(self) -> Iterable[Command]:
        """Commands to add, made by ``@command(…)``; built-ins of the same name win."""
        raise NotImplementedError


class PluginError(AzosError):
    """A plugin that the configuration names can't be had or can't be loaded."""


def load_plugins(enabled: Sequence[str], registry: CommandRegistry) -> list[PluginError]:
    """Load the enabled plugins, register their commands, and return what went wrong, a plugin each.

    A plugin that fails to load never hinders the shell or another plugin.
    """
    from importlib.metadata import entry_points

    plugins = pluggy.PluginManager("azos")
    plugins.add_hookspecs(Hooks)
    found = {point.name: point for point in entry_points(group=GROUP)}
    problems = []
    for name in enabled:
        if name not in found:
            problems.append(PluginError(f"plugin {name!r} is enabled but not installed"))
            continue
        try:
            plugin: Any = found[name].load()
            plugins.register(plugin, name)
        except Exception as error:  # noqa: BLE001 - a plugin's import may raise anything at all
            problems.append(PluginError(f"plugin {name!r} can't be loaded: {error!r}"))
    for commands in plugins.hook.azos_commands():
        for command in commands:
            if command.name not in registry:
                registry.register(command)
    return problems
