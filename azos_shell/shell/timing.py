"""``time``: how long a pipeline took, and the processor time of the shell and its programs (POSIX XCU time; bash)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_BASH = "\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS"
_POSIX = "real %2R\nuser %2U\nsys %2S"
_DIRECTIVE = re.compile(r"%(?:([0-9]?)(l?)([RUS])|(P)|(%))")


class Stopwatch:
    """Started before the pipeline; tells the difference after it."""

    __slots__ = ("_before", "_shell", "_started")

    def __init__(self, shell: Interpreter) -> None:
        self._shell = shell
        self._started = shell.runtime.services.clock.monotonic()
        self._before = os.times()

    def tell(self, style: str) -> None:
        """Write the times on standard error, in the form that ``style`` or TIMEFORMAT asks for."""
        template = self._shell.get("TIMEFORMAT")
        if style == "posix":
            template = _POSIX
        elif template is None:
            template = _BASH
        if not template:
            return
        now, before = os.times(), self._before
        seconds = {
            "R": self._shell.runtime.services.clock.monotonic() - self._started,
            "U": now.user - before.user + now.children_user - before.children_user,
            "S": now.system - before.system + now.children_system - before.children_system,
        }
        text = _DIRECTIVE.sub(lambda match: _shown(match, seconds), template) + "\n"
        try:
            self._shell.state.files.get(2).write(text.encode("utf-8", "surrogateescape"))
        except OSError:
            pass

    def __repr__(self) -> str:
        return f"<Stopwatch since {self._started:.3f}>"


def _shown(match: re.Match[str], seconds: dict[str, float]) -> str:
    digits, long, which, share, percent = match.groups()
    if percent:
        return "%"
    if share:
        used = seconds["U"] + seconds["S"]
        return f"{100 * used / seconds['R'] if seconds['R'] > 0 else 0:.2f}"
    places = min(int(digits), 3) if digits else 3
    value = max(seconds[which], 0.0)
    if long:
        return f"{int(value // 60)}m{value % 60:.{places}f}s"
    return f"{value:.{places}f}"
