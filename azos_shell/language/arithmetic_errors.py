"""What can be wrong with an arithmetic expression."""

from __future__ import annotations

from azos_shell.core.errors import AzosError
from azos_shell.language.visible import visible


class ArithmeticSyntaxError(AzosError):
    """An expression that cannot be evaluated; the command that it stands in does not run."""

    status = 1

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class DivisionByZero(ArithmeticSyntaxError):
    """A division or remainder by zero."""
