"""The options of map: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from azos_shell.commands.map_options import MOST_AT_ONCE, Halt, duration_of, halt_of, jobs_of
from azos_shell.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", 1),
        ("8", 8),
        ("100%", 4),
        ("50%", 2),
        ("1%", 1),
        ("200%", 8),
        ("0", MOST_AT_ONCE),
        ("99999", MOST_AT_ONCE),
    ],
)
def test_how_many_run_at_once(text: str, wanted: int) -> None:
    assert jobs_of(text, cpus=4) == wanted


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "%", "+2", "٣"])
def test_what_is_no_number_of_jobs_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        jobs_of(text, cpus=4)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("0.5", 0.5), ("1.5m", 90), ("2h", 7200), ("1d", 86400), ("3s", 3)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1w", "1e3", "inf", "nan"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        duration_of(text)


def test_never_halting_is_no_halt() -> None:
    assert halt_of("never") is None


def test_halts_are_read() -> None:
    assert halt_of("soon,fail=1") == Halt(False, "fail", 1, False)
    assert halt_of("now,success=3") == Halt(True, "success", 3, False)
    assert halt_of("soon,done=10%") == Halt(False, "done", 10, True)


@pytest.mark.parametrize(
    "text", ["", "soon", "fail=1", "later,fail=1", "soon,fail=0", "soon,fail=101%", "soon,fail="]
)
def test_what_is_no_halt_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        halt_of(text)


@pytest.mark.parametrize(
    ("text", "failed", "succeeded", "reached"),
    [
        ("soon,fail=2", 1, 50, False),
        ("soon,fail=2", 2, 0, True),
        ("soon,success=1", 9, 0, False),
        ("soon,success=1", 9, 1, True),
        ("now,done=3", 1, 1, False),
        ("now,done=3", 1, 2, True),
        ("soon,fail=50%", 1, 0, False),
        ("soon,fail=50%", 2, 1, True),
        ("soon,fail=50%", 1, 2, False),
    ],
)
def test_when_a_halt_is_reached(text: str, failed: int, succeeded: int, reached: bool) -> None:
    halt = halt_of(text)
    assert halt is not None
    assert halt.reached(failed=failed, succeeded=succeeded) is reached
