"""What the face needs of the shell behind it: one Protocol and the figures of the bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from azos_shell.storage.history import HistoryStore


@dataclass(frozen=True, slots=True)
class Figures:
    """One snapshot of what the status bar shows; None where there is nothing to tell yet."""

    last_seconds: float | None = None
    last_status: int = 0
    p95_seconds: float | None = None
    rss_bytes: int | None = None
    hit_rate: float | None = None
    queued: int = 0
    running_jobs: int = 0
    stopped_jobs: int = 0


class ReplHost(Protocol):
    """The shell, seen from its prompt. Everything but ``execute`` returns at once."""

    exit_status: int | None
    """Not None once ``exit`` ran: the loop ends."""

    @property
    def cwd(self) -> str:
        """The working directory."""
        ...

    @property
    def expands_history(self) -> bool:
        """Whether ``!`` in a line stands for earlier lines (``set -H``)."""
        ...

    @property
    def history(self) -> HistoryStore:
        """The lines of earlier sessions; ``recent`` and ``search`` are called from other threads, too."""
        ...

    async def execute(self, text: str) -> int:
        """Run one complete input and return its status; prints its own errors and never raises them."""
        ...

    def is_unfinished(self, text: str) -> bool:
        """Whether the input needs another line. Wrong input is finished: running it tells what is wrong."""
        ...

    def figures(self) -> Figures:
        """A cheap, cached snapshot for the bar."""
        ...

    def notices(self) -> list[str]:
        """Job notices to print before the next prompt; each is told once."""
        ...

    def command_names(self) -> Iterable[str]:
        """Built-ins, plugins, functions and aliases."""
        ...

    def program_names(self) -> Sequence[str]:
        """Programs on PATH (cached)."""
        ...

    def variable_names(self) -> Iterable[str]:
        """Names of the shell's variables."""
        ...

    def options_of(self, command: str) -> Sequence[tuple[str, str]]:
        """``(flag, help)`` pairs of one of azos's own commands; empty for all others."""
        ...

    def argument_kind(self, command: str) -> str:
        """What the command's operands are: path, directory, command, variable or job."""
        ...

    def get(self, name: str) -> str | None:
        """A shell variable's value."""
        ...
