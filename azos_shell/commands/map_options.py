"""The options that ``map`` and ``batch`` share, and what they mean: how many at once, how long, when to stop; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from azos_shell.plugin import Option, UsageError

Jobs = Annotated[
    str, Option("-j", metavar="N|N%", help="how many run at once: 0 for many, N% of the processors")
]
KeepOrder = Annotated[bool, Option("-k", help="give the outputs in the order of the items")]
Retries = Annotated[int, Option(metavar="N", help="run an item that fails up to N times in all")]
Timeout = Annotated[
    str | None, Option(metavar="DURATION", help="end an item that takes longer (90, 1.5m, 2h)")
]
LogFile = Annotated[str | None, Option(metavar="FILE", help="write a line for each item that is done")]
Resume = Annotated[
    str | None, Option(metavar="FILE", help="go on with that log: what is done is not run again")
]
ResumeFailed = Annotated[bool, Option(help="as --resume, but what failed is run again")]
HaltWhen = Annotated[
    str, Option(metavar="WHEN", help="stop early: soon,fail=1; now,fail=10%; soon,success=1; …")
]
DryRun = Annotated[bool, Option(help="show the commands and run none")]
Tag = Annotated[bool, Option(help="put the item and a tab before each line of its output")]

ALL_PROCESSORS: Final = "100%"

MOST_AT_ONCE: Final = 512
"""``-j 0``: as many as possible, within what the usual limit of 1,024 descriptors has room for (two pipes an item)."""

_LEAST_FOR_SHARE: Final = 3
"""A share of failures says nothing before so many items (GNU parallel's number)."""

_UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"(\d+\.?\d*|\.\d+)([smhd]?)", re.ASCII)
_HALT: Final = re.compile(r"(soon|now),(fail|success|done)=(\d+)(%?)", re.ASCII)
_JOBS: Final = re.compile(r"(\d{1,6})(%?)", re.ASCII)


def jobs_of(text: str, cpus: int) -> int:
    """How many run at once: a number, a percentage of the processors, or 0 for as many as possible."""
    found = _JOBS.fullmatch(text)
    if found is None:
        raise UsageError(f"-j: {text!r} is no number and no percentage of the processors")
    number, percent = int(found[1]), found[2]
    if percent:
        return min(max(1, number * cpus // 100), MOST_AT_ONCE)
    return min(number or MOST_AT_ONCE, MOST_AT_ONCE)


def duration_of(text: str) -> float:
    """Seconds; the text may end in s, m, h or d, as timeout(1) has it."""
    found = _DURATION.fullmatch(text)
    if found is None or float(found[1]) <= 0:
        raise UsageError(f"--timeout: {text!r} is no duration (90, 1.5m, 2h)")
    return float(found[1]) * _UNITS[found[2]]


@dataclass(frozen=True, slots=True)
class Halt:
    """When to begin no more items: at so many, or such a share, of a kind. ``is_now`` also ends those that run."""

    is_now: bool
    kind: Literal["fail", "success", "done"]
    count: int
    is_percent: bool

    def reached(self, *, failed: int, succeeded: int) -> bool:
        """Whether it is time, after so many of each."""
        done = failed + succeeded
        number = {"fail": failed, "success": succeeded, "done": done}[self.kind]
        if not self.is_percent:
            return number >= self.count
        return done >= _LEAST_FOR_SHARE and number * 100 >= self.count * done


def halt_of(text: str) -> Halt | None:
    """``never``, or ``soon,fail=1`` and its like (``now``; ``success``, ``done``; ``N%``)."""
    if text == "never":
        return None
    found = _HALT.fullmatch(text)
    if found is None or not 1 <= int(found[3]) <= (100 if found[4] else 10**9):
        raise UsageError(
            f"--halt: {text!r} is none of never, soon,fail=N, now,fail=N, soon,success=N, … or N%"
        )
    kinds: dict[str, Literal["fail", "success", "done"]] = {
        "fail": "fail",
        "success": "success",
        "done": "done",
    }
    return Halt(found[1] == "now", kinds[found[2]], int(found[3]), bool(found[4]))
