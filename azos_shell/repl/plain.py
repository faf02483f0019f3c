"""Lines without a line editor: for ``TERM=dumb`` and for input that is no terminal.

The terminal stays in its line mode: the kernel echoes, erases and collects. Ctrl-C is made an end-of-line
character for as long as the prompt is up, so that no signal has to be caught. Bytes are taken one by one up
to the newline: what follows belongs to the command that the line starts.
"""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from azos_shell.repl.host import ReplHost
from azos_shell.repl.line_source import Ended
from azos_shell.repl.prompt_text import PromptText
from azos_shell.repl.standard_error import show

INTERRUPT = b"\x03"
_LFLAG, _CC = 3, 6


class PlainReader:
    """Reads lines from a descriptor; prompts go to standard error."""

    def __init__(self, host: ReplHost, fd: int = 0) -> None:
        self._host = host
        self._fd = fd

    async def read(self, prompt: PromptText, *, after_output: bool = False) -> str | Ended:
        """Show the prompt and return the whole input, or why there is none."""
        text = ""
        with line_mode(self._fd):
            show(prompt.plain())
            while True:
                line = await self._line()
                if line.endswith(INTERRUPT):
                    show("\n")
                    return Ended.INTERRUPTED
                if not line:
                    return self._at_end(text)
                text += line.decode("utf-8", "surrogateescape")
                if not line.endswith(b"\n") or not self._host.is_unfinished(text.removesuffix("\n")):
                    return text.removesuffix("\n")
                show(prompt.plain_continuation())

    def _at_end(self, text: str) -> str | Ended:
        if text:
            return text.removesuffix("\n")  # running it tells what was missing
        if os.isatty(self._fd):
            show("exit\n")
        return Ended.END_OF_INPUT

    async def _line(self) -> bytes:
        line = bytearray()
        while not line.endswith((b"\n", INTERRUPT)):
            await self._readable()
            try:
                byte = os.read(self._fd, 1)
            except BlockingIOError:
                continue
            except OSError:
                return bytes(line)
            if not byte:
                break
            line += byte
        return bytes(line)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._fd, _set, ready)
        except OSError:
            return  # a regular file is always readable; what is closed tells so when it is read
        try:
            await ready
        finally:
            loop.remove_reader(self._fd)

    def __repr__(self) -> str:
        return f"<PlainReader fd {self._fd}>"


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@contextmanager
def line_mode(fd: int) -> Iterator[None]:
    """Canonical mode with echo in which Ctrl-C ends the line; the modes are put back afterwards."""
    try:
        before = termios.tcgetattr(fd)
    except termios.error:
        yield
        return
    modes = termios.tcgetattr(fd)
    modes[_LFLAG] = (modes[_LFLAG] | termios.ICANON | termios.ECHO) & ~termios.ISIG
    modes[_CC][termios.VEOL] = INTERRUPT
    termios.tcsetattr(fd, termios.TCSANOW, modes)
    try:
        yield
    finally:
        try:
            termios.tcsetattr(fd, termios.TCSANOW, before)
        except termios.error:
            pass
