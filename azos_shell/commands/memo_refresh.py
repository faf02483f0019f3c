"""Refreshing: an answer that was given although it is old is made anew by an azos of its own, in the background."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from azos_shell.commands.memo_options import as_words
from azos_shell.core.frozen import replace
from azos_shell.language.quoting import quote
from azos_shell.shell.files import FileTable, OpenFile, move_high

if TYPE_CHECKING:
    from azos_shell.commands.memo_options import MemoOptions
    from azos_shell.commands.memo_request import Request
    from azos_shell.shell.interpreter import Interpreter


def start_refreshing(
    shell: Interpreter, request: Request, key: str, options: MemoOptions, environment: dict[bytes, bytes]
) -> None:
    """Start it and forget it: it belongs to no job, has no terminal and says nothing.

    It is told the key of the answer for this very standard input, and the label, since a command line's scope is part
    of the text that it is given.
    """
    flags = as_words(replace(options, fresh=True, warm=True, quiet=True, stale_seconds=options.stale_seconds))
    words = list(request.words) if request.program is not None else [request.text]
    flags += [f"--full-key={key}", f"--label={request.label}"]
    line = " ".join(quote(word) for word in ["memo", *flags, "--", *words])
    argv = [sys.executable, "-P", "-m", "azos_shell", "-c", line, "azos", *request.positional]
    null = OpenFile(move_high(os.open(os.devnull, os.O_RDWR)))
    files = FileTable()
    for number in (0, 1, 2):
        files.assign(number, null)
    try:  # in the table of processes, so that it is reaped where this shell lives on
        shell.runtime.processes.start(argv[0], argv, environment, files, group=0, cwd=shell.foreign_cwd())
    finally:
        files.release()
