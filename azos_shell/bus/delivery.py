"""The delivery: chunks of a result on their way to standard output, formatted for who reads it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azos_shell.core.values import Chunk, Records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from azos_shell.bus.call import Call, Output, ShellView
    from azos_shell.bus.paging import PagedScreen
    from azos_shell.rendering.formats import Formatter


class Delivery:
    """Writes chunks as they come; records as a table on a terminal, as JSON Lines anywhere else, or as asked."""

    def __init__(self, call: Call, format_name: str | None, *, only_for_reader: bool = False) -> None:
        self._output = call.stdout
        self._format_name = format_name
        self._shell: ShellView = call.shell
        self._formatter: Formatter | None = None
        self._keep_records: Callable[[Records], None] | None = getattr(call.stdout, "keep_records", None)
        """Where the output is kept for ``last``: told of records beside the bytes that are made of them."""
        self._put_records: Callable[[Records], Awaitable[None]] | None = getattr(
            call.stdout, "put_records", None
        )
        """Where the output takes records as they are: a command reads on that wants them."""
        self._only_for_reader = only_for_reader
        self._screen: PagedScreen | None = None
        """What a table is written to, on a terminal."""
        self._act: Callable[[], None] | None = None
        self.bytes_out = 0
        self.rows = 0
        self.awaits_reader = False
        """Whether it stands because the reader has not yet taken what was written."""

    @property
    def progress(self) -> int:
        """Grows with everything that is delivered, in whatever form."""
        return self.bytes_out + self.rows

    @property
    def holds_back(self) -> bool:
        """Whether the formatter may hold rows back (the table does, until it knows its widths)."""
        return self._formatter is not None and self._format_name == "table"

    @property
    def had_enough(self) -> bool:
        """Whether the person who read has left a pager before the end."""
        return self._screen is not None and self._screen.had_enough

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when nobody reads any more; returns what ends the watch."""
        self._act = act
        if self._screen is not None:
            return self._screen.when_reader_leaves(act)
        watch = getattr(self._output, "when_reader_leaves", None)
        stop_output: Callable[[], None] | None = None if watch is None else watch(act)

        def stop() -> None:
            self._act = None
            if self._screen is not None:
                self._screen.end_watch()
            if stop_output is not None:
                stop_output()

        return stop

    async def close(self) -> None:
        """It is over: a pager is waited for until the person has seen enough."""
        if self._screen is not None:
            await self._screen.close()

    async def put(self, chunk: Chunk) -> None:
        """Write one chunk, waiting where the reader is slower."""
        if isinstance(chunk, Records):
            self.rows += len(chunk)
            if self._keep_records is not None:
                self._keep_records(chunk)
            if self._put_records is not None and self._format_name is None:
                await self._hand_over(self._put_records, chunk)
                return
            await self._write(self._ready_formatter().feed(chunk))
        else:
            await self._write(chunk)

    async def flush(self) -> None:
        """Write what is held back: the source is taking its time."""
        if self._formatter is not None:
            await self._write(self._formatter.flush())

    async def finish(self, seconds: float | None) -> None:
        """Write the end of it; a format that was asked for has one even without rows (``[]``)."""
        if self._formatter is None and self._format_name is not None and not self.bytes_out:
            self._ready_formatter()
        if self._formatter is not None and not self.had_enough:
            await self._write(self._formatter.finish(seconds))

    async def _hand_over(self, put: Callable[[Records], Awaitable[None]], batch: Records) -> None:
        self.awaits_reader = True
        try:
            await put(batch)
        finally:
            self.awaits_reader = False

    async def _write(self, data: bytes) -> None:
        if data:
            self.bytes_out += len(data)
            self.awaits_reader = True
            try:
                if self._screen is not None:
                    await self._screen.write(data)
                else:
                    self._output.write(data)
                    await self._output.drain()
            finally:
                self.awaits_reader = False

    def _ready_formatter(self) -> Formatter:
        if self._formatter is None:
            from azos_shell.rendering import formatter

            if self._format_name is None:
                self._format_name = "table" if self._output.is_terminal() else "jsonl"
            if self._format_name == "table" and self._output.is_terminal():
                self._begin_screen()
            self._formatter = formatter(
                self._format_name,
                width=terminal_width(self._output),
                colour=colour_wanted(self._output, self._shell),
                for_terminal=self._output.is_terminal(),
            )
        return self._formatter

    def _begin_screen(self) -> None:
        from azos_shell.bus.paging import PagedScreen

        self._screen = PagedScreen(self._output, self._shell, only_for_reader=self._only_for_reader)
        if self._act is not None:
            self._screen.when_reader_leaves(self._act)


def terminal_width(output: Output) -> int:
    """The columns of the terminal that ``output`` is, else 80."""
    if not output.is_terminal():
        return 80
    try:
        return os.get_terminal_size(output.fileno()).columns or 80
    except OSError:
        return 80


def colour_wanted(output: Output, shell: ShellView) -> bool:
    """Whether colour is welcome: on a terminal that can, and ``NO_COLOR`` does not say otherwise."""
    return output.is_terminal() and not shell.get("NO_COLOR") and shell.get("TERM") != "dumb"
