"""Row 4: without a usable HOME azos works, without state; it says so once at a prompt, never in a script."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from harness.processes import PATH, run_process, shell_under_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.processes import Azos
    from harness.terminal import Terminal

SCRIPT = (
    "cd /; x=$(echo inner); echo $x | cat; f=1; echo ~/a >/dev/null; history -s line 2>/dev/null; (exit 3)"
)
HOMES = ["unset", "", "/dev/null/x", "/no/such/place", "/etc/passwd", "relative", "/proc", "/root/\x07bell"]


def with_home(azos: Azos, home: str) -> dict[str, str]:
    """The environment with this HOME."""
    environment = {name: value for name, value in azos.environment.items() if name != "HOME"}
    return environment if home == "unset" else environment | {"HOME": home}


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("form", ["run", "-c"])
def test_a_script_works_and_says_nothing(azos: Azos, home: str, form: str) -> None:
    ran = azos.start_and_wait(["-c" if form == "run" else form, SCRIPT], env=with_home(azos, home))
    assert (ran.stdout, ran.status) == (b"inner\n", 3), ran.errors
    assert ran.errors == ""


def test_a_script_works_with_a_read_only_home(azos: Azos) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    (azos.home / "kept").write_text("")
    mounts = f"mount --bind {azos.home} {azos.home} && mount -o remount,ro,bind {azos.home} || exit 77"
    argv = ["unshare", "-m", "sh", "-c", f'{mounts}; exec "$@"', "sh", *shell_under_test(), "-c", SCRIPT]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment)
    if ran.status != 3 and re.search("unshare|mount|permitted", ran.errors):
        pytest.skip(f"no mounts here: {ran.errors}")
    assert (ran.stdout, ran.status) == (b"inner\n", 3), ran.errors
    assert ran.errors == ""
    assert [path.name for path in azos.home.iterdir()] == ["kept"]


def test_nothing_of_the_environment_is_needed(azos: Azos) -> None:
    ran = azos.start_and_wait(["-c", "echo hi; /bin/echo there"], env={})
    assert (ran.text, ran.errors) == ("hi\nthere\n", "")


def test_a_missing_working_directory_is_no_reason_to_fail(azos: Azos) -> None:
    leave = 'mkdir gone; cd gone; rmdir ../gone; exec "$@"'
    argv = ["/bin/sh", "-c", leave, "sh", *shell_under_test(), "-c", "echo hi"]
    ran = run_process(argv, cwd=azos.cwd, env=azos.environment)
    assert (ran.text, ran.status) == ("hi\n", 0)
    assert "Traceback" not in ran.errors


@pytest.mark.azos_only
@pytest.mark.parametrize("home", ["/dev/null/x", "/no/such/place"])
def test_a_prompt_works_and_warns_once(open_terminal: Callable[..., Terminal], home: str) -> None:
    terminal = open_terminal(HOME=home, PATH=PATH)
    for number in range(5):
        terminal.run(f"echo works-{number}")
        assert f"works-{number}" in terminal.lines()
    warnings = [line for line in terminal.lines() if line.startswith("azos:")]
    assert len(warnings) == 1, terminal.text()
