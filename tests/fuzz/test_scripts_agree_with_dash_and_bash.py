"""Random scripts: where dash and bash agree on what one prints and returns, azos agrees.

``FUZZ_EXAMPLES`` is how many (``make fuzz`` takes 5,000), ``FUZZ_SEED`` which. All are collected first and run in
batches; what differs is then made small by hypothesis. They come in rounds of ten, each with a seed of its own: within
ten, hypothesis makes no script by changing the one before, and one round is soon run again to make its script small.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from fuzz.differential import compare, differs, leaves_a_traceback, shells_are_here
from fuzz.grammar import scripts
from hypothesis import HealthCheck, Phase, given, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "3"))
ROUND = 10
# Of the scripts on which the other two agree; what is left are corners where they agree by chance.
WANTED_SHARE = 0.985
MOST_SHOWN = 20
COLLECT = settings(
    database=None,
    deadline=None,
    max_examples=ROUND,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
MAKE_SMALL = settings(
    COLLECT, phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False, print_blob=False
)

pytestmark = [
    pytest.mark.skipif(not shells_are_here(), reason="dash and bash are not both installed"),
    pytest.mark.timeout(max(300, EXAMPLES)),
]


def random_scripts(number: int) -> list[str]:
    """The scripts of one round."""
    found: list[str] = []

    @seed(number)
    @COLLECT
    @given(scripts())
    def collect(script: str) -> None:
        found.append(script)

    collect()
    return found


def enough_rounds() -> dict[str, int]:
    """As many scripts as were asked for, each with the number of its round."""
    rounds: dict[str, int] = {}
    number = SEED * 1_000_000
    while len(rounds) < EXAMPLES:
        rounds |= {script: number for script in random_scripts(number) if script not in rounds}
        number += 1
    return dict(list(rounds.items())[:EXAMPLES])


def smallest(wrong: str, number: int, is_wrong: Callable[[str], bool]) -> str:
    """The smallest script that hypothesis finds from the wrong one of the round of that number."""
    found: list[str] = []

    @seed(number)
    @MAKE_SMALL
    @given(scripts())
    def check(script: str) -> None:
        # Until the wrong script comes, the round is the same as the one that collected.
        if (found or script == wrong) and is_wrong(script):
            found.append(script)
            raise AssertionError

    try:
        check()
    except AssertionError:
        pass
    return min(found, key=len, default=wrong)


def test_where_dash_and_bash_agree_azos_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = enough_rounds()
    report = compare(list(rounds))
    wrong = [script for script, _, _ in report.differences]
    with capsys.disabled():
        print(f"\n{report} (FUZZ_SEED={SEED})")
        for script in wrong[:MOST_SHOWN]:
            print(f"---- differs, in round {rounds[script]}:\n{smallest(script, rounds[script], differs)}")
    assert report.agreed > EXAMPLES // 3, "the grammar must mostly give what the other two agree on"
    for script in report.tracebacks[:1]:
        pytest.fail(f"a traceback by\n{smallest(script, rounds[script], leaves_a_traceback)}")
    assert report.share >= WANTED_SHARE, f"{report}, see above"
