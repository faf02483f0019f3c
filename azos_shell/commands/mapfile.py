"""Lines into an array: ``mapfile`` and ``readarray`` (bash)."""

from __future__ import annotations

from dataclasses import dataclass

from azos_shell.language.quoting import quote
from azos_shell.plugin import Call, UsageError, command
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.assignment import is_assignable
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.lines import read_line

_USAGE = "[-t] [-d DELIMITER] [-n COUNT] [-O ORIGIN] [-s COUNT] [-u FD] [-C CALLBACK] [-c QUANTUM] [ARRAY]"
CATEGORY = "Input and output"


@dataclass
class _Wish:
    """What the options ask for."""

    strips: bool = False
    delimiter: bytes = b"\n"
    count: int = 0
    origin: int | None = None
    skipped: int = 0
    number: int = 0
    callback: str = ""
    quantum: int = 5000
    name: str = "MAPFILE"


def _parsed(args: list[str]) -> _Wish:
    """Raises UsageError."""
    wish, words = _Wish(), list(args)
    while words and len(words[0]) > 1 and words[0][0] == "-":
        word = words.pop(0)
        if word == "--":
            break
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter == "t":
                wish.strips = True
                continue
            if letter not in "dnOsuCc":
                raise UsageError(f"-{letter}: invalid option (usage: mapfile {_USAGE})")
            if not letters and not words:
                raise UsageError(f"-{letter}: option requires an argument")
            _take(wish, letter, letters or words.pop(0))
            letters = ""
    if words:
        wish.name = words[0]
        if not is_assignable(wish.name) or "[" in wish.name:
            raise UsageError(f"{wish.name!r}: not a valid identifier", status=1)
    return wish


def _take(wish: _Wish, letter: str, text: str) -> None:
    if letter == "d":
        wish.delimiter = text.encode("utf-8", "surrogateescape")[:1] or b"\0"
    elif letter == "C":
        wish.callback = text
    elif not (text.isascii() and text.isdecimal()):
        raise UsageError(f"-{letter}: {text}: invalid number", status=1)
    else:
        field = {"n": "count", "O": "origin", "s": "skipped", "u": "number", "c": "quantum"}[letter]
        setattr(wish, field, int(text))


async def _mapfile(call: Call) -> int:
    shell: Interpreter = call.shell
    try:
        wish = _parsed(call.args)
    except UsageError as error:
        return call.error(error.message, error.status)
    variables = shell.state.variables
    present = variables.values.get(wish.name)
    if isinstance(present, dict):
        return call.error(f"{wish.name}: not an indexed array")
    if wish.origin is None:
        variables.set(wish.name, IndexedArray())
    at, read = wish.origin or 0, 0
    source = call.stdin if wish.number == 0 else shell.state.files.get(wish.number)
    while not wish.count or read < wish.count:
        try:
            data, complete = await read_line(source, wish.delimiter)
        except OSError as error:
            return call.error(f"read error: {error.strerror}")
        if not data and not complete:
            break
        if wish.skipped:
            wish.skipped -= 1
            continue
        line = data.replace(b"\0", b"") + (
            b"" if wish.strips or not complete else wish.delimiter.strip(b"\0")
        )
        text = line.decode("utf-8", "surrogateescape")
        read += 1
        if wish.callback and read % wish.quantum == 0:
            await shell.run_text(f"{wish.callback} {at} {quote(text)}", name=shell.source_name)
        variables.set_element(wish.name, at, text)
        at += 1
    return 0


@command("mapfile", raw=True, usage=f"mapfile {_USAGE}", category=CATEGORY)
async def mapfile(call: Call) -> int:
    """Read the lines of standard input into an indexed array (`MAPFILE`).

    Options:
        -t            leave out the newline of each line
        -d DELIMITER  lines end at DELIMITER (at a NUL byte, if it is empty)
        -n COUNT      read at most COUNT lines
        -O ORIGIN     begin at that index and keep what the array has
        -s COUNT      skip the first COUNT lines
        -u FD         read from that descriptor
        -C CALLBACK   before every QUANTUM-th line run CALLBACK with its index and text
        -c QUANTUM    how many lines that is (5000)

    Examples:
        $ printf 'a\\nb\\n' | { mapfile -t lines; echo "${lines[1]} ${#lines[@]}"; }
        b 2
    """
    return await _mapfile(call)


@command("readarray", raw=True, usage=f"readarray {_USAGE}", category=CATEGORY)
async def readarray(call: Call) -> int:
    """The same as `mapfile`.

    Examples:
        $ readarray -t words <<< one; echo ${words[0]}
        one
    """
    return await _mapfile(call)


COMMANDS = (mapfile, readarray)
