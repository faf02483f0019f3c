"""What the shell makes for a command it gives back: descriptors do not add up, and memory hardly does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.processes import STAND_IN

if TYPE_CHECKING:
    from harness.processes import Azos

ROUNDS = 3000
WARM_UP_ROUNDS = 500
# Kilobytes of resident memory that these many rounds may add: a list or two grows by what the allocator rounds up to.
ALLOWED_KILOBYTES = 3000

WORK = {
    "subshells": "(x=$i; y=2)",
    "pipelines of the shell's own commands": "echo $i | while read x; do :; done",
    "substitutions": "x=$(echo $i)",
    "substitutions within substitutions": "x=$(echo $(echo $i))",
    "background tasks": "(:) & wait $!",
    "background lists": "{ :; } & wait",
    "here-documents": "read x <<END\n$i\nEND",
    "here-strings": "read x <<<$i",
    "redirections": "echo $i >/dev/null 2>&1 </dev/null",
    "chosen descriptors": "exec {fd}</dev/null; exec {fd}<&-",
    "functions with redirections": "f 2>/dev/null",
    "traps in subshells": "(trap : EXIT)",
}
# Programs take their time: fewer rounds.
SLOW_WORK = {
    "process substitutions": "read x < <(echo $i)",
    "programs": "/bin/true",
    "pipelines of programs": "/bin/true | /bin/true",
    "background programs": "/bin/true & wait",
}

pytestmark = pytest.mark.skipif(bool(STAND_IN), reason="measures azos")


def measured(azos: Azos, work: str, warm_up: int, rounds: int) -> tuple[list[int], list[int]]:
    """Descriptors and kilobytes, before and after."""
    script = f"""
    f() {{ echo "$1" >/dev/null; }}
    measure() {{
        set -- /proc/$$/fd/*
        echo fds $#
        while read name kilobytes unit; do
            case $name in VmRSS:) echo kilobytes $kilobytes;; esac
        done </proc/$$/status
    }}
    rounds() {{
        i=0
        while [ $i -lt $1 ]; do
            {work}
            i=$((i + 1))
        done
    }}
    rounds {warm_up}
    measure
    rounds {rounds}
    measure
    """
    ran = azos.file("\n".join(line.lstrip() for line in script.splitlines()))
    assert ran.errors == ""
    words = [line.split() for line in ran.text.splitlines()]
    return [int(n) for name, n in words if name == "fds"], [int(n) for name, n in words if name != "fds"]


def check(azos: Azos, work: str, warm_up: int, rounds: int) -> None:
    """As many descriptors as before, and hardly more memory."""
    descriptors, kilobytes = measured(azos, work, warm_up, rounds)
    assert descriptors[1] <= descriptors[0]
    assert kilobytes[1] - kilobytes[0] <= ALLOWED_KILOBYTES


@pytest.mark.parametrize("name", WORK)
def test_nothing_is_left_of(azos: Azos, name: str) -> None:
    check(azos, WORK[name], WARM_UP_ROUNDS, ROUNDS)


@pytest.mark.parametrize("name", SLOW_WORK)
def test_nothing_is_left_of_programs(azos: Azos, name: str) -> None:
    check(azos, SLOW_WORK[name], WARM_UP_ROUNDS // 5, ROUNDS // 10)
