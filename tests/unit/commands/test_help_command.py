"""help: the list and the explanations."""

from __future__ import annotations

import pytest
from fakes.builtin_call import BuiltinCall, builtin_call, run_typed

from azos_shell.bus.registry import CommandRegistry
from azos_shell.commands import basics, echo
from azos_shell.commands import help as help_module


@pytest.fixture
def registry() -> CommandRegistry:
    registry = CommandRegistry()
    registry.register_family(["echo"], lambda: echo.COMMANDS)
    registry.register_family([":", "true", "false", "pwd"], lambda: basics.COMMANDS)
    registry.register_family(["help"], lambda: help_module.COMMANDS)
    return registry


async def helped(registry: CommandRegistry, *words: str) -> tuple[BuiltinCall, int]:
    call = builtin_call("help", *words, registry=registry)
    status, _ = await run_typed(help_module.help_, call)
    return call, status


async def test_without_a_name_all_commands_are_listed_by_category(registry: CommandRegistry) -> None:
    call, status = await helped(registry)
    assert status == 0
    assert call.out.decode() == (
        "Conditions\n"
        "  :      Do nothing, successfully; the words are expanded all the same.\n"
        "  false  Do nothing, unsuccessfully.\n"
        "  true   Do nothing, successfully.\n"
        "\n"
        "Files\n"
        "  pwd    Write the working directory.\n"
        "\n"
        "Help\n"
        "  help   Explain azos's own commands.\n"
        "\n"
        "Input and output\n"
        "  echo   Write the words, separated by blanks, and a newline.\n"
    )


async def test_a_command_is_explained(registry: CommandRegistry) -> None:
    call, status = await helped(registry, "pwd")
    assert status == 0
    assert call.out.decode() == (
        "usage: pwd [-L|-P]\n"
        "\n"
        "Write the working directory.\n"
        "\n"
        "Options:\n"
        "  -L  as it was reached, symbolic links and all (the default)\n"
        "  -P  without symbolic links\n"
        "\n"
        "Examples:\n"
        "  $ cd /; pwd\n"
        "  /\n"
        "\n"
        "Exit status:\n"
        "  0; 1 if there is no such directory any more (with -P); 2 for wrong options.\n"
    )


async def test_a_name_that_is_not_there_is_told_with_a_near_miss(registry: CommandRegistry) -> None:
    call, status = await helped(registry, "ecko", "true")
    assert status == 1
    assert call.err == b"azos: help: no help for 'ecko' (did you mean echo?)\n"
    assert call.out.startswith(b"usage: true\n")
