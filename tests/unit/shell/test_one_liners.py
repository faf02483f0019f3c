"""Where dash and bash agree on a one-liner, azos agrees with them (`one_liners.txt`, several hundred of them)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.processes import shell_under_test
from one_liners import Answer, read_lines, run_alone, run_batch

HERE = Path(__file__).parent
GROUPS = read_lines(HERE / "one_liners.txt")
needs_oracles = pytest.mark.skipif(
    not (shutil.which("dash") and shutil.which("bash")), reason="dash and bash are not both here"
)


@needs_oracles
@pytest.mark.parametrize("group", GROUPS)
def test_azos_answers_as_dash_and_bash_do(group: str, tmp_path: Path) -> None:
    lines = GROUPS[group]
    azos = _answers(shell_under_test(), group, lines, tmp_path / "azos")
    dash = _answers(["dash"], group, lines, tmp_path / "dash")
    bash = _answers(["bash"], group, lines, tmp_path / "bash")
    differing = [
        (ours, theirs)
        for ours, theirs, others in zip(azos, dash, bash, strict=True)
        if theirs == others != ours
    ]
    assert not differing
    agreed = sum(one == other for one, other in zip(dash, bash, strict=True))
    assert agreed > 0.4 * len(lines), "a group in which the two hardly agree says little"


def _answers(shell: list[str], group: str, lines: list[str], directory: Path) -> list[Answer]:
    """A group whose heading begins with ``alone`` has a process for each line."""
    if group.startswith("alone"):
        return [run_alone(shell, line, directory / str(number)) for number, line in enumerate(lines)]
    return run_batch(shell, lines, directory)
