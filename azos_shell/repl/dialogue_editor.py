"""The line editor of a dialogue: the shell's, but for what Tab completes and what Ctrl-D says."""

from __future__ import annotations

from concurrent.futures import Future
from functools import cached_property
from typing import TYPE_CHECKING

from azos_shell.repl.candidates import Candidate
from azos_shell.repl.completing import Completing
from azos_shell.repl.editor import Editor
from azos_shell.repl.site import Site

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

    from azos_shell.repl.dialogue import DialogueHost


class DialogueEditor(Editor):
    """Reads the inputs of a command."""

    _host: DialogueHost
    farewell = ""

    @cached_property
    def completing(self) -> Completing:
        """What Tab does."""
        return DialogueCompleting(self._host, self.buffer, self.menu, spawn=self._spawn)


class DialogueCompleting(Completing):
    """Completes what the command says."""

    _host: DialogueHost

    def _look(self, document: Document) -> tuple[Site, Future[list[Candidate]]]:
        return self._host.complete(document.text_before_cursor, document.text_after_cursor)
