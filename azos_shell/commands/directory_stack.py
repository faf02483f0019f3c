"""The directory stack: ``pushd popd dirs`` (bash)."""

from __future__ import annotations

import re

from azos_shell.commands.directory import change_directory
from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter

CATEGORY = "Files"
_INDEX = re.compile(r"[-+][0-9]+").fullmatch


def _stack(shell: Interpreter) -> list[str]:
    """The working directory and those under it."""
    return [shell.cwd, *shell.state.directories]


def _position(call: Call, word: str, stack: list[str]) -> int | None:
    """What ``+N`` (from the top) or ``-N`` (from the bottom) means; None, and told, where there is no such entry."""
    count = int(word[1:])
    position = count if word[0] == "+" else len(stack) - 1 - count
    if 0 <= position < len(stack):
        return position
    call.error(f"{word}: directory stack index out of range" if len(stack) > 1 else "directory stack empty")
    return None


def _show(call: Call, shell: Interpreter) -> int:
    call.write_names(" ".join(_short(shell, directory) for directory in _stack(shell)) + "\n")
    return 0


def _short(shell: Interpreter, directory: str) -> str:
    home = shell.get("HOME")
    if home and home != "/" and (directory == home or directory.startswith(home + "/")):
        return "~" + directory[len(home) :]
    return directory


@command("dirs", raw=True, usage="dirs [-clpv] [+N|-N]", category=CATEGORY)
def dirs(call: Call) -> int:
    """Show the directory stack, the working directory first.

    Options:
        -c  clear the stack
        -l  long: the home directory is not shown as `~`
        -p  one directory a line
        -v  one a line, numbered
        +N  the entry that is N-th from the top (0); `-N` from the bottom

    Examples:
        $ cd /usr; pushd /tmp >/dev/null; dirs
        /tmp /usr
    """
    shell: Interpreter = call.shell
    stack, flags = _stack(shell), set[str]()
    chosen: int | None = None
    for word in call.args:
        if _INDEX(word):
            chosen = _position(call, word, stack)
            if chosen is None:
                return 1
        elif word[:1] == "-" and len(word) > 1 and not set(word[1:]) - set("clpv"):
            flags.update(word[1:])
        elif word != "--":
            return call.error(f"{word}: invalid option", 2)
    if "c" in flags:
        shell.state.directories = []
        return 0
    shown = stack if "l" in flags else [_short(shell, directory) for directory in stack]
    if chosen is not None:
        call.write_names(f"{shown[chosen]}\n")
    elif "v" in flags:
        call.write_names("".join(f"{number:2}  {directory}\n" for number, directory in enumerate(shown)))
    else:
        call.write_names(("\n" if "p" in flags else " ").join(shown) + "\n")
    return 0


def _operands(call: Call) -> tuple[bool, list[str]] | None:
    """Whether ``-n`` was given (the stack changes, the directory does not), and the operands."""
    args = list(call.args)
    stays = False
    while args and args[0][:1] == "-" and len(args[0]) > 1 and not _INDEX(args[0]):
        flag = args.pop(0)
        if flag == "--":
            break
        if flag != "-n":
            call.error(f"{flag}: invalid option")
            return None
        stays = True
    if len(args) > 1:
        call.error("too many arguments")
        return None
    return stays, args


@command("pushd", raw=True, usage="pushd [-n] [DIRECTORY|+N|-N]", category=CATEGORY)
def pushd(call: Call) -> int:
    """Go to a directory and remember the present one on the directory stack.

    Alone it swaps the two on top; `+N` and `-N` turn the stack until the entry N-th from the top or bottom is on top.
    `-n` changes the stack only. The new stack is shown.

    Examples:
        $ cd /usr; pushd /tmp; popd
        /tmp /usr
        /usr
    """
    shell: Interpreter = call.shell
    parsed = _operands(call)
    if parsed is None:
        return 1
    stays, args = parsed
    stack = _stack(shell)
    if args and not _INDEX(args[0]):
        if stays:
            shell.state.directories = [args[0], *stack[1:]]
            return _show(call, shell)
        if change_directory(call, args[0]):
            return 1
        shell.state.directories = stack
        return _show(call, shell)
    if not args:
        if len(stack) < 2:
            return call.error("no other directory")
        turned = [stack[1], stack[0], *stack[2:]]
    else:
        position = _position(call, args[0], stack)
        if position is None:
            return 1
        turned = stack[position:] + stack[:position]
    if not stays and change_directory(call, turned[0], literal=True):
        return 1
    shell.state.directories = turned[1:]
    return _show(call, shell)


@command("popd", raw=True, usage="popd [-n] [+N|-N]", category=CATEGORY)
def popd(call: Call) -> int:
    """Take the top entry off the directory stack and go to the one under it.

    `+N` and `-N` take the entry N-th from the top or bottom off. `-n` changes the stack only.

    Examples:
        $ cd /usr; pushd /tmp >/dev/null; popd
        /usr
    """
    shell: Interpreter = call.shell
    parsed = _operands(call)
    if parsed is None:
        return 1
    stays, args = parsed
    stack = _stack(shell)
    if args and not _INDEX(args[0]):
        return call.error(f"{args[0]}: invalid argument", 2)
    if len(stack) < 2:
        return call.error("directory stack empty")
    position = _position(call, args[0], stack) if args else 0
    if position is None:
        return 1
    if position == 0 and not stays:
        if change_directory(call, stack[1], literal=True):
            return 1
        shell.state.directories = stack[2:]
    else:
        del stack[max(position, 1)]
        shell.state.directories = stack[1:]
    return _show(call, shell)


COMMANDS = (pushd, popd, dirs)
