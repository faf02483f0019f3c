"""The examples in the commands' documentation, each run as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from azos_shell.bus.documentation_parts import Example, document
from azos_shell.bus.registry import CommandRegistry
from azos_shell.commands import register_builtins

if TYPE_CHECKING:
    from harness.processes import Azos


def all_examples() -> list[tuple[str, Example]]:
    """The examples of every built-in command."""
    registry = CommandRegistry()
    register_builtins(registry)
    return [
        (name, example)
        for name, command in sorted(registry.all().items())
        for example in document(command, registry.signature(command)).examples
    ]


EXAMPLES = all_examples()


@pytest.mark.azos_only
@pytest.mark.parametrize(
    "example",
    [example for _, example in EXAMPLES],
    ids=[f"{name}: {example.lines[0]}" for name, example in EXAMPLES],
)
def test_an_example_prints_what_it_says(azos: Azos, example: Example) -> None:
    ran = azos.run(example.text)
    assert ran.text == example.output, ran.errors


def test_there_are_examples() -> None:
    assert len({name for name, _ in EXAMPLES}) > 10
