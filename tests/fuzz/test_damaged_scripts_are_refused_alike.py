"""Row 10: damaged scripts. What dash and bash both accept or both refuse under ``-n``, azos accepts or refuses, too.

``FUZZ_DAMAGED`` is how many (``make fuzz`` takes 10,000), ``FUZZ_SEED`` which. The parser reads all of them, and a
twentieth goes through ``azos -n`` itself.
"""

from __future__ import annotations

import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from fuzz.damage import corpus, damaged
from fuzz.differential import TIME_LIMIT_SECONDS, shells_are_here
from harness.processes import plain_environment, run_process, shell_under_test

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse

DAMAGED = int(os.environ.get("FUZZ_DAMAGED", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "3"))
WANTED_SHARE = 0.98
OF_WHICH_BY_PROCESS = 20
MOST_SHOWN = 20
# bash says some errors and goes on; what it says in a warning is none.
_SAYS_WRONG = re.compile(rb"syntax error|unexpected|conditional|bad substitution", re.IGNORECASE)

pytestmark = [
    pytest.mark.skipif(not shells_are_here(), reason="dash and bash are not both installed"),
    pytest.mark.timeout(max(300, DAMAGED // 5)),
]


@pytest.fixture(scope="module")
def scripts() -> list[str]:
    """The damaged scripts of the seed."""
    chance = Random(SEED)
    whole = corpus()
    return [damaged(chance.choice(whole), chance) for _ in range(DAMAGED)]


def accepted(shell: list[str], script: str) -> bool | None:
    """Whether ``-n`` finds nothing wrong; None if it did not end, or by a traceback."""
    with tempfile.TemporaryDirectory(prefix="azos-fuzz-") as directory:
        path = Path(directory, "script")
        path.write_text(script, encoding="utf-8")
        try:
            ran = run_process(
                [*shell, "-n", str(path)],
                cwd=directory,
                env=plain_environment(),
                timeout_seconds=TIME_LIMIT_SECONDS,
            )
        except AssertionError:
            return None
    if "Traceback (most recent" in ran.errors or ran.status < 0:
        return None
    return ran.status == 0 and not (shell == ["bash"] and _SAYS_WRONG.search(ran.stderr))


def accepted_here(script: str) -> bool:
    """Whether the parser takes it as a whole."""
    try:
        parse(script, final=True)
    except ShellSyntaxError:
        return False
    return True


def test_what_dash_and_bash_agree_on_is_accepted_or_refused_alike(
    scripts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        dash = list(pool.map(lambda script: accepted(["dash"], script), scripts))
        bash = list(pool.map(lambda script: accepted(["bash"], script), scripts))
    agreed = [
        (script, one) for script, one, two in zip(scripts, dash, bash, strict=True) if one == two is not None
    ]
    wrong = [(script, theirs) for script, theirs in agreed if accepted_here(script) != theirs]
    with capsys.disabled():
        print(f"\n{len(scripts)} damaged scripts; dash and bash agree on {len(agreed)}, ", end="")
        print(
            f"accepting {sum(theirs for _, theirs in agreed)}; azos differs on {len(wrong)} (FUZZ_SEED={SEED})"
        )
        for script, theirs in wrong[:MOST_SHOWN]:
            print(f"---- they {'accept' if theirs else 'refuse'} it:\n{script}")
    assert len(agreed) > len(scripts) // 2
    assert 1 - len(wrong) / len(agreed) >= WANTED_SHARE


def test_no_damaged_script_hangs_or_breaks_the_shell(scripts: list[str]) -> None:
    chosen = scripts[::OF_WHICH_BY_PROCESS]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda script: accepted(shell_under_test(), script), chosen))
    assert [script for script, outcome in zip(chosen, outcomes, strict=True) if outcome is None] == []
    different = [
        script for script, outcome in zip(chosen, outcomes, strict=True) if outcome != accepted_here(script)
    ]
    assert different == [], "azos -n says what the parser says"
