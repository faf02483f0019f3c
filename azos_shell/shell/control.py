"""Control flow that leaves a command: what ``exit``, ``return``, ``break`` and errors of expansion raise."""

from __future__ import annotations

from azos_shell.core.errors import AzosError


class ShellExit(Exception):
    """The (sub)shell ends with ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FunctionReturn(Exception):
    """``return``: the function or sourced file ends with ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LoopExit(Exception):
    """``break`` (or, with ``resume``, ``continue``) out of ``levels`` loops, which have this ``status`` then."""

    def __init__(self, levels: int, *, resume: bool, status: int = 0) -> None:
        super().__init__(levels)
        self.status = status
        self.levels = levels
        self.resume = resume


class Interrupted(Exception):
    """Ctrl-C ended what ran in the foreground: the whole command line ends, the shell does not."""


class ExpansionError(AzosError):
    """A word can't be expanded (POSIX 2.8.1: a shell that is not interactive exits)."""


class ArithmeticFailure(ExpansionError):
    """An arithmetic expression has no value: ``((…))`` and ``let`` are false then, the shell goes on."""


class RedirectionError(AzosError):
    """A redirection can't be made: the command is not run."""
