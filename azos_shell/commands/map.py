"""``map``: one command for each line or record that comes in, many at a time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

from azos_shell.bus.intake import chunks_of
from azos_shell.commands import map_options as options
from azos_shell.commands.map_items import (
    Entry,
    count_in,
    entries_of_input,
    entries_of_lines,
    entries_of_words,
)
from azos_shell.commands.map_run import log_of, order_of, run_items
from azos_shell.commands.map_template import Template, template_of
from azos_shell.plugin import Argument, AzosError, Call, Chunk, Option, UsageError, command
from azos_shell.shell.files import OpenFile
from azos_shell.shell.interpreter import Interpreter

if TYPE_CHECKING:
    from azos_shell.language.tree import CommandList

_ITEMS_FOLLOW = ":::"


@command(
    "map",
    records=True,
    reads_records=True,
    options_first=True,
    usage="map [OPTIONS] COMMAND [ARGUMENT…] [::: ITEM…]",
    category="Data",
)
async def map_(
    call: Call,
    *words: Annotated[str, Argument(metavar="COMMAND", complete="command", help="what to run for each item")],
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
    null: Annotated[bool, Option("-0", help="the items end in NUL bytes, not in newlines")] = False,
    arg_file: Annotated[
        str | None, Option("-a", metavar="FILE", help="take the items from there and not from standard input")
    ] = None,
) -> AsyncIterator[Chunk]:
    """Run a command for each line or record that comes in, many at a time.

    COMMAND is words, or one quoted command line with pipes, loops and all that. In it `{}` is the item, `{.}`
    the item without its extension, `{/}` its file name, `{//}` its directory, `{/.}` its file name without
    extension, `{#}` its number, `{name}` a field of a record (from a command before that gives records, or
    from JSON, CSV or TSV that has that field). A command without any of these gets the item as its last
    argument. Items are put into the command after it was parsed: whatever they hold stays one argument and
    is never run. Braces with a blank behind them are no place: `awk "{ print }"`.

    Each item runs in a subshell: built-in commands in this process, at low priority, their answers from the
    cache where they may; programs as processes, without the terminal. Outputs are passed on item by item,
    as they come or, with `-k`, in order. Items are read as they are needed.

    The log has the format of GNU parallel. `--resume FILE` goes on after an interruption: an item is done if
    the log has a line of its number and its command.

    Exit status:
        How many items failed; 101 for more than a hundred; 130 when interrupted; 2 if it was called wrongly.

    Examples:
        $ seq 3 | map -k 'echo $(( {} * {} ))'
        1
        4
        9
        $ map -k --tag echo {/.} ::: a/b.txt c.tar.gz | tr '\\t' :
        a/b.txt:b
        c.tar.gz:c.tar
        $ printf '{"name":"ann","age":3}\\n' | map 'echo "{name} is {age}"'
        ann is 3
        $ printf '%s\\n' 'a b' '$(date)' '"' | map -k printf '<%s>\\n'
        <a b>
        <$(date)>
        <">
    """
    shell: Interpreter = call.shell
    command_words, items = _split(words)
    template = template_of(command_words, shell.state.alias)
    end = b"\0" if null else b"\n"
    entries = _entries(call, items, template, arg_file, end)
    order = order_of(
        _filled(template),
        jobs=jobs,
        keep_order=keep_order,
        retries=retries,
        timeout=timeout,
        halt=halt,
        dry_run=dry_run,
        tag=tag,
    )
    log = None if dry_run else log_of(shell, joblog, resume, resume_failed=resume_failed)
    chunks = run_items(call, order, log, entries, _total(call, items, arg_file, end))
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk


def _split(words: tuple[str, ...]) -> tuple[list[str], list[str] | None]:
    """The words of the command, and the items that follow ``:::``."""
    command_words = list(words)
    items = None
    if _ITEMS_FOLLOW in command_words:
        at = command_words.index(_ITEMS_FOLLOW)
        command_words, items = command_words[:at], command_words[at + 1 :]
    return command_words, items


def _filled(template: Template) -> Callable[[Entry], CommandList]:
    """What gives an item's command. Text fills no fields, so a template with those alone gets the item at its end."""

    def filled(entry: Entry) -> CommandList:
        fitting = template if entry.fields is not None or template.has_item else template.with_item
        return fitting.filled(entry.place)

    return filled


def _entries(
    call: Call, items: list[str] | None, template: Template, path: str | None, end: bytes
) -> AsyncGenerator[list[Entry], None]:
    if items is not None:
        if path is not None:
            raise UsageError("items come from -a FILE or after :::, not from both")
        return _given(entries_of_words(items))
    if path is not None and path != "-":
        return _of_file(call.shell.resolve_path(path), end)
    if call.stdin.is_terminal():
        raise UsageError("nothing is piped in: give items by a pipe, by -a FILE or after :::")
    return entries_of_input(chunks_of(call.stdin), template.fields, end)


def _total(call: Call, items: list[str] | None, path: str | None, end: bytes) -> int | None:
    """How many items there will be, where that can be told without waiting and somebody sees it."""
    if items is not None:
        return len(items)
    if not call.stderr.is_terminal() or (path is None and hasattr(call.stdin, "as_written")):
        return (
            None  # what is handed over as records has no descriptor, and asking for one would make it bytes
        )
    try:
        if path is not None and path != "-":
            with open(call.shell.resolve_path(path), "rb") as file:
                return count_in(file.fileno(), end)
        return count_in(call.stdin.fileno(), end)
    except OSError:
        return None


async def _given(entries: list[Entry]) -> AsyncGenerator[list[Entry], None]:
    yield entries


async def _of_file(path: str, end: bytes) -> AsyncGenerator[list[Entry], None]:
    import asyncio

    try:
        file = OpenFile(await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)).retain()
    except OSError as error:
        raise AzosError(f"{path}: {error.strerror}") from error
    try:
        async for entries in entries_of_lines(file.chunks(), end):
            yield entries
    finally:
        file.release()


COMMANDS = (map_,)
