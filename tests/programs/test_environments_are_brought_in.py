"""Files that set an environment up, sourced natively: a virtual environment's `activate`, and the system's profile."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from harness.processes import plain_environment, run_process, shell_under_test

NOT_COMPARED = frozenset({"_", "PS1", "SHLVL", "PWD", "OLDPWD", "BASH_EXECUTION_STRING"})


def environment_after(shell: list[str], script: str, directory: Path) -> dict[str, str]:
    """What a program started after ``script`` gets."""
    report = f'{script}\n"{sys.executable}" -c "import os, json; print(json.dumps(dict(os.environ)))"'
    environment = plain_environment(HOME=str(directory))
    ran = run_process([*shell, "-c", report, "shell"], cwd=directory, env=environment)
    assert ran.status == 0, ran.errors
    import json

    found = json.loads(ran.text.splitlines()[-1])
    return {name: value for name, value in found.items() if name not in NOT_COMPARED}


@pytest.fixture(scope="module")
def virtual_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("venv") / "env"
    made = run_process(
        [sys.executable, "-m", "venv", "--without-pip", str(directory)], cwd="/", env={**os.environ}
    )
    assert made.status == 0, made.errors
    return directory


@pytest.mark.parametrize(
    "script",
    [
        '. "{}/bin/activate"',
        'source "{}/bin/activate"; hash -r',
        'set -eu; . "{}/bin/activate"',
        '. "{}/bin/activate"; deactivate',
        '. "{}/bin/activate"; cd /; . "{}/bin/activate"; deactivate',
    ],
)
@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_activate_does_what_it_does_elsewhere(
    shell: str, script: str, virtual_environment: Path, tmp_path: Path
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    if shell == "dash" and ("source" in script or "deactivate" in script):
        pytest.skip("dash has no `source`, and its `deactivate` leaves PS1")
    text = script.replace("{}", str(virtual_environment))
    assert environment_after(shell_under_test(), text, tmp_path) == environment_after([shell], text, tmp_path)


def test_python_is_that_of_the_activated_environment(virtual_environment: Path, tmp_path: Path) -> None:
    script = f'. "{virtual_environment}/bin/activate"; command -v python; deactivate; command -v python || echo gone'
    ran = run_process(
        [*shell_under_test(), "-c", script], cwd=tmp_path, env=plain_environment(HOME=str(tmp_path))
    )
    lines = ran.text.splitlines()
    assert lines[0] == f"{virtual_environment}/bin/python"
    assert lines[1] != lines[0]


def test_the_profile_of_the_system_sets_what_dash_sets(tmp_path: Path) -> None:
    if not Path("/etc/profile").exists() or not shutil.which("dash"):
        pytest.skip("no /etc/profile here, or no dash to compare with")
    script = ". /etc/profile"
    assert environment_after(shell_under_test(), script, tmp_path) == environment_after(
        ["dash"], script, tmp_path
    )


def test_a_login_shell_reads_the_profiles(tmp_path: Path) -> None:
    (tmp_path / ".profile").write_text("FROM_PROFILE=yes; export FROM_PROFILE\n", encoding="utf-8")
    environment = plain_environment(HOME=str(tmp_path))
    ran = run_process([*shell_under_test(), "-l", "-c", "echo $FROM_PROFILE"], cwd=tmp_path, env=environment)
    assert (ran.text, ran.status) == ("yes\n", 0)
    ran = run_process(
        [*shell_under_test(), "-l", "--no-rc", "-c", "echo [$FROM_PROFILE]"], cwd=tmp_path, env=environment
    )
    assert (ran.text, ran.status) == ("[]\n", 0)
