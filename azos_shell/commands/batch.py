"""``batch``: the command lines of a file, many at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated

from azos_shell.commands import map_options as options
from azos_shell.commands.map_items import Entry
from azos_shell.commands.map_run import log_of, order_of, run_items
from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import Parser
from azos_shell.language.tree import CommandList
from azos_shell.plugin import Argument, AzosError, Call, Chunk, UsageError, command
from azos_shell.shell.interpreter import Interpreter

_BATCH_LINES = 64


@command("batch", records=True, category="Data")
async def batch(
    call: Call,
    file: Annotated[
        str, Argument(complete="path", help="the file with the command lines; - for standard input")
    ],
    *,
    jobs: options.Jobs = options.ALL_PROCESSORS,
    keep_order: options.KeepOrder = False,
    retries: options.Retries = 1,
    timeout: options.Timeout = None,
    joblog: options.LogFile = None,
    resume: options.Resume = None,
    resume_failed: options.ResumeFailed = False,
    halt: options.HaltWhen = "never",
    dry_run: options.DryRun = False,
    tag: options.Tag = False,
) -> AsyncIterator[Chunk]:
    """Run the command lines of a file, many at a time.

    Each command line of FILE (a line, or several that belong together, as a loop or a here-document does) is
    run as an item of `map` is: in a subshell of its own, so that none sees what another did, with its output
    passed on when it is done or, with `-k`, in order. Comments and empty lines are skipped. See `help map`
    for the options.

    Exit status:
        How many command lines failed; 101 for more than a hundred; 2 if a line is no command: those before it
        are run.

    Examples:
        $ printf '%s\\n' 'echo one' '# a comment' 'x=2; echo $x' 'echo ${x-unset}' | batch -k -
        one
        2
        unset
    """
    shell: Interpreter = call.shell
    source = _Source(call, file)
    order = order_of(
        _commands_of,
        jobs=jobs,
        keep_order=keep_order,
        retries=retries,
        timeout=timeout,
        halt=halt,
        dry_run=dry_run,
        tag=tag,
    )
    log = None if dry_run else log_of(shell, joblog, resume, resume_failed=resume_failed)
    chunks = run_items(call, order, log, source.entries())
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk
    if source.is_broken:
        call.status = 2


class _Source:
    """The command lines of a file, parsed as they are needed."""

    def __init__(self, call: Call, file: str) -> None:
        self._call = call
        self._file = file
        self.is_broken = False
        if file == "-" and call.stdin.is_terminal():
            raise UsageError("nothing is piped in")

    async def entries(self) -> AsyncGenerator[list[Entry], None]:
        """The command lines as items; after one that is none the error is told, and no more come."""
        shell: Interpreter = self._call.shell
        name = "standard input" if self._file == "-" else self._file
        parser = Parser(await self._text(), name=name, aliases=shell.state.alias, final=True)
        number = 0
        some: list[Entry] = []
        while True:
            began = parser.next_offset
            try:
                line = parser.next_line()
            except ShellSyntaxError as error:
                self._call.stderr.write(f"{error.render()}\n".encode("utf-8", "surrogateescape"))
                self.is_broken = True
                line = None
            if line is not None and line.items:
                number += 1
                text = parser.source(began, parser.offset).strip()
                some.append(Entry(number, text, commands=line))
            if some and (line is None or len(some) >= _BATCH_LINES):
                yield some
                some = []
            if line is None:
                return

    async def _text(self) -> str:
        if self._file == "-":
            data = b"".join([chunk async for chunk in self._call.stdin.chunks()])
        else:
            path = self._call.shell.resolve_path(self._file)
            try:
                with open(path, "rb") as file:
                    data = file.read()
            except OSError as error:
                raise AzosError(f"{self._file}: {error.strerror}") from error
        return data.decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return f"<_Source {self._file}>"


def _commands_of(entry: Entry) -> CommandList:
    assert entry.commands is not None
    return entry.commands


COMMANDS = (batch,)
