"""Redirections: from the tree to open files in a table (POSIX XCU 2.7)."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from azos_shell.core.drive import loop_running
from azos_shell.language import tree
from azos_shell.language.tree import Redirection
from azos_shell.shell.assignment import assign
from azos_shell.shell.control import RedirectionError
from azos_shell.shell.files import CLOSED, FileTable, OpenFile, Overlay, descriptor_named, move_high

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter

_FLAGS = {
    "<": os.O_RDONLY,
    ">": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">|": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "<>": os.O_RDWR | os.O_CREAT,
    "&>": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "&>>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
}

_FIRST_CHOSEN = 10
_FIRST = tree.Word((), "0", 0, 0)


async def redirect(
    shell: Interpreter, redirections: tuple[Redirection, ...], table: FileTable | Overlay
) -> None:
    """Carry out the redirections, in order, on ``table``. Raises RedirectionError; what was done stays done."""
    for redirection in redirections:
        operator = redirection.operator
        number = redirection.fd
        if redirection.variable is not None:
            if await _closes_by_variable(shell, redirection, redirection.variable, table):
                continue
            number = await _chosen_number(shell, redirection.variable, table)
        elif number is None:
            number = 0 if operator[0] == "<" else 1
        if operator in ("<<", "<<-", "<<<"):
            text = await shell.expander.text(redirection.target)
            table.assign(number, here_document(text + ("\n" if operator == "<<<" else "")))
        elif operator in ("<&", ">&"):
            await _duplicate(shell, redirection, number, table)
        else:
            target = await _target(shell, redirection)
            file = await _open(shell, target, operator, table)
            table.assign(number, file)
            if operator in ("&>", "&>>"):
                table.assign(2, file)
        if (
            redirection.variable is not None
            and table is not shell.state.files
            and isinstance(table, FileTable)
        ):
            shell.state.files.assign(number, table.get(number))  # it outlasts the command, as its number does


async def _chosen_number(shell: Interpreter, variable: tree.Assignment, table: FileTable | Overlay) -> int:
    """The first free number from 10 on, which the variable gets."""
    number = _FIRST_CHOSEN
    while table.get(number) is not CLOSED:
        number += 1
    await assign(shell, variable.name, variable.subscript, str(number))
    return number


async def _closes_by_variable(
    shell: Interpreter, redirection: Redirection, variable: tree.Assignment, table: FileTable | Overlay
) -> bool:
    """Do ``{name}>&-``: close the number that the variable has, also for what follows."""
    if redirection.operator not in ("<&", ">&") or redirection.target.text != "-":
        return False
    array = shell.state.variables.values.get(variable.name)
    value = await shell.expander.element(array, variable.subscript or _FIRST)
    if not isinstance(value, str) or not value.isdecimal():
        raise RedirectionError(f"{variable.name}: ambiguous redirect")
    for files in (table, shell.state.files):
        files.close(_number(value))
    return True


async def _target(shell: Interpreter, redirection: Redirection) -> str:
    word = redirection.target
    if word.text is not None:
        return word.text
    fields: list[str] = []
    await shell.expander.add_fields(word, fields)
    if len(fields) != 1:
        raise RedirectionError("ambiguous redirect")
    return fields[0]


async def _duplicate(
    shell: Interpreter, redirection: Redirection, number: int, table: FileTable | Overlay
) -> None:
    """``n>&m``, ``n>&m-`` and ``n>&-``; ``>&word`` is ``&>word`` where the word is no number (bash)."""
    target = await _target(shell, redirection)
    if target == "-":
        table.close(number)
        return
    source = target.removesuffix("-")
    if not source.isdecimal():
        if redirection.operator == ">&" and redirection.fd is None:
            file = await _open(shell, target, "&>", table)
            table.assign(1, file)
            table.assign(2, file)
            return
        raise RedirectionError(f"{target}: ambiguous redirect")
    wanted = _number(source)
    file = table.get(wanted)
    if file is CLOSED:
        raise RedirectionError(f"{source}: bad file descriptor")
    table.assign(number, file)
    if target.endswith("-") and wanted != number:
        table.close(wanted)


def _number(digits: str) -> int:
    """The number of a descriptor; -1, which never is one, where it is far too large."""
    return int(digits) if len(digits) < 10 else -1


async def _open(shell: Interpreter, target: str, operator: str, table: FileTable | Overlay) -> OpenFile:
    """Open the file. ``/dev/stdout`` and kin mean the command's own files, which are not the process's."""
    flags = _FLAGS[operator]
    number = descriptor_named(target)
    if number is not None and table.get(number) is not CLOSED:
        return _opened_again(table.get(number), flags)
    path = shell.resolve_path(target).encode("utf-8", "surrogateescape") if target else b""
    if operator in (">", "&>") and shell.state.options.noclobber:
        flags = _without_clobbering(path, flags, target)
    try:
        if loop_running() and _is_fifo(path):  # opening it waits for the other side
            import asyncio

            fd = await asyncio.to_thread(os.open, path, flags, 0o666)
        else:
            with shell.masked():
                fd = os.open(path, flags, 0o666)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a name can't hold a NUL byte"
        raise RedirectionError(f"{target}: {reason}") from error
    return OpenFile(move_high(fd))


def _opened_again(file: OpenFile, flags: int) -> OpenFile:
    """What the system makes of opening ``/dev/fd/N``: the file anew; the same one where that can't be (a socket)."""
    try:
        return OpenFile(move_high(os.open(f"/proc/self/fd/{file.fileno()}", flags)))
    except OSError:
        return file


def _without_clobbering(path: bytes, flags: int, target: str) -> int:
    """``set -C``: a regular file that exists is not written over; devices and pipes may be."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return flags | os.O_EXCL
    if stat.S_ISREG(mode):
        raise RedirectionError(f"{target}: cannot overwrite existing file")
    return flags


def _is_fifo(path: bytes) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def here_document(text: str) -> OpenFile:
    """An unnamed file that holds the text, open for reading from its start."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        fd = os.memfd_create("here-document")
        while data:
            data = data[os.write(fd, data) :]
        os.lseek(fd, 0, os.SEEK_SET)
    except OSError as error:
        raise RedirectionError(f"here-document: {error.strerror}") from error
    return OpenFile(move_high(fd))
