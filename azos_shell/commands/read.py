"""Reading a line: ``read`` (POSIX XCU read)."""

from __future__ import annotations

import re

from azos_shell.plugin import Call, command
from azos_shell.shell.expansion import DEFAULT_IFS
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.lines import read_line

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


@command("read", raw=True, usage="read [-r] [-p PROMPT] NAME…", category="Input and output")
async def read(call: Call) -> int:
    """Read one line from standard input into variables; never a byte more than the line.

    The line is split at `IFS`; the last variable gets what is left. A backslash takes the next character literally and
    joins lines, unless `-r`. The status is 1 at the end of input.

    Examples:
        $ printf 'one two three\\n' | { read a b; echo "$b"; }
        two three
    """
    shell: Interpreter = call.shell
    raw, prompt = False, ""
    args = list(call.args)
    while args and args[0].startswith("-") and len(args[0]) > 1:
        flag = args.pop(0)
        if flag == "--":
            break
        if flag == "-r":
            raw = True
        elif flag in ("-p", "-rp"):
            raw = raw or flag == "-rp"
            prompt = args.pop(0) if args else ""
        else:
            return call.error(f"{flag}: invalid option", 2)
    for name in args:
        if not _NAME(name):
            return call.error(f"{name!r}: not a valid identifier", 2)
    if prompt and call.stdin.is_terminal():
        call.stderr.write(prompt.encode("utf-8", "surrogateescape"))
    try:
        line, escaped, complete = await _logical_line(call, raw)
    except OSError as error:
        return call.error(f"read error: {error.strerror}")
    ifs = shell.get("IFS")
    for name, value in zip(
        args or ["REPLY"], _split(line, escaped, args, DEFAULT_IFS if ifs is None else ifs), strict=True
    ):
        shell.assign_now(name, value)
    return 0 if complete else 1


async def _logical_line(call: Call, raw: bool) -> tuple[str, set[int], bool]:
    """The line without its newline, the positions that a backslash protected, and whether there was a newline."""
    text: list[str] = []
    escaped: set[int] = set()
    while True:
        data, complete = await read_line(call.stdin)
        line = data.replace(b"\0", b"").decode("utf-8", "surrogateescape")
        if raw:
            return line, escaped, complete
        index = 0
        joined = False
        while index < len(line):
            if line[index] == "\\":
                if index + 1 == len(line):
                    joined = complete
                    break
                index += 1
                escaped.add(len(text))
            text.append(line[index])
            index += 1
        if not joined:
            return "".join(text), escaped, complete


def _split(line: str, escaped: set[int], names: list[str], ifs: str) -> list[str]:
    """The values of the variables (POSIX read: field splitting with the last one taking the rest)."""
    soft = {c for c in ifs if c in " \t\n"}
    hard = set(ifs) - soft
    if not names:
        return [line]
    start, end = 0, len(line)
    while start < end and line[start] in soft and start not in escaped:
        start += 1
    values: list[str] = []
    position = start
    while len(values) < len(names) - 1 and position < end:
        begin = position
        while position < end and (position in escaped or line[position] not in ifs):
            position += 1
        values.append(line[begin:position])
        position = _after_delimiter(line, position, end, soft, hard, escaped)
    values.append(_rest(line, position, end, soft, hard, escaped))
    return values + [""] * (len(names) - len(values))


def _after_delimiter(
    line: str, position: int, end: int, soft: set[str], hard: set[str], escaped: set[int]
) -> int:
    seen_hard = False
    while position < end and position not in escaped:
        if line[position] in soft:
            position += 1
        elif line[position] in hard and not seen_hard:
            seen_hard = True
            position += 1
        else:
            break
    return position


def _rest(line: str, position: int, end: int, soft: set[str], hard: set[str], escaped: set[int]) -> str:
    """What the last variable gets: trailing IFS white space goes, and one trailing delimiter if it ends one field."""
    while end > position and line[end - 1] in soft and (end - 1) not in escaped:
        end -= 1
    text = line[position:end]
    marks = [i for i in range(position, end) if line[i] in hard and i not in escaped]
    if marks == [end - 1]:
        text = text[:-1].rstrip("".join(soft)) if soft else text[:-1]
    return text


COMMANDS = (read,)
