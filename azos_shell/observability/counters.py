"""How often each command ran: the one figure that the inline lane takes time for."""

from __future__ import annotations

from azos_shell.core.frozen import frozen


@frozen
class CommandCount:
    """One command's runs, and how many of them ended with a status other than 0."""

    name: str
    calls: int
    failures: int


class CommandCounters:
    """Counts by command name. ``count`` costs two dictionary accesses and is all that a hot path calls."""

    __slots__ = ("_calls", "_failures")

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self._failures: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<CommandCounters {self.total} calls of {len(self._calls)} commands>"

    def count(self, name: str, status: int = 0) -> None:
        """The command ran and gave that exit status."""
        calls = self._calls
        calls[name] = calls.get(name, 0) + 1
        if status:
            self._failures[name] = self._failures.get(name, 0) + 1

    def __getitem__(self, name: str) -> int:
        return self._calls.get(name, 0)

    @property
    def total(self) -> int:
        """The calls of all commands."""
        return sum(self._calls.values())

    def statistics(self) -> tuple[CommandCount, ...]:
        """A frozen picture of now, the most used first."""
        counts = [
            CommandCount(name, calls, self._failures.get(name, 0)) for name, calls in self._calls.items()
        ]
        return tuple(sorted(counts, key=lambda count: (-count.calls, count.name)))

    def merge(self, other: CommandCounters) -> None:
        """Add what the other has counted."""
        for name, calls in other._calls.items():
            self._calls[name] = self._calls.get(name, 0) + calls
        for name, failures in other._failures.items():
            self._failures[name] = self._failures.get(name, 0) + failures

    def reset(self) -> None:
        """Start from nothing."""
        self._calls.clear()
        self._failures.clear()
