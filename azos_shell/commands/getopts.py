"""Parsing options in scripts: ``getopts`` (POSIX XCU getopts)."""

from __future__ import annotations

import re

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


@command("getopts", raw=True, usage="getopts LETTERS NAME [ARGUMENT…]", category="Variables")
def getopts(call: Call) -> int:
    """Take the next option from the positional parameters into NAME, its value into `OPTARG`.

    A letter followed by `:` takes a value. `OPTIND` counts on; set it to 1 to begin anew. The status is 1 at the end of
    the options. With a leading `:` in LETTERS nothing is told of wrong options.

    Examples:
        $ set -- -v -o out rest; while getopts vo: x; do echo "$x:$OPTARG"; done; echo $OPTIND
        v:
        o:out
        4
    """
    shell: Interpreter = call.shell
    if len(call.args) < 2:
        return call.error("usage: getopts LETTERS NAME [ARGUMENT…]", 2)
    letters, name, *given = call.args
    if not _NAME(name):
        return call.error(f"{name!r}: not a valid identifier", 2)
    words = given or shell.state.positional
    index_text = shell.get("OPTIND") or "1"
    index = int(index_text) if index_text.isdecimal() else 1
    state = shell.state
    if state.getopts_index != index:  # somebody set OPTIND
        state.getopts_position = 0
    position = state.getopts_position or 1
    word = words[index - 1] if 0 < index <= len(words) else ""
    if position == 1 and (len(word) < 2 or word[0] != "-" or word == "--"):
        _keep(shell, index + (word == "--"), 0)
        shell.assign_now(name, "?")
        state.variables.unset("OPTARG")
        return 1
    letter = word[position]
    place = letters.find(letter, letters.startswith(":"))
    if letter == ":" or place < 0:
        return _wrong(call, name, letter, letters, word, index, position, "illegal option")
    if letters[place + 1 : place + 2] != ":":
        _advance(shell, word, index, position)
        state.variables.unset("OPTARG")
    elif word[position + 1 :]:
        shell.assign_now("OPTARG", word[position + 1 :])
        _keep(shell, index + 1, 0)
    elif index < len(words):
        shell.assign_now("OPTARG", words[index])
        _keep(shell, index + 2, 0)
    else:
        return _wrong(call, name, letter, letters, word, index, position, "option requires an argument")
    shell.assign_now(name, letter)
    return 0


def _wrong(
    call: Call, name: str, letter: str, letters: str, word: str, index: int, position: int, problem: str
) -> int:
    shell: Interpreter = call.shell
    missing = problem.startswith("option")
    if letters.startswith(":"):
        shell.assign_now("OPTARG", letter)
        shell.assign_now(name, ":" if missing else "?")
    else:
        shell.state.variables.unset("OPTARG")
        shell.assign_now(name, "?")
        if shell.get("OPTERR") != "0":
            call.error(f"{problem} -- {letter}")
    _advance(shell, word, index, position)
    return 0


def _advance(shell: Interpreter, word: str, index: int, position: int) -> None:
    if position + 1 < len(word):
        _keep(shell, index, position + 1)
    else:
        _keep(shell, index + 1, 0)


def _keep(shell: Interpreter, index: int, position: int) -> None:
    shell.assign_now("OPTIND", str(index))
    shell.state.getopts_index = index
    shell.state.getopts_position = position


COMMANDS = (getopts,)
