"""Dialogues of commands with the person at the terminal: the shell's own line editor, with their prompt,
completion and history.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from azos_shell.bus.dialogue import Dialogue
from azos_shell.core.errors import AzosError
from azos_shell.repl.candidates import Candidate
from azos_shell.repl.host import Figures
from azos_shell.repl.line_source import Ended, LineSource
from azos_shell.repl.loop import LINE_MODE_TERMS
from azos_shell.repl.prompt_text import DEFAULT_CONTINUATION, PromptText
from azos_shell.repl.recall import Recall
from azos_shell.repl.site import Kind, Site
from azos_shell.scheduling.stopping import stopped

if TYPE_CHECKING:
    from azos_shell.bus.call import Call
    from azos_shell.shell.runtime import Runtime
    from azos_shell.storage.history import HistoryStore


def open_dialogue(runtime: Runtime, call: Call, dialogue: Dialogue, *, vi: bool = False) -> TerminalLines:
    """A dialogue on the terminal that the call's standard input is."""
    history = runtime.services.dialogue_history(dialogue.name)
    host = DialogueHost(call, dialogue, history)
    recall = Recall(history)
    recall.start()
    keyboard = call.stdin.fileno()
    return TerminalLines(
        runtime,
        host,
        recall,
        _source(host, recall, call, vi=vi),
        owns_terminal=lambda: _is_in_foreground(keyboard),
    )


def _is_in_foreground(keyboard: int) -> bool:
    """Whether this process may read the terminal; one that is gone says so when it is read."""
    try:
        return os.tcgetpgrp(keyboard) == os.getpgrp()
    except OSError:
        return True


def _source(host: DialogueHost, recall: Recall, call: Call, *, vi: bool) -> LineSource:
    keyboard = call.stdin.fileno()
    screen = call.stdout.fileno() if call.stdout.is_terminal() else keyboard
    term = host.get("TERM") or ""
    if term in LINE_MODE_TERMS:
        from azos_shell.repl.plain import PlainReader

        return PlainReader(host, keyboard)
    from azos_shell.repl.dialogue_editor import DialogueEditor
    from azos_shell.repl.terminal_input import LineInput
    from azos_shell.repl.terminal_output import terminal_output

    return DialogueEditor(
        host,
        recall,
        input=LineInput(keyboard),
        output=terminal_output(screen, term),
        vi=vi,
        colour=not host.get("NO_COLOR"),
    )


class DialogueHost:
    """A command, seen as the shell behind a prompt (``repl.host.ReplHost``)."""

    exit_status: int | None = None
    expands_history = False

    def __init__(self, call: Call, dialogue: Dialogue, history: HistoryStore) -> None:
        self.dialogue = dialogue
        self.history = history
        self.last_seconds: float | None = None
        self.last_status = 0
        self._call = call

    @property
    def cwd(self) -> str:
        """The shell's working directory."""
        return str(self._call.shell.cwd)

    def is_unfinished(self, text: str) -> bool:
        """As the command says."""
        return self.dialogue.is_unfinished(text)

    def figures(self) -> Figures:
        """Of the last input."""
        return Figures(
            last_seconds=self.last_seconds,
            last_status=self.last_status,
            rss_bytes=self._call.services.resident_bytes(),
        )

    def get(self, name: str) -> str | None:
        """A shell variable."""
        value: str | None = self._call.shell.get(name)
        return value

    def complete(self, before: str, after: str) -> tuple[Site, Future[list[Candidate]]]:
        """What could stand at the cursor, as it is to be inserted."""
        completions = self.dialogue.completions(before, after)
        site = Site(Kind.VARIABLE, start=completions.start, typed=before[completions.start :])
        future: Future[list[Candidate]] = Future()
        future.set_result([Candidate(one.value, one.ending, one.note) for one in completions.found])
        return site, future

    # What only a shell has.

    async def execute(self, text: str) -> int:
        """Inputs are the command's to run."""
        raise NotImplementedError

    def notices(self) -> list[str]:
        """None."""
        return []

    def command_names(self) -> Iterable[str]:
        """None."""
        return ()

    def program_names(self) -> Sequence[str]:
        """None."""
        return ()

    def variable_names(self) -> Iterable[str]:
        """None."""
        return ()

    def options_of(self, command: str) -> Sequence[tuple[str, str]]:
        """None."""
        return ()

    def argument_kind(self, command: str) -> str:
        """Nothing is completed by its kind."""
        return ""

    def __repr__(self) -> str:
        return f"<DialogueHost {self.dialogue.name}>"


class TerminalLines:
    """Inputs from a terminal (``bus.dialogue.DialogueLines``)."""

    def __init__(
        self,
        runtime: Runtime,
        host: DialogueHost,
        recall: Recall,
        source: LineSource,
        clocks: tuple[Callable[[], float], Callable[[], float]] = (time.time, time.monotonic),
        owns_terminal: Callable[[], bool] = lambda: True,
    ) -> None:
        self._owns_terminal = owns_terminal
        self._runtime = runtime
        self._host = host
        self._recall = recall
        self._source = source
        self._wall, self._monotonic = clocks
        self._after_output = True
        self._running: asyncio.Future[None] | None = None
        self._interrupted = False
        self._loop = asyncio.get_running_loop()
        runtime.take_interrupts(self._interrupt)

    async def read(self) -> str | None:
        """One input; what is given up with Ctrl-C is no input. Raises AzosError where the terminal is another's."""
        while True:
            if not self._owns_terminal():
                raise AzosError(
                    "the terminal belongs to another program of the pipeline; give a query, or a script"
                )
            self._interrupted = False
            line = await self._source.read(self._prompt(), after_output=self._after_output)
            self._after_output = False
            if isinstance(line, str):
                self._after_output = True
                if line.strip():
                    self._record(line)
                return line
            if line is not Ended.INTERRUPTED:
                return None

    async def interruptible(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run it beside us, so that Ctrl-C can end it and not us."""
        task: asyncio.Future[None] = asyncio.ensure_future(work)
        started = self._monotonic()
        self._running = task
        if self._interrupted:
            task.cancel()
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:  # the whole command is to end
            await stopped(task)
            raise
        finally:
            self._running, self._interrupted = None, False
            self._host.last_seconds = self._monotonic() - started
        self._host.last_status = 1
        if task.cancelled():
            self._host.last_status = 130
            return False
        task.result()
        self._host.last_status = 0
        return True

    def close(self) -> None:
        """Leave Ctrl-C to the shell."""
        self._runtime.leave_interrupts(self._interrupt)

    def _interrupt(self) -> None:
        """Ctrl-C while a statement runs; perhaps told from a signal handler, and never our own end."""
        self._interrupted = True  # the statement that was accepted may be just about to begin
        if self._running is not None:
            self._loop.call_soon_threadsafe(self._running.cancel)

    def _prompt(self) -> PromptText:
        return PromptText(
            [("class:prompt.mark", self._host.dialogue.prompt)],
            [("class:prompt.continuation", DEFAULT_CONTINUATION)],
            [],
        )

    def _record(self, text: str) -> None:
        line = text.rstrip("\n")
        if line[0] not in " \t" and self._recall.remember(line):
            self._host.history.add_later(line, cwd=self._host.cwd, started_wall=self._wall())

    def __repr__(self) -> str:
        state = "running" if self._running is not None else "at rest"
        return f"<TerminalLines of {self._host.dialogue.name}, {state}>"
