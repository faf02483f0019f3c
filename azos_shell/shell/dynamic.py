"""Dynamic variables: ``PIPESTATUS LINENO RANDOM`` and kin, worked out when read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.shell.state import OPTION_NAMES

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


def dynamic_value(shell: Interpreter, name: str) -> str | list[str] | None:
    """The value, or None where ``name`` is no such variable."""
    if name == "PIPESTATUS":
        statuses = shell.state.pipe_statuses
        return [str(status) for status in statuses or [shell.state.last_status]]
    if name == "SHELLOPTS":
        return ":".join(option for option in OPTION_NAMES if getattr(shell.state.options, option))
    if name == "DIRSTACK":
        return [shell.state.cwd, *shell.state.directories]
    if name == "BASHOPTS":
        return ":".join(sorted(shell.state.options.shopts))
    if name == "LINENO":
        return str(shell.state.line)
    if name == "PPID":
        return str(os.getppid())
    if name == "RANDOM":
        import random

        return str(random.randrange(32768))
    if name == "SECONDS":
        started = shell.runtime.services.clock.monotonic() - shell.runtime.started
        return str(int(started))
    return None
