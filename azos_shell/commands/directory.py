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
    physical = shell.state.options.physical
    exact = False
    args = list(call.args)
    while args and args[0].startswith("-") and len(args[0]) > 1:
        flag = args.pop(0)
        if flag == "--":
            break
        if set(flag[1:]) - set("LPe@"):
            return call.error(f"{flag}: invalid option", 2)
        exact = exact or "e" in flag
        for letter in flag[1:]:
            physical = letter == "P" if letter in "LP" else physical
    if len(args) > 1:
        return call.error("too many arguments")
    tell = False
    if not args:
        home = shell.get("HOME")
        if home is None:
            return call.error("HOME not set")
        target = home
    elif args[0] == "-":
        target, tell = shell.get("OLDPWD") or "", True
        if not target:
            return call.error("OLDPWD not set")
    else:
        target = args[0]
    if not target:
        return 0
    status = _change(call, shell, target, physical=physical, tell=tell)
    if status == 0 and physical and exact and not os.path.isdir(shell.cwd):
        return 1
    return status


def change_directory(call: Call, target: str, *, literal: bool = False) -> int:
    """For ``pushd`` and ``popd``: go there as ``cd`` does; ``literal`` targets are not looked for in CDPATH."""
    shell: Interpreter = call.shell
    if target == "-" and not literal:
        target = shell.get("OLDPWD") or ""
        if not target:
            return call.error("OLDPWD not set")
    return _change(call, shell, target, physical=shell.state.options.physical, tell=False)


def _change(call: Call, shell: Interpreter, target: str, *, physical: bool, tell: bool) -> int:
    for candidate, found_in_cdpath in _candidates(shell, target):
        new = os.path.join(shell.cwd, candidate)
        new = os.path.realpath(new) if physical else _without_dots(new)
        problem = _dead_end(shell, candidate, physical) or _enter(shell, new)
        if problem is None:
            _record(shell, new)
            if tell or found_in_cdpath:
                call.write_names(f"{new}\n")
            return 0
    return call.error(f"{target}: {problem}")


def _candidates(shell: Interpreter, target: str) -> list[tuple[str, bool]]:
    first = target.split("/", 1)[0]
    cdpath = shell.get("CDPATH")
    plain = [(target, False)]
    if "cdable_vars" in shell.state.options.shopts and target.isidentifier() and (value := shell.get(target)):
        plain.append((value, True))
    if target.startswith("/") or first in (".", "..") or not cdpath:
        return plain
    prefixes = cdpath.split(":")
    return [(os.path.join(prefix, target), bool(prefix)) for prefix in prefixes] + plain


def _dead_end(shell: Interpreter, candidate: str, physical: bool) -> str | None:
    """Why ``name/..`` can't be undone, where ``name`` is no directory (POSIX cd, step 8b)."""
    if physical or ".." not in candidate:
        return None
    path = os.path.join(shell.cwd, candidate)
    at = path.find("/..")
    while at >= 0:
        before = path[:at]
        if before and not before.endswith("/..") and at > len(shell.cwd) and not os.path.isdir(before):
            return "no such file or directory" if not os.path.exists(before) else "not a directory"
        at = path.find("/..", at + 1)
    return None


def _without_dots(path: str) -> str:
    """The path without ``.`` and ``..`` (POSIX cd, step 8); just two leading slashes stay (POSIX XBD 4.13)."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("//" if path[:2] == "//" and path[2:3] != "/" else "/") + "/".join(parts)


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
