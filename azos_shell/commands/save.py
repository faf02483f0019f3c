"""save: records, or bytes, into a file that appears whole or not at all."""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing
from typing import TYPE_CHECKING, Annotated, Literal, cast

from azos_shell.bus.intake import chunks_of
from azos_shell.commands.save_append import FileEnd
from azos_shell.plugin import (
    Argument,
    AzosError,
    Call,
    Chunk,
    Option,
    Records,
    UsageError,
    command,
    loop_running,
)
from azos_shell.records.format import PACKED, format_of_name
from azos_shell.rendering import formatter
from azos_shell.storage.whole_file import WholeFile

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter


@command("save", reads_records=True, category="Data")
async def save(
    call: Call,
    file: Annotated[str, Argument(complete="path", help="where to")],
    *,
    format_: Annotated[
        Literal["json", "jsonl", "csv", "tsv", "markdown"] | None,
        Option("-f", "--format", long=False, help="how to write it"),
    ] = None,
    append: Annotated[
        bool, Option("-a", help="add to the file's end: JSON Lines, CSV, TSV, or bytes")
    ] = False,
    force: Annotated[bool, Option(help="replace a file in spite of `set -o noclobber`")] = False,
) -> int:
    """Write what is piped in to a file, and give nothing on.

    Records are written as the file's name says (`.json .jsonl .ndjson .csv .tsv .md`, packed where `.gz` follows),
    or as `-f` does; as JSON Lines where nothing says. Bytes, as programs write them, are saved as they are; with `-f`
    they are read as records first.

    The file is written under another name beside it and renamed when it is complete: until then, and if it is
    interrupted, what was there before stays. A file that is there is replaced, as by `>`, with `set -o noclobber`
    only by `--force`. If nothing at all comes in, as from a command that failed, it is left as it is; that one failed
    after it gave something is not known here, `set -o pipefail` tells. With `--append` the file grows as records
    come; those of CSV and TSV must have the columns of its header.

    Examples:
        $ printf '{"a":1,"b":"x"}\\n{"a":null,"b":""}\\n' | open | save t.csv; cat t.csv
        a,b
        1,x
        ,""
        $ echo '{"b":"y","a":2}' | save -a -f csv t.csv; open t.csv | count
        {"count":1}

    Exit status:
        0; 1 if the file can't be written or nothing came in; 2 if it was called wrongly.
    """
    if call.stdin.is_terminal():
        raise UsageError(f"nothing is piped in: … | save {file}")
    path = call.shell.resolve_path(file)
    name = format_ or format_of_name(file) or "jsonl"
    shell: Interpreter = call.shell
    if append:
        if file.endswith(PACKED) or name not in FileEnd.FORMATS:
            raise UsageError(f"--append adds to JSON Lines, CSV and TSV, not to {file} as {name}")
    elif shell.state.options.noclobber and not force and os.path.isfile(path):
        raise AzosError(f"{file}: is there already; say --force to replace it")
    chunks = chunks_of(call.stdin) if format_ is None else cast("AsyncGenerator[Chunk, None]", call.records())
    with ExitStack() as stack:
        if append:
            with shell.masked():
                end = stack.enter_context(FileEnd(path, name))
            await _pass(chunks, end.feed, end.write)
            return 0
        with shell.masked():
            whole = stack.enter_context(WholeFile(path))
        pack = zlib.compressobj(wbits=31) if file.endswith(PACKED) else None
        form = formatter(name)
        write: Callable[[bytes], None] = whole.write
        if pack is not None:
            write = lambda data: whole.write(pack.compress(data))  # noqa: E731
        kinds = await _pass(chunks, form.feed, write)
        if not kinds:
            return call.error(f"nothing came in; {file} is left as it was")
        if Records in kinds:
            write(form.finish())
        if pack is not None:
            whole.write(pack.flush())
        await _hear_of_interrupts(shell)
        whole.keep()
    return 0


_TURNS = 25
_TURN_SECONDS = 0.002


async def _hear_of_interrupts(shell: Interpreter) -> None:
    """Wait until a Ctrl-C that ended the programs before this command would have ended it, too.

    Programs die of it at once, which looks like the end of what they have to say; the shell learns of it when it has
    waited for them. One that only closed its output and lives on is not waited for: 50 ms are long for the former.
    """
    if not loop_running():
        return
    import asyncio

    programs = () if shell.job is None else tuple(shell.job.programs)
    for _ in range(_TURNS):
        if all(program.is_done for program in programs):
            break
        await asyncio.sleep(_TURN_SECONDS)
    await asyncio.sleep(_TURN_SECONDS if programs else 0)


async def _pass(
    chunks: AsyncGenerator[Chunk, None], form: Callable[[Records], bytes], write: Callable[[bytes], None]
) -> set[type]:
    """Write all that comes; returns what kinds of chunks these were."""
    kinds: set[type] = set()
    async with aclosing(chunks):
        async for chunk in chunks:
            kinds.add(type(chunk))
            write(form(chunk) if isinstance(chunk, Records) else chunk)
    return kinds


COMMANDS = (save,)
