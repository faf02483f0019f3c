"""Command and process substitution: a command's output as text, or as a file (POSIX XCU 2.6.3; bash)."""

from __future__ import annotations

import fcntl
import os
import signal
from typing import TYPE_CHECKING

from azos_shell.core.drive import ensure_loop
from azos_shell.language import tree
from azos_shell.shell.capture import Capture
from azos_shell.shell.control import Interrupted
from azos_shell.shell.files import FileTable, OpenFile, new_pipe
from azos_shell.shell.jobs import Job

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


async def substitute(shell: Interpreter, body: tree.CommandList) -> str:
    """Run ``body`` in a subshell and return its output without NULs and trailing newlines."""
    capture = Capture()
    twin = shell.subshell()
    twin.trace_depth += 1
    twin.state.files.assign(1, capture)
    try:
        file = _only_redirected(body)
        if file is not None:
            status = await _read_file(twin, file, capture)
        else:
            status = await twin.to_end(twin.run_list(body))
        output = await capture.result()
    except BaseException:
        capture.abandon()
        raise
    shell.state.substitution_status = status
    shell.state.last_status = status
    if b"\0" in output:
        output = output.replace(b"\0", b"")
    return output.rstrip(b"\n").decode("utf-8", "surrogateescape")


def _only_redirected(body: tree.CommandList) -> tree.SimpleCommand | None:
    """``$(<file)``: the file's content, without a program."""
    if len(body.items) != 1 or body.items[0].background:
        return None
    node = body.items[0].command
    if not isinstance(node, tree.SimpleCommand) or node.words or node.assignments:
        return None
    return node if [redirection.operator for redirection in node.redirections] == ["<"] else None


async def _read_file(shell: Interpreter, node: tree.SimpleCommand, capture: Capture) -> int:
    from azos_shell.shell.redirection import redirect

    async def copy() -> int:
        await redirect(shell, node.redirections, shell.state.files)
        async for chunk in shell.state.files.get(0).chunks():
            capture.write(chunk)
        return 0

    return await shell.to_end(copy())


async def process_substitution(shell: Interpreter, part: tree.ProcessSubstitution) -> str:
    """Start the command in the background and return the name of its other end, ``/dev/fd/N``."""
    await ensure_loop()
    import asyncio

    reader, writer = new_pipe()
    ours, theirs, number = (reader, writer, 1) if part.direction == "<" else (writer, reader, 0)
    fd = _clear_of(shell.state.files, ours)
    twin = shell.subshell(Job("process substitution", in_background=True))
    twin.state.files.assign(number, OpenFile(theirs))

    async def work() -> int:
        try:
            return await twin.to_end(twin.run_list(part.body))
        except Interrupted:
            return 128 + signal.SIGINT

    task = asyncio.get_running_loop().create_task(work())
    shell.runtime.keep(task)
    shell.state.files.assign(fd, OpenFile(fd))
    shell.expander.opened.append(fd)
    return f"/dev/fd/{fd}"


def _clear_of(table: FileTable, fd: int) -> int:
    """The same open file at a number that the table does not have: commands see it under its number in here."""
    while fd in table:
        taken, fd = fd, fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, fd + 1)
        os.close(taken)
    return fd
