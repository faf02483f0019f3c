"""The line editor: one prompt_toolkit application, run once for each line.

Where the time of a key press goes was measured, and what is not needed is left out: no completion while
typing, no lexer, no floats, no mouse, no validator, no polling of the terminal's size, no cursor position
requests (their answers would mix with what is typed ahead). The bar and the menu stand below the input and
draw lines that are ready.
"""

from __future__ import annotations

import asyncio
import signal
from functools import cached_property
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples, fragment_list_width
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import merge_key_bindings
from prompt_toolkit.layout import BufferControl, ConditionalContainer, HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.processors import HighlightSelectionProcessor
from prompt_toolkit.output import ColorDepth, Output

from azos_shell.repl.harmless import Harmless
from azos_shell.repl.host import ReplHost
from azos_shell.repl.keys import load_keys
from azos_shell.repl.line_buffer import LineBuffer
from azos_shell.repl.line_source import Ended
from azos_shell.repl.menu import Menu
from azos_shell.repl.prompt_text import PromptText
from azos_shell.repl.recall import Recall
from azos_shell.repl.search import LineSearch
from azos_shell.repl.status_line import StatusLine
from azos_shell.repl.sturdy_keys import SturdyKeys
from azos_shell.repl.style import COLOURED, PLAIN

if TYPE_CHECKING:
    from azos_shell.repl.completing import Completing

ESCAPE_SECONDS = 0.05
"""How long a lone Escape waits for the rest of a key's sequence; terminals send it in one piece."""

RESIZE_SECONDS = 0.03
"""A window that is dragged changes its size dozens of times a second: drawn anew when it rests."""

BAR_ROWS = 4
"""A lower terminal needs its rows for the input."""

INPUT_COLUMNS = 4
"""A prompt that leaves less than this is not drawn."""


class Editor:
    """Reads lines. What is kept from line to line (clipboard, modes, caches) lives in its application."""

    farewell = "exit"
    """What Ctrl-D on an empty line stands for, and shows."""

    def __init__(
        self,
        host: ReplHost,
        recall: Recall,
        *,
        input: Input,
        output: Output,
        vi: bool = False,
        colour: bool = True,
    ) -> None:
        self._host = host
        self._output = output
        self._recall = recall
        self._prompt = PromptText([], [], [])
        self._next_back = 0
        self.menu = Menu()
        self.status_line = StatusLine(host.figures)
        self.buffer = LineBuffer(recall, on_change=self._changed)
        self.search = LineSearch(recall, self.buffer, spawn=self._spawn, redraw=self.redraw)
        self._colour = colour
        self._rows = self._columns = 0
        self._resizing: asyncio.TimerHandle | None = None
        self._application: Application[str | Ended] = Application(
            layout=self._layout(),
            style=COLOURED if colour else PLAIN,
            include_default_pygments_style=False,
            color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            max_render_postpone_time=None,  # a busy loop must not hold back what was typed
            refresh_interval=0,
            terminal_size_polling_interval=None,
            input=input,
            output=output,
        )
        # Its own processor asks the whole layout for bindings at each key; here there is only one place for them.
        self._application.key_processor = SturdyKeys(
            merge_key_bindings([self._application._default_bindings, load_keys(self)])
        )
        self._application.ttimeoutlen = ESCAPE_SECONDS
        self._application.timeoutlen = None  # type: ignore[assignment]  # documented; as readline, Escape waits

    async def read(self, prompt: PromptText, *, after_output: bool = False) -> str | Ended:
        """Show the prompt and return the line, or why there is none."""
        self._prompt = prompt
        self.buffer.reset(Document())
        self.menu.hide()
        self.status_line.sample()
        self._measure()
        if after_output:
            self._output.write_raw(fresh_line(self._columns, colour=self._colour))
        try:
            return await self._application.run_async(
                pre_run=self._begin, handle_sigint=False, set_exception_handler=False
            )
        except EOFError:
            return Ended.HANG_UP
        finally:
            self._stop_resizing()

    # -- what the keys call ----------------------------------------------------------------------------------

    def enter(self, *, then_next: bool = False) -> None:
        """Accept the input, or go on to another line if it is unfinished."""
        self.menu.hide()
        text = self.buffer.text
        if self._host.is_unfinished(text):
            self.buffer.newline(copy_margin=False)
            return
        # The line run is one more in the history, so the one after it will be as far back as it was itself.
        self._next_back = self.buffer.back if then_next else 0
        self._end(text)

    def interrupt(self) -> None:
        """Give the line up; it stays on the screen with a ``^C``."""
        self.buffer.put(self.buffer.text + "^C")
        self._end(Ended.INTERRUPTED)

    def end_of_input(self) -> None:
        """Ctrl-D on an empty line: leave as if ``exit`` had been typed."""
        self.buffer.put(self.farewell)
        self._end(Ended.END_OF_INPUT)

    def redraw(self) -> None:
        """Draw anew soon."""
        self._application.invalidate()

    @cached_property
    def completing(self) -> Completing:
        """What Tab does; loaded at the first Tab."""
        from azos_shell.repl.completing import Completing

        return Completing(self._host, self.buffer, self.menu, spawn=self._spawn)

    def _changed(self) -> None:
        if self.menu.shown:
            self.completing.changed()

    # -- one run ---------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._next_back:
            self.buffer.recall(self._next_back)
            self._next_back = 0
        loop = asyncio.get_running_loop()
        loop.call_soon(self._watch_size, loop)
        if self._colour:
            self._spawn(self.status_line.keep_sampling(self.redraw))

    def _end(self, result: str | Ended) -> None:
        self.menu.hide()
        self.search.active = False
        if not self._application.is_done:
            self._application.exit(result=result)

    def _spawn(self, coroutine: object) -> object:
        return self._application.create_background_task(coroutine)  # type: ignore[arg-type]

    # -- size ------------------------------------------------------------------------------------------------

    def _watch_size(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take SIGWINCH over from the application, which redraws at each of them."""
        if self._application.is_running and not self._application.is_done:
            try:
                loop.add_signal_handler(signal.SIGWINCH, self._resized, loop)
            except (ValueError, RuntimeError):
                pass  # not the main thread: nobody can

    def _resized(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._resizing is None:
            self._resizing = loop.call_later(RESIZE_SECONDS, self._draw_resized)

    def _draw_resized(self) -> None:
        self._resizing = None
        if self._application.is_running and not self._application.is_done:
            self._measure()
            self._application.renderer.erase()
            self.redraw()

    def _stop_resizing(self) -> None:
        if self._resizing is not None:
            self._resizing.cancel()
            self._resizing = None

    def _measure(self) -> None:
        size = self._output.get_size()
        self._rows, self._columns = size.rows, size.columns
        self.menu.most_rows = max(1, size.rows // 2)

    # -- layout ----------------------------------------------------------------------------------------------

    def _layout(self) -> Layout:
        control = BufferControl(
            buffer=self.buffer,
            input_processors=[HighlightSelectionProcessor(), Harmless()],
            include_default_input_processors=False,
        )
        line = Window(
            control, get_line_prefix=self._line_prefix, wrap_lines=True, dont_extend_height=True, height=None
        )
        above = Window(
            FormattedTextControl(lambda: self._prompt.above), dont_extend_height=True, wrap_lines=True
        )
        menu = Window(self.menu, dont_extend_height=True)
        bar = Window(self.status_line, height=1, dont_extend_height=True)
        has_above = Condition(lambda: bool(self._prompt.above) and self._rows >= BAR_ROWS)
        menu_shown = Condition(lambda: self.menu.shown and self._rows >= BAR_ROWS)
        bar_shown = Condition(lambda: self._colour and self._rows >= BAR_ROWS)
        return Layout(
            HSplit(
                [
                    ConditionalContainer(above, has_above),
                    line,
                    ConditionalContainer(menu, menu_shown & ~is_done),
                    ConditionalContainer(bar, bar_shown & ~is_done),
                ]
            ),
            line,
        )

    def _line_prefix(self, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        if wrap_count:
            return []
        if self.search.active and line_number == 0:
            prefix: StyleAndTextTuples = [("", self.search.label)]
        else:
            prefix = self._prompt.continuation if line_number else self._prompt.line
        return prefix if fragment_list_width(prefix) + INPUT_COLUMNS <= self._columns else []

    def __repr__(self) -> str:
        return f"<Editor {self.buffer!r} {self.menu!r} {self.search!r}>"


def fresh_line(columns: int, *, colour: bool) -> str:
    """What brings the cursor to the start of an empty row, wherever it stands, without asking the terminal.

    The mark and the blanks fill exactly one row. From the first column the terminal has not wrapped yet
    when the carriage return comes, and the mark is erased; from any other column it has, and the mark stays
    behind the output that did not end in a newline (as zsh's PROMPT_SP does it).
    """
    mark = "\x1b[2m⏎\x1b[0m" if colour else "⏎"
    return f"{mark}{' ' * (columns - 1)}\r\x1b[J"
