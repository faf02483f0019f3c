"""Where lines come from: an editor on a terminal, or plain reading."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from azos_shell.repl.prompt_text import PromptText


class Ended(Enum):
    """Why there is no line."""

    INTERRUPTED = "Ctrl-C"
    END_OF_INPUT = "Ctrl-D"
    HANG_UP = "the terminal is gone"


class LineSource(Protocol):
    """Reads one complete input at a time."""

    async def read(self, prompt: PromptText, *, after_output: bool) -> str | Ended:
        """Show the prompt and return the input. ``after_output``: the cursor may stand anywhere in a row."""
        ...
