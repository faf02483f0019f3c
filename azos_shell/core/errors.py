"""The few errors of azos, named for what the caller does next.

Each carries the exit status that a shell reports for it (POSIX.1-2024 XCU 2.8.2; 126 and 127 by convention since the
Bourne shell). Foreign errors are translated into these where they enter.
"""

from __future__ import annotations


class AzosError(Exception):
    """Something went wrong that is told in one line on standard error. ``status`` is the exit status it gives."""

    status = 1

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status


class UsageError(AzosError):
    """The command was called wrongly: show its usage, run nothing."""

    status = 2


class NotFoundError(AzosError):
    """No command of that name; the message may hold a near miss."""

    status = 127


class NotExecutableError(AzosError):
    """The command was found but can't be run."""

    status = 126


class TimeLimitError(AzosError):
    """The time limit passed; 124 as timeout(1) has it."""

    status = 124


class DependencyError(AzosError):
    """What the command depends on failed (refused, reset, cut short): counts against its circuit."""


class BusyError(AzosError):
    """No room now: a queue is full or a database stays locked. Trying again later may work."""

    status = 75  # EX_TEMPFAIL of sysexits.h


class UnavailableError(AzosError):
    """What the command depends on is known to be down (an open circuit). ``retry_after_seconds`` says when to try."""

    status = 69  # EX_UNAVAILABLE of sysexits.h

    def __init__(self, message: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
