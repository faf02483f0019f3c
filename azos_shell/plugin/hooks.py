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

    A plugin that fails never hinders the shell or another plugin, and adds nothing. Of plugins that bring commands of
    the same name, the one enabled first wins.
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
            commands = _commands(plugins, name, found[name].load())
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's code may raise anything at all
            problems.append(PluginError(f"plugin {name!r} can't be loaded: {error!r}"))
            continue
        for command in commands:
            if command.name not in registry:
                registry.register(command)
    return problems


def _commands(plugins: pluggy.PluginManager, name: str, plugin: Any) -> list[Command]:
    """The commands of this one plugin; raises what it raises, or TypeError for what is no command."""
    from azos_shell.bus.command import Command

    plugins.register(plugin, name)
    others = [other for other in plugins.get_plugins() if other is not plugin]
    ask = plugins.subset_hook_caller("azos_commands", others)
    commands = [command for commands in ask() for command in commands]
    for command in commands:
        if not isinstance(command, Command):
            raise TypeError(f"{command!r} is no command (made by @command(…))")
    return commands
