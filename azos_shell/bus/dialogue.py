"""The dialogue: how a command that is talked with line by line (as ``sql DB`` is) gets a line editor.

Commands know no terminal library. What they say of themselves is a ``Dialogue``; whoever composes azos puts a door into
``Services.open_dialogue`` that makes ``DialogueLines`` of it, with history, completion and Ctrl-C as at the shell's own
prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.bus.call import Call


@frozen
class Completion:
    """One text that may stand where the cursor is. ``ending`` follows it when it is the only one."""

    value: str
    ending: str = " "
    note: str = ""


@frozen
class Completions:
    """All of them, and where in the text before the cursor what they replace begins."""

    start: int
    found: Sequence[Completion] = ()


class Dialogue(Protocol):
    """What the line editor must know of a command. Everything returns at once."""

    @property
    def name(self) -> str:
        """The command's; lines are remembered in the table ``NAME_history`` of the state database."""
        ...

    @property
    def prompt(self) -> str:
        """What stands before the input now."""
        ...

    def is_unfinished(self, text: str) -> bool:
        """Whether the input needs another line."""
        ...

    def completions(self, before: str, after: str) -> Completions:
        """What could stand at the cursor, between these two parts of the input."""
        ...


class DialogueLines(Protocol):
    """The person at the terminal."""

    async def read(self) -> str | None:
        """One whole input, remembered in the history; None when the person leaves or the terminal is gone."""
        ...

    async def interruptible(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run ``work`` to its end; False if Ctrl-C ended it. Raises what it raises."""
        ...

    def close(self) -> None:
        """The dialogue is over: Ctrl-C is the shell's again."""
        ...


OpenDialogue = Callable[["Call", Dialogue], DialogueLines]
"""Opens a dialogue on the call's files, which are a terminal."""
