"""`make run`: azos at once, with standard input as its script where that is no terminal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from harness.processes import Ran, run_process

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.azos_only


def make_run(stdin: bytes) -> Ran:
    """`make -s run` in the project, where that has nothing to install."""
    if shutil.which("make") is None:
        pytest.skip("no make here")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    if run_process(["make", "-q", ".venv/.run"], cwd=ROOT, env=environment).status:
        pytest.skip("the environment is not one that make made")
    return run_process(["make", "-s", "run"], cwd=ROOT, env=environment, stdin=stdin)


def test_a_script_on_standard_input_runs() -> None:
    ran = make_run(b"echo hi\n")
    assert (ran.text, ran.status) == ("hi\n", 0)


def test_nothing_on_standard_input_is_an_empty_script() -> None:
    ran = make_run(b"")
    assert (ran.text, ran.status) == ("", 0)
