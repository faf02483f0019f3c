"""printf: write arguments under a format, byte for byte as bash does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from azos_shell.commands.echo_escapes import PERCENT_B, unescape
from azos_shell.commands.printf_format import Conversion, Piece, parse_format
from azos_shell.commands.printf_text import clipped, floating, integer, padded
from azos_shell.plugin import AzosError, Call, UsageError, command

if TYPE_CHECKING:
    from azos_shell.commands.printf_numbers import Extended

USAGE = "printf [-v NAME] FORMAT [ARGUMENT…]"


@command("printf", raw=True, usage=USAGE, category="Input and output")
def printf(call: Call) -> int:
    r"""Write arguments under the control of a format.

    The format is written as it is, but for backslash escapes (`\n`, `\t`, `\\`, `\NNN` octal, `\xHH`,
    `\uHHHH`, …) and conversions, each of which takes an argument:

    * `%s` the argument; `%b` with its backslash escapes read; `%q` quoted so that a shell reads it back;
      `%c` its first byte
    * `%d %i` a whole number; `%u %o %x %X` without sign, in octal, in hexadecimal
    * `%f %e %g %a` (and capitals) a floating-point number
    * `%(FORMAT)T` a time in seconds since the epoch (now, if -1 or left out), as strftime(3) writes it
    * `%%` a percent sign

    Between the `%` and the letter there may be flags (`-` left, `0` zeros, `+`, blank, `#`), a width and
    `.PRECISION`; `*` takes them from an argument. Numbers may be written `0x1f`, `017` or `'c` (the code of
    a character). The format is used again while arguments are left; missing arguments count as empty or
    zero.

    Options:
        -v NAME  set the variable NAME instead of writing

    Examples:
        $ printf '%s is %d\n' one 1 two 2
        one is 1
        two is 2
        $ printf '%05.2f|%-6s|%x\n' 3.14159 ab 255
        03.14|ab    |ff
        $ printf -v greeting 'hello %s' you; echo "$greeting"
        hello you
        $ printf '%q\n' "it's"
        it\'s

    Exit status:
        0; 1 if an argument was not what its conversion needs (the rest is still written); 2 for wrong
        options.
    """
    try:
        variable, words = _options(call.args)
    except UsageError as error:
        return call.error(error.message, error.status)
    printing = _Printing(call, words[0], words[1:])
    output = printing.run()
    if variable is None:
        call.stdout.write(output)
    else:
        try:
            call.shell.set(variable, output.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
        except AzosError as error:
            return call.error(error.message, error.status)
    return printing.status


def _options(args: list[str]) -> tuple[str | None, list[str]]:
    """The variable of ``-v`` and the words after the options, the format first."""
    variable = None
    words = args
    while words and len(words[0]) > 1 and words[0][0] == "-":
        word, words = words[0], words[1:]
        if word == "--":
            break
        if not word.startswith("-v"):
            raise UsageError(f"{word[:2]}: no such option (usage: {USAGE})")
        if word == "-v" and not words:
            raise UsageError(f"-v: a variable's name is missing (usage: {USAGE})")
        variable, words = (word[2:], words) if word[2:] else (words[0], words[1:])
        base = variable.partition("[")[0] if variable[-1] == "]" else variable
        if not (base.isascii() and base.isidentifier()):
            raise UsageError(f"'{variable}': not a variable's name")
    if not words:
        raise UsageError(f"a format is missing (usage: {USAGE})")
    return variable, words


class _Stop(Exception):
    """``\\c`` in a ``%b`` argument: write nothing more."""


class _Printing:
    """One call: the format, its arguments, and what went wrong so far."""

    def __init__(self, call: Call, text: str, arguments: list[str]) -> None:
        self._call = call
        self._pieces, self._wrong = parse_format(text)
        self._arguments = arguments
        self._next = 0
        self._output = bytearray()
        self.status = 0

    def run(self) -> bytes:
        """The output. The format is used again while arguments are left and it takes some."""
        try:
            while True:
                before = self._next
                for piece in self._pieces:
                    self._write(piece)
                if self._wrong or self._next >= len(self._arguments) or self._next == before:
                    break
        except _Stop:
            return bytes(self._output)
        if self._wrong:
            self._complain(self._wrong)
        return bytes(self._output)

    def _write(self, piece: Piece) -> None:
        if isinstance(piece, bytes):
            self._output += piece
        elif piece.kind == "s" and not (piece.width_from_argument or piece.precision_from_argument):
            self._output += clipped(self._text().encode("utf-8", "surrogateescape"), piece)
        else:
            self._convert(self._sized(piece))

    def _convert(self, conversion: Conversion) -> None:
        kind = conversion.kind
        if kind in "diouxX":
            self._output += integer(self._integer(signed=kind in "di"), conversion)
        elif kind in "eEfFgGaA":
            self._output += floating(self._float(), conversion)
        elif kind == "b":
            data, stopped = unescape(self._text(), PERCENT_B)
            self._output += clipped(data, conversion)
            if stopped:
                raise _Stop
        elif kind == "c":
            first = self._text().encode("utf-8", "surrogateescape")[:1]
            self._output += padded(first or b"\0", conversion)
        elif kind == "T":
            self._output += clipped(self._time(conversion.time_format), conversion)
        else:
            self._output += self._quoted(kind, conversion)

    def _sized(self, conversion: Conversion) -> Conversion:
        """The conversion with ``*`` replaced by arguments; a negative width is the flag ``-``."""
        if conversion.width_from_argument:
            width = self._size()
            flags = conversion.flags | {"-"} if width < 0 else conversion.flags
            conversion = replace(conversion, width=abs(width), flags=flags)
        if conversion.precision_from_argument:
            precision = self._size()
            conversion = replace(conversion, precision=precision if precision >= 0 else None)
        return conversion

    def _size(self) -> int:
        value = self._integer(signed=True)
        return max(-(2**31 - 1), min(value, 2**31 - 1))

    def _quoted(self, kind: str, conversion: Conversion) -> bytes:
        from azos_shell.commands.printf_quote import quoted

        text = self._text()
        if kind == "Q":  # the precision is the word's, not the quoted form's
            data = text.encode("utf-8", "surrogateescape")[: conversion.precision]
            return padded(
                quoted(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"), conversion
            )
        return clipped(quoted(text).encode("utf-8", "surrogateescape"), conversion)

    def _time(self, time_format: str) -> bytes:
        from azos_shell.commands.printf_time import time_text

        given = self._next < len(self._arguments)
        seconds: float = self._integer(signed=True) if given else -1
        if seconds == -1:
            seconds = self._call.services.clock.wall()
        try:
            text = time_text(time_format, seconds, self._call.shell.get("TZ"))
        except ValueError:
            self._complain(f"'{seconds}': a time out of range")
            return b""
        return text.encode("utf-8", "surrogateescape")

    def _text(self) -> str:
        index = self._next
        self._next = index + 1
        return self._arguments[index] if index < len(self._arguments) else ""

    def _integer(self, *, signed: bool) -> int:
        from azos_shell.commands.printf_numbers import read_integer

        text = self._text()
        if text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 19:
            return int(text)
        read = read_integer(text, signed=signed)
        self._check(text, read.complete, read.clamped)
        return read.value

    def _float(self) -> Extended:
        from azos_shell.commands.printf_numbers import read_float

        text = self._text()
        read = read_float(text)
        self._check(text, read.complete, read.clamped)
        return read.value

    def _check(self, text: str, complete: bool, clamped: bool) -> None:
        if not complete:
            self._complain(f"'{text}': expected a number")
        elif clamped:
            self._call.error(f"warning: '{text}': out of range")

    def _complain(self, message: str) -> None:
        self.status = self._call.error(message, 1)


COMMANDS = (printf,)
