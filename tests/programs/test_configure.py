"""A `configure` that autoconf made: 5,000 lines of portable shell that find out how a machine builds programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.processes import plain_environment, run_process, shell_under_test

CONFIGURE_AC = """\
AC_INIT([demo], [1.0], [nobody@example.org])
AC_PROG_CC
AC_PROG_MAKE_SET
AC_CHECK_HEADERS([unistd.h sys/wait.h nosuch.h])
AC_CHECK_FUNCS([fork strlcpy])
AC_C_BIGENDIAN
AC_CHECK_SIZEOF([long])
AC_ARG_ENABLE([extra], [AS_HELP_STRING([--enable-extra], [something extra])])
AS_IF([test "x$enable_extra" = xyes], [AC_SUBST([EXTRA], [yes])], [AC_SUBST([EXTRA], [no])])
AC_CONFIG_HEADERS([config.h])
AC_CONFIG_FILES([settings])
AC_OUTPUT
"""
NEEDED = ("autoconf", "autoheader", "cc", "dash", "make")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a `configure`."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    directory = tmp_path_factory.mktemp("configure")
    (directory / "configure.ac").write_text(CONFIGURE_AC, encoding="utf-8")
    (directory / "settings.in").write_text(
        "cc=@CC@\nextra=@EXTRA@\nname=@PACKAGE_STRING@\n", encoding="utf-8"
    )
    for program in ("autoheader", "autoconf"):
        made = run_process([program], cwd=directory, env=plain_environment(HOME=str(directory)))
        assert made.status == 0, made.errors
    return directory


def configured(source: Path, shell: list[str], arguments: list[str]) -> tuple[int, str, dict[str, str]]:
    """The status, what was said, and the files that were made."""
    build = source / f"build-{Path(shell[0]).name}"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    environment = plain_environment(HOME=str(source), CONFIG_SHELL=shutil.which(shell[0]) or shell[0])
    ran = run_process([*shell, "../configure", *arguments], cwd=build, env=environment, timeout_seconds=120)
    assert "Traceback" not in ran.errors
    made = {
        name: (build / name).read_text(encoding="utf-8")
        for name in ("config.h", "settings")
        if (build / name).exists()
    }
    return ran.status, ran.text, made


@pytest.mark.parametrize("arguments", [["--enable-extra"], ["--help"], ["--version"], ["--nosuch"]])
def test_configure_finds_what_it_finds_under_dash(source: Path, arguments: list[str]) -> None:
    assert configured(source, shell_under_test(), arguments) == configured(source, ["dash"], arguments)
