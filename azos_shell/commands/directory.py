"""The working directory: ``cd`` (POSIX XCU cd)."""

from __future__ import annotations

import os

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter


@command("cd", raw=True, usage="cd [-L|-P] [DIRECTORY|-]", category="Files")
def cd(call: Call) -> int:
    """Change the working directory.

    Without an operand it goes home; `cd -` goes back to where it was and says so. `CDPATH` is searched for names that
    do not begin with `.` or `/`. `-P` follows symbolic links to where they lead; by default `..` undoes the last name.

    Examples:
        $ cd /usr/bin/..; pwd
        /usr
    """
    shell: Interpreter = call.shell
    physical = False
    args = list(call.args)
    while args and args[0].startswith("-") and len(args[0]) > 1:
        flag = args.pop(0)
        if flag == "--":
            break
        if set(flag[1:]) - set("LPe@"):
            return call.error(f"{flag}: invalid option", 2)
        physical = flag[-1] == "P"
    if len(args) > 1:
        return call.error("too many arguments", 2)
    tell = False
    if not args:
        target = shell.get("HOME") or ""
        if not target:
            return call.error("HOME not set")
    elif args[0] == "-":
        target, tell = shell.get("OLDPWD") or "", True
        if not target:
            return call.error("OLDPWD not set")
    else:
        target = args[0]
    if not target:
        return 0
    return _change(call, shell, target, physical=physical, tell=tell)


def _change(call: Call, shell: Interpreter, target: str, *, physical: bool, tell: bool) -> int:
    for candidate, found_in_cdpath in _candidates(shell, target):
        new = os.path.join(shell.cwd, candidate)
        new = os.path.realpath(new) if physical else _without_dots(new)
        problem = _enter(shell, new)
        if problem is None:
            _record(shell, new)
            if tell or found_in_cdpath:
                call.write(f"{new}\n")
            return 0
    return call.error(f"{target}: {problem}")


def _candidates(shell: Interpreter, target: str) -> list[tuple[str, bool]]:
    first = target.split("/", 1)[0]
    cdpath = shell.get("CDPATH")
    if target.startswith("/") or first in (".", "..") or not cdpath:
        return [(target, False)]
    prefixes = cdpath.split(":")
    return [(os.path.join(prefix, target), bool(prefix)) for prefix in prefixes] + [(target, False)]


def _without_dots(path: str) -> str:
    """The path without ``.`` and ``..`` (POSIX cd, step 8); two leading slashes become one."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _enter(shell: Interpreter, path: str) -> str | None:
    """Make it the directory; returns why not. Only the main shell moves the process."""
    name = path.encode("utf-8", "surrogateescape")
    try:
        if shell.state.is_subshell:
            descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY)
            os.close(descriptor)
            if not os.access(name, os.X_OK):
                return "permission denied"
        else:
            os.chdir(name)
            shell.runtime.process_cwd = path
    except (OSError, ValueError) as error:
        return (
            (error.strerror or str(error)) if isinstance(error, OSError) else "a name can't hold a NUL byte"
        )
    return None


def _record(shell: Interpreter, new: str) -> None:
    old = shell.state.cwd
    shell.state.cwd = new
    shell.assign_now("OLDPWD", old)
    shell.assign_now("PWD", new)


COMMANDS = (cd,)
