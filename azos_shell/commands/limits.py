"""Limits of resources: ``ulimit`` (POSIX XCU ulimit; the letters are bash's)."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class _Resource:
    """One limit; values are shown in units of ``factor``."""

    number: int
    factor: int
    what: str
    unit: str


def _known() -> dict[str, _Resource]:
    table = (
        ("R", "RLIMIT_RTTIME", 1, "real-time non-blocking time", "microseconds"),
        ("c", "RLIMIT_CORE", 512, "core file size", "blocks"),
        ("d", "RLIMIT_DATA", 1024, "data seg size", "kbytes"),
        ("e", "RLIMIT_NICE", 1, "scheduling priority", ""),
        ("f", "RLIMIT_FSIZE", 512, "file size", "blocks"),
        ("i", "RLIMIT_SIGPENDING", 1, "pending signals", ""),
        ("l", "RLIMIT_MEMLOCK", 1024, "max locked memory", "kbytes"),
        ("m", "RLIMIT_RSS", 1024, "max memory size", "kbytes"),
        ("n", "RLIMIT_NOFILE", 1, "open files", ""),
        ("q", "RLIMIT_MSGQUEUE", 1, "POSIX message queues", "bytes"),
        ("r", "RLIMIT_RTPRIO", 1, "real-time priority", ""),
        ("s", "RLIMIT_STACK", 1024, "stack size", "kbytes"),
        ("t", "RLIMIT_CPU", 1, "cpu time", "seconds"),
        ("u", "RLIMIT_NPROC", 1, "max user processes", ""),
        ("v", "RLIMIT_AS", 1024, "virtual memory", "kbytes"),
    )
    return {
        letter: _Resource(getattr(resource, name), factor, what, unit)
        for letter, name, factor, what, unit in table
        if hasattr(resource, name)
    }


@command("ulimit", raw=True, usage="ulimit [-SH] [-acdefilmnqrstuvR] [LIMIT]", category="Files")
def ulimit(call: Call) -> int:
    """Show or set what the programs that are started from now on may use of the machine.

    Without a letter it is `-f`, the size of files. LIMIT is a number, `unlimited`, `soft` or `hard`. `-S` is the limit
    that counts now, `-H` the one up to which that can be raised; without either both are set and the soft one is shown.
    `-a` shows all. The limits of a subshell are its own. azos itself is not limited, only the programs it starts.

    Examples:
        $ ulimit -n 100; (ulimit -n 50; ulimit -n); ulimit -n
        50
        100
    """
    shell: Interpreter = call.shell
    letters, sides, values = "", "", list[str]()
    args = list(call.args)
    while args:
        word = args.pop(0)
        if word == "--":
            values += args
            break
        if word[:1] != "-" or len(word) == 1:
            values.append(word)
            continue
        for letter in word[1:]:
            if letter in "SH":
                sides += letter
            elif letter == "a" or letter in _known():
                letters += letter
            else:
                return call.error(f"-{letter}: invalid option", 2)
    if "a" in letters:
        return _show_all(call, shell, sides)
    if len(values) > 1:
        return call.error("too many arguments", 2)
    if not values:
        for letter in letters or "f":
            shown = _shown(_known()[letter], shell, sides)
            call.write(f"{_titled(letter, shown)}" if len(letters) > 1 else f"{shown}\n")
        return 0
    return max(_set(call, shell, _known()[letter], sides, values[0]) for letter in letters or "f")


def _show_all(call: Call, shell: Interpreter, sides: str) -> int:
    for letter, known in _known().items():
        call.write(_titled(letter, _shown(known, shell, sides)))
    return 0


def _titled(letter: str, shown: str) -> str:
    known = _known()[letter]
    unit = f"({known.unit}, -{letter})" if known.unit else f"(-{letter})"
    return f"{known.what:<20} {unit:>20} {shown}\n"


def _shown(known: _Resource, shell: Interpreter, sides: str) -> str:
    soft, hard = _limits(shell, known)
    value = hard if sides == "H" else soft
    return "unlimited" if value == resource.RLIM_INFINITY else str(value // known.factor)


def _limits(shell: Interpreter, known: _Resource) -> tuple[int, int]:
    own = (shell.state.limits or {}).get(known.number)
    return resource.getrlimit(known.number) if own is None else own


def _set(call: Call, shell: Interpreter, known: _Resource, sides: str, text: str) -> int:
    soft, hard = _limits(shell, known)
    if text == "unlimited":
        value = resource.RLIM_INFINITY
    elif text in ("soft", "hard"):
        value = soft if text == "soft" else hard
    elif text.isdecimal() and int(text) * known.factor < 1 << 63:
        value = int(text) * known.factor
    else:
        return call.error(f"{text}: invalid number")
    wanted_soft = value if "S" in sides or not sides else soft
    wanted_hard = value if "H" in sides or not sides else hard
    if _above(wanted_hard, hard) and not _may_raise():
        return call.error(f"{known.what}: cannot modify limit: operation not permitted")
    if _above(wanted_soft, wanted_hard):
        return call.error(f"{known.what}: cannot modify limit: invalid argument")
    shell.state.limits = {**(shell.state.limits or {}), known.number: (wanted_soft, wanted_hard)}
    return 0


def _above(value: int, limit: int) -> bool:
    if limit == resource.RLIM_INFINITY:
        return False
    return value == resource.RLIM_INFINITY or value > limit


def _may_raise() -> bool:
    """Whether this process may raise hard limits."""
    import os

    return os.geteuid() == 0


COMMANDS = (ulimit,)
