"""Dynamic variables: ``LINENO RANDOM SECONDS PIPESTATUS`` and kin, worked out when read."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from azos_shell.shell.state import OPTION_NAMES

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

Dynamic = str | list[str] | None


def dynamic_value(shell: Interpreter, name: str) -> Dynamic:
    """The value, or None where ``name`` is no such variable, or was unset as one."""
    read = _READERS.get(name)
    return None if read is None or name in shell.state.plain_names else read(shell)


def assign_dynamic(shell: Interpreter, name: str, value: str) -> bool:
    """What an assignment means to a dynamic variable; False where it is an ordinary one."""
    if name in shell.state.plain_names:
        return False
    if name == "SECONDS":
        shell.state.seconds_from = _now(shell) - _number(value)
    elif name == "RANDOM":
        import random

        shell.state.random = random.Random(_number(value))
    elif name not in _READERS:
        return False
    return True


def is_dynamic(name: str) -> bool:
    """Whether the shell gives that variable its value."""
    return name in _READERS


def _number(text: str) -> int:
    digits = text.strip()
    return int(digits) if digits.lstrip("-").isdecimal() and len(digits) < 20 else 0


def _now(shell: Interpreter) -> float:
    return shell.runtime.services.clock.monotonic()


def _pipe_statuses(shell: Interpreter) -> Dynamic:
    return [str(status) for status in shell.state.pipe_statuses or [shell.state.last_status]]


def _options(shell: Interpreter) -> Dynamic:
    return ":".join(option for option in sorted(OPTION_NAMES) if getattr(shell.state.options, option))


def _random(shell: Interpreter) -> Dynamic:
    import random

    generator = shell.state.random
    if generator is None:
        generator = shell.state.random = random.Random()
    return str(generator.randrange(32768))


def _seconds(shell: Interpreter) -> Dynamic:
    start = shell.state.seconds_from
    return str(int(_now(shell) - (shell.runtime.started if start is None else start)))


def _process_id(shell: Interpreter) -> Dynamic:
    """A subshell is no process: the number of its task stands for it where it has one."""
    return str(shell.member.pid if shell.member is not None else shell.runtime.pid)


def _function_names(shell: Interpreter) -> Dynamic:
    names = [frame.name for frame in reversed(shell.frames)]
    if names and shell.runtime.script:
        names.append("main")
    return names or None


def _call_lines(shell: Interpreter) -> Dynamic:
    return [str(frame.line) for frame in reversed(shell.frames)] + ["0"]


def _source_files(shell: Interpreter) -> Dynamic:
    files = [frame.file for frame in reversed(shell.frames)]
    script = shell.runtime.script
    return [*files, *([script] if script else [])] or None


def _command(shell: Interpreter) -> Dynamic:
    from azos_shell.language.unparse import unparse

    return None if shell.node is None else unparse(shell.node)


def _wall(shell: Interpreter) -> float:
    return shell.runtime.services.clock.wall()


_READERS: dict[str, Callable[[Interpreter], Dynamic]] = {
    "_": lambda shell: shell.state.last_argument,
    "BASH_COMMAND": _command,
    "BASHPID": _process_id,
    "BASH_LINENO": _call_lines,
    "BASH_SOURCE": _source_files,
    "BASH_SUBSHELL": lambda shell: str(shell.state.subshell_depth),
    "DIRSTACK": lambda shell: [shell.state.cwd, *shell.state.directories],
    "EPOCHREALTIME": lambda shell: f"{_wall(shell):.6f}",
    "EPOCHSECONDS": lambda shell: str(int(_wall(shell))),
    "EUID": lambda shell: str(os.geteuid()),
    "FUNCNAME": _function_names,
    "GROUPS": lambda shell: [str(group) for group in os.getgroups()],
    "LINENO": lambda shell: str(shell.state.line),
    "PIPESTATUS": _pipe_statuses,
    "PPID": lambda shell: str(os.getppid()),
    "RANDOM": _random,
    "SECONDS": _seconds,
    "SHELLOPTS": _options,
    "BASHOPTS": lambda shell: ":".join(sorted(shell.state.options.shopts)),
    "SRANDOM": lambda shell: str(int.from_bytes(os.urandom(4), "little")),
    "UID": lambda shell: str(os.getuid()),
}
WATCHED = frozenset({*_READERS, "OPTIND", "PATH"})
"""The variables whose assignment is more than that."""
