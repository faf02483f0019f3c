"""The command language, by cases in `cases/*.test`: azos against each, and each against dash and bash.

The second half keeps us honest: an expectation that no other shell shares must say so (``--- shells none``).
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zlib
from pathlib import Path

import pytest
from harness.cases import FORMS, Case, read_cases
from harness.processes import Ran, plain_environment, run_process, shell_under_test

CASES = [case for path in sorted(Path(__file__).parent.glob("cases/*.test")) for case in read_cases(path)]
TIME_LIMIT_SECONDS = 30.0


def _chosen(case: Case, form: str) -> bool:
    """`-c` runs every case; the file and standard input, a fixed sixth (and what only they can run)."""
    if form not in case.forms:
        return False
    return form == "-c" or "-c" not in case.forms or zlib.crc32(case.title.encode()) % 6 == 0


RUNS = [(case, form) for case in CASES for form in FORMS if _chosen(case, form)]


def run_case(shell: list[str], case: Case, form: str) -> Ran:
    """The case in a fresh directory, with HOME unset. ``$0`` is ``shell`` but in a file's case."""
    with tempfile.TemporaryDirectory(prefix="azos-spec-") as directory:
        work = Path(directory) / "work"
        work.mkdir()
        stdin = case.stdin
        if form == "-c":
            argv = [*shell, "-c", case.script, "shell", *case.args]
        elif form == "file":
            script = Path(directory) / "script"
            script.write_text(case.script, encoding="utf-8")
            argv = [*shell, str(script), *case.args]
        else:
            stdin = case.script.encode() + case.stdin
            argv = [*shell, "-s", *case.args]
        environment = plain_environment()
        return run_process(argv, cwd=work, env=environment, stdin=stdin, timeout_seconds=TIME_LIMIT_SECONDS)


def outcome(ran: Ran) -> tuple[bytes, int]:
    """What a case is about."""
    return ran.stdout, ran.status


@pytest.mark.parametrize(("case", "form"), RUNS, ids=[f"{case} {form}" for case, form in RUNS])
def test_azos_answers_as_the_case_says(case: Case, form: str) -> None:
    ran = run_case(shell_under_test(), case, form)
    assert outcome(ran) == (case.stdout, case.status), ran.errors
    assert "Traceback" not in ran.errors
    for pattern in case.stderr:
        assert re.search(pattern, ran.errors), f"{pattern!r} is not in {ran.errors!r}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_case_agrees_with_other_shells(case: Case) -> None:
    oracles = [name for name in case.shells if shutil.which(name)]
    if not oracles:
        pytest.skip("no other shell knows it" if not case.shells else "no such shell here")
    for oracle in oracles:
        form = case.forms[0]
        assert outcome(run_case([oracle], case, form)) == (case.stdout, case.status), oracle


def test_the_titles_of_an_area_are_unique() -> None:
    titles = [(case.where.split(":")[0], case.title) for case in CASES]
    assert len(titles) == len(set(titles))
