"""When to try again, and when to give up: exponential backoff with full jitter inside one budget of time.

The n-th delay is drawn evenly from 0 to ``min(cap, base * 2**(n-1))``: of the ways to spread clients that
failed at the same moment, full jitter makes the fewest calls (Brooker, "Exponential Backoff and Jitter",
2015). A server's ``Retry-After`` is honoured up to a minute, with the jitter on top; one that asks for longer
is not waited for.

Pure: chance is an argument, and so is the time spent. Whether a call may be repeated at all is not decided
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, ldexp

LONGEST_RETRY_AFTER_SECONDS = 60.0  # a person waits a minute at most; and 1e10 must not hang a shell


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What to do after a failure: wait ``delay_seconds``; or, if that is None, give up for ``reason``."""

    delay_seconds: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most ``attempts`` calls, the first counted; calls and delays take up to ``total_budget_seconds``."""

    attempts: int = 4
    base_seconds: float = 0.5
    cap_seconds: float = 20.0
    total_budget_seconds: float = 90.0

    def __post_init__(self) -> None:
        if (
            self.attempts < 1
            or not (0 < self.base_seconds <= self.cap_seconds)
            or self.total_budget_seconds < 0
        ):
            raise ValueError(f"a retry policy needs 1 attempt or more and 0 < base <= cap: {self}")

    def delay(
        self, attempt: int, random01: float, retry_after: float | None = None, elapsed: float = 0.0
    ) -> float | None:
        """Seconds to wait before the next call, or None to give up; ``decide`` says why."""
        return self.decide(attempt, random01, retry_after, elapsed).delay_seconds

    def decide(
        self, attempt: int, random01: float, retry_after: float | None = None, elapsed: float = 0.0
    ) -> RetryDecision:
        """What to do after ``attempt`` calls (1 or more) that failed, ``elapsed`` seconds after the first
        began.

        ``random01`` is a random number in [0, 1). ``retry_after`` is what the server asked for in seconds;
        one that is negative or not a number is taken for none.
        """
        asked_seconds = _asked(retry_after)
        if asked_seconds > LONGEST_RETRY_AFTER_SECONDS:
            return RetryDecision(
                None, f"the server asks to wait {_duration(asked_seconds)}; try again after that"
            )
        if attempt >= self.attempts:
            return RetryDecision(None, f"gave up after {attempt} attempt{'s' if attempt > 1 else ''}")
        jitter_seconds = random01 * min(self.cap_seconds, ldexp(self.base_seconds, min(attempt, 64) - 1))
        delay_seconds = min(asked_seconds + jitter_seconds, LONGEST_RETRY_AFTER_SECONDS)
        if elapsed + delay_seconds > self.total_budget_seconds:
            budget = f"{self.total_budget_seconds:g} s"
            return RetryDecision(
                None, f"gave up: waiting {delay_seconds:.1f} s more would pass the limit of {budget}"
            )
        return RetryDecision(
            delay_seconds, f"attempt {attempt + 1} of {self.attempts} in {delay_seconds:.1f} s"
        )


def _asked(retry_after: float | None) -> float:
    if retry_after is None or retry_after != retry_after:  # NaN
        return 0.0
    return max(0.0, retry_after)


def _duration(seconds: float) -> str:
    if not isfinite(seconds):
        return "for ever"
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"
