"""Reading a line: ``read`` (POSIX XCU read, bash)."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from azos_shell.commands.read_fields import split_line
from azos_shell.plugin import Call, UsageError, command
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.assignment import assign_named, is_assignable
from azos_shell.shell.expansion import DEFAULT_IFS
from azos_shell.shell.lines import read_byte, read_line
from azos_shell.shell.readiness import is_readable

if TYPE_CHECKING:
    from azos_shell.bus.call import Input
    from azos_shell.shell.interpreter import Interpreter

_TIMED_OUT = 128 + 14
"""128 + SIGALRM, as bash has it."""

_USAGE = (
    "read [-ers] [-a ARRAY] [-d DELIMITER] [-i TEXT] [-n COUNT] [-N COUNT]"
    " [-p PROMPT] [-t SECONDS] [-u FD] [NAME…]"
)


class _Wish:
    """What the options ask for. (No dataclass: scripts read before anything has imported that module.)"""

    def __init__(self) -> None:
        self.raw = False
        self.silent = False
        self.prompt = ""
        self.delimiter = b"\n"
        self.count: int | None = None
        self.exactly = False
        self.array: str | None = None
        self.seconds: float | None = None
        self.number: int | None = None
        self.names: list[str] = []


def _parsed(args: list[str]) -> _Wish:
    """Raises UsageError."""
    wish = _Wish()
    words = list(args)
    while words and len(words[0]) > 1 and words[0][0] == "-":
        word = words.pop(0)
        if word == "--":
            break
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "res":
                wish.raw = wish.raw or letter == "r"
                wish.silent = wish.silent or letter == "s"
            elif letter in "adinNptu":
                if not letters and not words:
                    raise UsageError(f"-{letter}: option requires an argument")
                _take(wish, letter, letters or words.pop(0))
                letters = ""
            else:
                raise UsageError(f"-{letter}: invalid option (usage: {_USAGE})")
    wish.names = words
    for name in [*words, *([wish.array] if wish.array is not None else [])]:
        if not is_assignable(name):
            raise UsageError(f"{name!r}: not a valid identifier", status=1)
    return wish


def _take(wish: _Wish, letter: str, text: str) -> None:
    if letter == "a":
        wish.array = text
    elif letter == "d":
        wish.delimiter = text.encode("utf-8", "surrogateescape")[:1] or b"\0"
    elif letter == "p":
        wish.prompt = text
    elif letter in "nN":
        wish.count = _whole(letter, text)
        wish.exactly = letter == "N"
    elif letter == "u":
        wish.number = _whole(letter, text)
    elif letter == "t":
        try:
            wish.seconds = float(text)
            if not 0 <= wish.seconds < float("inf"):
                raise ValueError(text)
        except ValueError:
            raise UsageError(f"{text}: invalid timeout specification", status=1) from None


def _whole(letter: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise UsageError(f"-{letter}: {text}: invalid number", status=1)
    return int(text)


@command("read", raw=True, usage=_USAGE, category="Input and output")
async def read(call: Call) -> int:
    """Read one line from standard input into variables; never a byte more than the line.

    The line is split at `IFS`; the last variable gets what is left; without a name the line goes into `REPLY` as it is.
    A backslash takes the next character literally and joins lines, unless `-r`. The status is 1 at the end of input.

    Options:
        -a ARRAY    put all fields into an indexed array
        -d CHAR     the line ends at CHAR (at a NUL byte, if it is empty)
        -n COUNT    read at most COUNT characters
        -N COUNT    read COUNT characters, whatever they are, and do not split
        -p PROMPT   write PROMPT first, if a terminal is read
        -r          a backslash is a character like any other
        -s          a terminal does not show what is typed
        -t SECONDS  give up after so long, with a status above 128; 0 only asks whether there is input
        -u FD       read from that descriptor

    Examples:
        $ printf 'one two three\\n' | { read a b; echo "$b"; }
        two three
        $ printf 'a:b:c\\n' | { IFS=: read -ra parts; echo "${parts[2]}"; }
        c
    """
    shell: Interpreter = call.shell
    try:
        wish = _parsed(call.args)
    except UsageError as error:
        return call.error(error.message, error.status)
    source = call.stdin if wish.number is None else shell.state.files.get(wish.number)
    try:
        fd = source.fileno()
        if wish.seconds == 0:
            return 0 if is_readable(fd) else 1
        if wish.prompt and source.is_terminal():
            call.stderr.write(wish.prompt.encode("utf-8", "surrogateescape"))
        with _terminal_modes(source, wish):
            line, escaped, status = await _read(source, wish)
    except OSError as error:
        return call.error(f"read error: {error.strerror}")
    await _store(shell, wish, line, escaped)
    return status


async def _store(shell: Interpreter, wish: _Wish, line: str, escaped: set[int]) -> None:
    given = shell.get("IFS")
    ifs = "" if wish.exactly else DEFAULT_IFS if given is None else given
    if wish.array is not None:
        fields = split_line(line, escaped, None, ifs)
        shell.state.variables.set(wish.array, IndexedArray(fields))
        return
    if not wish.names:
        shell.assign_now("REPLY", line)
        return
    for name, value in zip(wish.names, split_line(line, escaped, len(wish.names), ifs), strict=True):
        assign_named(shell, name, value)


async def _read(source: Input, wish: _Wish) -> tuple[str, set[int], int]:
    """The line, which of its characters were escaped, and the status; within the time limit."""
    reader = _LineReader(source, wish)
    if wish.seconds is None:
        complete = await reader.read()
        return (*reader.result(), 0 if complete else 1)
    from azos_shell.core.drive import ensure_loop

    await ensure_loop()
    import asyncio

    try:
        async with asyncio.timeout(wish.seconds):
            complete = await reader.read()
    except TimeoutError:
        return (*reader.result(), _TIMED_OUT)
    return (*reader.result(), 0 if complete else 1)


class _LineReader:
    """Collects the characters of one logical line, so that what came before a time-out is not lost."""

    def __init__(self, source: Input, wish: _Wish) -> None:
        self._source = source
        self._wish = wish
        self._text: list[str] = []
        self._escaped: set[int] = set()

    def result(self) -> tuple[str, set[int]]:
        """What was read, and which positions of it a backslash protected."""
        return "".join(self._text), self._escaped

    async def read(self) -> bool:
        """Read up to the end of the line; returns whether it came to that."""
        if self._wish.count is not None or self._wish.seconds is not None:
            return await self._read_characters()
        while True:
            data, complete = await read_line(self._source, self._wish.delimiter)
            line = data.replace(b"\0", b"").decode("utf-8", "surrogateescape")
            if self._wish.raw:
                self._text.append(line)
                return complete
            if not self._take(line, complete):
                return complete

    def _take(self, line: str, complete: bool) -> bool:
        """Add a line, its backslashes taken away; returns whether the next one belongs to it."""
        index = 0
        while index < len(line):
            if line[index] == "\\":
                if index + 1 == len(line):
                    if complete and self._wish.delimiter != b"\n":
                        self._text.append(self._wish.delimiter.decode("utf-8", "surrogateescape"))
                    return complete
                index += 1
                self._escaped.add(len(self._text))
            self._text.append(line[index])
            index += 1
        return False

    async def _read_characters(self) -> bool:
        """One character at a time: there is a limit to their number, or to the time."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        fd, protects = self._source.fileno(), False
        while self._wish.count is None or len(self._text) < self._wish.count:
            byte = await read_byte(fd)
            if not byte:
                return False
            if byte == self._wish.delimiter and not self._wish.exactly and not protects:
                return True
            if byte == b"\0":
                continue
            if byte == b"\\" and not self._wish.raw and not protects:
                protects = True
                continue
            if protects and byte == b"\n":
                protects = False
                continue
            for character in decoder.decode(byte):
                if protects:
                    self._escaped.add(len(self._text))
                    protects = False
                self._text.append(character)
        return True


@contextmanager
def _terminal_modes(source: Input, wish: _Wish) -> Iterator[None]:
    """While reading: no echo for ``-s``, and no waiting for a whole line where less is asked for."""
    by_characters = wish.count is not None or wish.delimiter != b"\n"
    if not (wish.silent or by_characters) or not os.isatty(source.fileno()):
        yield
        return
    import termios

    fd = source.fileno()
    before = termios.tcgetattr(fd)
    modes = termios.tcgetattr(fd)
    if wish.silent:
        modes[3] &= ~termios.ECHO
    if by_characters:
        modes[3] &= ~termios.ICANON
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, modes)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)


COMMANDS = (read,)
