"""open: files as records."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Literal

from azos_shell.commands.rows_input import piped_records
from azos_shell.core.frozen import replace
from azos_shell.plugin import (
    Argument,
    AzosError,
    Call,
    Chunk,
    Option,
    Records,
    UsageError,
    command,
    ensure_loop,
    loop_running,
)
from azos_shell.pools.sqlite_errors import NoSuchTableError
from azos_shell.records.columns import ColumnUnion, with_columns
from azos_shell.records.format import FORMATS, format_of_name
from azos_shell.records.reading import Reading, read_records
from azos_shell.shell.files import OpenFile, move_high

_DATABASE = b"SQLite format 3\0"
_FIRST_ROWS = 100
_MOST_ROWS = 1_000


@command(
    "open", records=True, reads_records=True, usage="open [OPTIONS] [FILE… | DB [TABLE]]", category="Data"
)
async def open_(
    call: Call,
    *file: Annotated[str, Argument(complete="path", help="what to read; standard input without any")],
    format_: Annotated[
        Literal["json", "jsonl", "csv", "tsv", "lines"] | None,
        Option("-f", "--format", long=False, help="how it is written"),
    ] = None,
    no_header: Annotated[
        bool, Option(help="the first line of CSV or TSV is a row; columns are c1, c2, …")
    ] = False,
    on_error: Annotated[
        Literal["stop", "skip"], Option(help="at malformed input stop, or skip it and tell how much that was")
    ] = "stop",
) -> AsyncIterator[Chunk]:
    """Read files as records, whatever their format.

    JSON, JSON Lines, CSV (also with semicolons) and TSV are told by their content, else by the file's name; other
    text gives a record of each line. What is packed by gzip is unpacked. Several files are one stream, in which a
    column is known by its name. Of a SQLite database the tables are listed, or the rows of TABLE given.

    In CSV and TSV an empty field is NULL and `""` the empty text. A field without quotes is a number, or `true`
    or `false`, if it is one and would come back as it was written: 007 and 1e5 are text. In TSV `\\t`, `\\n`,
    `\\r` and `\\\\` stand for what they do in C, and `\\N` is NULL, too. Bytes that are no UTF-8 pass unchanged.
    A field in quotes may go over lines, up to 4 MiB.

    A program of this name is run by its path, or by `env open`.

    Examples:
        $ printf 'name,zip\\nann,02134\\n' > p.csv; open p.csv
        {"name":"ann","zip":"02134"}
        $ printf '3;x\\n' | open -f csv --no-header
        {"c1":3,"c2":"x"}

    Exit status:
        0; 1 for a file that can't be read and for malformed input.
    """
    reading = Reading(
        format=format_,
        header=False if no_header else None,
        on_error=on_error,
        tell=lambda message: call.error(message, 0),
    )
    batches = _opened(call, file, reading) if file else _piped(call, reading)
    async with aclosing(batches):
        async for batch in batches:
            yield batch


def _piped(call: Call, reading: Reading) -> AsyncGenerator[Records, None]:
    if call.stdin.is_terminal():
        raise UsageError("FILE is missing, and nothing is piped in")
    return piped_records(call, reading)


async def _opened(call: Call, files: tuple[str, ...], reading: Reading) -> AsyncGenerator[Records, None]:
    union = ColumnUnion()
    for number, name in enumerate(files):
        opened = await _open_file(call.shell.resolve_path(name), name)
        try:
            is_database = _is_database(opened)
            if is_database:
                if number or len(files) > 2:
                    raise UsageError(f"{name} is a database: say `open {name} [TABLE]`")
                await ensure_loop()
                batches = _table(call, name, files[1] if len(files) == 2 else None)
            else:
                told = format_of_name(name)
                reading = replace(reading, name_tells=told if told in FORMATS else None)
                batches = read_records(opened.chunks(), reading, origin=name)
            is_alone = len(files) == 1 or is_database
            async with aclosing(batches):
                async for batch in batches:
                    yield batch if is_alone else union.aligned(batch)
            if is_database:
                return
        finally:
            opened.release()


async def _open_file(path: str, name: str) -> OpenFile:
    try:
        if loop_running() and stat.S_ISFIFO(os.stat(path).st_mode):  # opening it waits for the other side
            import asyncio

            descriptor = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        else:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise AzosError(f"{name}: {error.strerror}") from error
    except ValueError as error:
        raise AzosError(f"{name}: a name can't hold a NUL byte") from error
    opened = OpenFile(move_high(descriptor)).retain()
    if stat.S_ISDIR(os.fstat(opened.fileno()).st_mode):
        opened.release()
        raise AzosError(f"{name}: is a directory")
    return opened


def _is_database(opened: OpenFile) -> bool:
    try:
        return os.pread(opened.fileno(), len(_DATABASE), 0) == _DATABASE
    except OSError:
        return False  # a pipe


async def _table(call: Call, name: str, table: str | None) -> AsyncGenerator[Records, None]:
    """The rows of a table, or what tables there are."""
    pool = call.services.sqlite.pool(call.shell.resolve_path(name))
    doubled = (table or "").replace('"', '""')
    query = _TABLES if table is None else f'SELECT * FROM "{doubled}"'
    batches = pool.stream(query, (), _FIRST_ROWS, max_chunk_size=_MOST_ROWS)
    try:
        async with aclosing(batches):
            async for batch in batches:
                yield batch
    except NoSuchTableError as error:
        if table is None or error.name != table:
            raise
        tables = [row[0] async for batch in pool.stream(_TABLES) for row in batch.rows]
        raise AzosError(with_columns(f"{name}: no such table: {table}", table, tables)) from error


_TABLES = """
SELECT m.name, m.type, (SELECT group_concat(name, ', ') FROM pragma_table_info(m.name)) AS columns
FROM sqlite_master AS m WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY 1
"""


COMMANDS = (open_,)
