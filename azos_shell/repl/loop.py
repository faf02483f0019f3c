"""The prompt loop: read an input, record it, have it executed, tell what happened meanwhile, again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from azos_shell.language.history_expansion import ExpandedLine, HistoryError, expand_history
from azos_shell.language.visible import visible
from azos_shell.repl.host import ReplHost
from azos_shell.repl.line_source import Ended, LineSource
from azos_shell.repl.past_lines import PastLines
from azos_shell.repl.prompt_text import PromptText, prompt_text
from azos_shell.repl.recall import Recall
from azos_shell.repl.standard_error import show

HANG_UP_STATUS = 129
"""128 + SIGHUP, as a shell has it that lost its terminal."""

LINE_MODE_TERMS = ("", "dumb", "unknown")
"""Terminals without cursor movement."""


async def run(host: ReplHost, *, vi: bool = False, wall: Callable[[], float] = time.time) -> int:
    """Prompt until ``exit`` ran, the input ended or the terminal is gone; returns the exit status."""
    recall = Recall(host.history)
    source = choose_source(host, recall, vi=vi)
    asyncio.get_running_loop().call_soon(recall.start)  # not before the first prompt is drawn
    return await PromptLoop(host, source, recall, wall).run()


def choose_source(host: ReplHost, recall: Recall, *, vi: bool = False) -> LineSource:
    """The line editor where the terminal can show it, else plain reading."""
    screen = next((fd for fd in (1, 2) if os.isatty(fd)), None)
    term = host.get("TERM") or ""
    if term in LINE_MODE_TERMS or screen is None or not os.isatty(0):
        from azos_shell.repl.plain import PlainReader

        return PlainReader(host)
    from azos_shell.repl.editor import Editor
    from azos_shell.repl.terminal_input import LineInput
    from azos_shell.repl.terminal_output import terminal_output

    colour = not host.get("NO_COLOR")
    return Editor(
        host, recall, input=LineInput(0), output=terminal_output(screen, term), vi=vi, colour=colour
    )


class PromptLoop:
    """One session at the prompt."""

    def __init__(
        self, host: ReplHost, source: LineSource, recall: Recall, wall: Callable[[], float] = time.time
    ) -> None:
        self._host = host
        self._source = source
        self._recall = recall
        self._past = PastLines(recall, host.history)
        self._wall = wall
        self._status = 0
        self._after_output = True  # what started us may have left the cursor anywhere
        self._warned = False

    async def run(self) -> int:
        """Read and execute until there is nothing more to do; returns the exit status."""
        while self._host.exit_status is None:
            self._tell_notices()
            line = await self._source.read(self._prompt(), after_output=self._after_output)
            self._after_output = False
            if isinstance(line, str):
                await self._execute(line)
            elif line is Ended.HANG_UP:
                return HANG_UP_STATUS
            elif line is Ended.END_OF_INPUT and self._may_leave():
                return self._status
        return self._host.exit_status

    async def _execute(self, text: str) -> None:
        if not text.strip():
            return
        expanded = self._expanded(text)
        if expanded is None:
            return
        text = expanded.text
        self._record(text)
        if expanded.is_only_shown:
            return
        self._warned = False
        self._after_output = True
        self._status = await self._host.execute(text)

    def _expanded(self, text: str) -> ExpandedLine | None:
        """The line after history expansion, shown where that changed it; None where it asks for what is not there.

        Only a line alone is expanded: what is pasted means its ``!`` as a script does.
        """
        if "\n" in text.rstrip("\n") or not self._host.expands_history:
            return ExpandedLine(text, False, False)
        try:
            expanded = expand_history(text, self._past)
        except HistoryError as error:
            show(f"azos: {visible(error.message)}\n")
            self._status = error.status
            return None
        if expanded.is_changed:
            show("\n".join(visible(line) for line in expanded.text.split("\n")) + "\n")
        return expanded

    def _record(self, text: str) -> None:
        """Record before running: a command that takes the terminal or the machine down is one to look up.

        So what is recorded is the line, where and when; how it ended is in the figures, not in the history.
        """
        line = text.rstrip("\n")
        if line[0] in " \t" or not self._recall.remember(line):
            return
        self._host.history.add_later(line, cwd=self._host.cwd, started_wall=self._wall())

    def _prompt(self) -> PromptText:
        try:
            columns = os.get_terminal_size(2).columns
        except OSError:
            columns = 80
        return prompt_text(self._host, status=self._status, wall=self._wall(), columns=columns or 80)

    def _tell_notices(self) -> None:
        for notice in self._host.notices():
            show("\t".join(visible(part) for part in notice.rstrip("\n").split("\t")) + "\n")

    def _may_leave(self) -> bool:
        """Leaving would hang up stopped jobs: say so once, as bash does."""
        if self._warned or not self._host.figures().stopped_jobs:
            return True
        self._warned = True
        show("There are stopped jobs.\n")
        return False

    def __repr__(self) -> str:
        return f"<PromptLoop status {self._status}, {self._recall!r}>"
