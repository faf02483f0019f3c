"""The process: ``umask times`` (POSIX XCU)."""

from __future__ import annotations

import os
import re

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)").fullmatch
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)").findall
_WHO = {"u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}


@command("umask", raw=True, usage="umask [-p] [-S] [MASK]", category="Files")
def umask(call: Call) -> int:
    """Show or set which permissions new files are not given: octal, or symbolic as for chmod.

    Examples:
        $ umask 027; umask; umask -S
        0027
        u=rwx,g=rx,o=
    """
    shell: Interpreter = call.shell
    args, flags = list(call.args), ""
    while args and args[0] in ("-S", "-p", "-Sp", "-pS", "--"):
        flag = args.pop(0)
        flags += flag
        if flag == "--":
            break
    current = shell.file_mask()
    if not args:
        symbolic = "S" in flags
        prefix = ("umask -S " if symbolic else "umask ") if "p" in flags else ""
        call.write(prefix + (_symbolic(current) if symbolic else f"{current:04o}\n"))
        return 0
    if len(args[0]) > 1 and args[0][0] == "-" and flags[-2:] != "--":
        return call.error(f"{args[0]}: invalid option", 2)
    mask = _parsed(args[0], current)
    if mask is None:
        return call.error(f"{args[0]}: not a mask", 1)
    shell.set_file_mask(mask)
    if "S" in flags:
        call.write(_symbolic(mask))
    return 0


def _parsed(text: str, current: int) -> int | None:
    if text.isdecimal():
        return int(text, 8) if set(text) <= set("01234567") and int(text, 8) <= 0o777 else None
    allowed = ~current & 0o777
    for clause in text.split(","):
        found = _CLAUSE(clause)
        if found is None:
            return None
        who = sum({_WHO[letter] for letter in found[1]} or {0o777}) if "a" not in found[1] else 0o777
        for sign, permissions in _ACTION(found[2]):
            bits = who & _granted(permissions, allowed)
            kept = {"=": allowed & ~who, "+": allowed, "-": allowed & ~bits}[sign]
            allowed = kept if sign == "-" else kept | bits
    return ~allowed & 0o777


def _granted(permissions: str, allowed: int) -> int:
    """The bits that ``rwx``, or the class ``u``, ``g`` or ``o`` whose permissions are copied, stand for."""
    if permissions and permissions in "ugo":
        bits = (allowed & _WHO[permissions]) >> {"u": 6, "g": 3, "o": 0}[permissions]
        return bits * 0o111
    granted = sum({_BITS[letter] for letter in permissions if letter in _BITS})
    if "X" in permissions and allowed & 0o111:
        granted |= 0o111
    return granted


def _symbolic(mask: int) -> str:
    allowed = ~mask & 0o777
    groups = [f"{who}={''.join(b for b in 'rwx' if allowed & _WHO[who] & _BITS[b])}" for who in "ugo"]
    return ",".join(groups) + "\n"


@command("times", raw=True, special=True, usage="times", category="Measuring")
def times(call: Call) -> int:
    """Show the processor time, user and system, of the shell and of the programs it has waited for."""
    spent = os.times()
    for user, system in ((spent.user, spent.system), (spent.children_user, spent.children_system)):
        call.write(f"{_minutes(user)} {_minutes(system)}\n")
    return 0


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}m{seconds % 60:.6f}s"


COMMANDS = (umask, times)
