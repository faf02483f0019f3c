"""What a person, and a trace, are told of the requests of one call of ``http``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azos_shell.language.visible import visible

if TYPE_CHECKING:
    from azos_shell.plugin import Call


class CallTelling:
    """Tells on the standard error of a call, and in its trace."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def notice(self, text: str) -> None:
        """For a person at a terminal only."""
        if self._call.stderr.is_terminal():
            self._call.stderr.write(f"{visible(text)}\n".encode())

    def warn(self, text: str) -> None:
        """For everybody."""
        self._call.error(text)

    def note(self, stage: str, detail: str) -> None:
        """For ``trace``."""
        if self._call.trace is not None:
            with self._call.trace.stage(stage) as noted:
                noted.detail = detail

    def __repr__(self) -> str:
        return f"<CallTelling of {self._call!r}>"
