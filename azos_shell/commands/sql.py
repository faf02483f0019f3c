"""``sql``: queries of SQLite files, and of rows piped in."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from azos_shell.cache.dependencies import DatabaseFiles
from azos_shell.cache.validators import Evidence
from azos_shell.commands.sql_input import StdinTable
from azos_shell.core.numbers import typed
from azos_shell.plugin import (
    Argument,
    AzosError,
    CachePolicy,
    Call,
    Chunk,
    LaneName,
    Option,
    Plan,
    Records,
    UsageError,
    command,
)
from azos_shell.pools.sqlite_errors import NoSuchColumnError, NoSuchTableError, WriteRefusedError
from azos_shell.pools.sqlite_script import is_blank, run_script

if TYPE_CHECKING:
    from azos_shell.pools.sqlite_worker import SqliteWorker

MEMORY = ":memory:"

_FIRST_CHUNK_ROWS = 100
_LARGEST_CHUNK_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of what: ``path`` is None where there is no database file."""

    path: str | None
    query: str
    parameters: dict[str, int | float | str]
    write: bool
    separator: str | None
    header: bool


def _question(
    call: Call,
    first: str,
    second: str | None,
    *,
    write: bool,
    parameter: dict[str, str],
    separator: str | None,
    header: bool,
) -> _Question:
    database, query = (None, first) if second is None else (first, second)
    if is_blank(query):
        raise UsageError("QUERY is empty")
    if database is None and os.path.isfile(call.shell.resolve_path(query)):
        raise UsageError(f"QUERY is missing: {query} is a file")
    if separator == "":
        raise UsageError("the separator is empty")
    return _Question(
        None if database in (None, MEMORY) else call.shell.resolve_path(database),
        query,
        {name: typed(value) for name, value in parameter.items()},
        write,
        "\t" if separator == "\\t" else separator,
        header,
    )


def plan_sql(
    call: Call,
    first: str,
    second: str | None = None,
    *,
    write: bool = False,
    parameter: dict[str, str],
    separator: str | None = None,
    header: bool = False,
) -> Plan:
    """The answer of a file may be kept while that is provably the same, if the query reads nothing else."""
    question = _question(
        call, first, second, write=write, parameter=parameter, separator=separator, header=header
    )
    if question.path is None or write:
        return Plan(lane=LaneName.SQLITE, only_answers=not write)
    proof = call.services.sqlite.sentinel(question.path).proof(question.query)
    if proof is None:
        return Plan(lane=LaneName.SQLITE, only_answers=True)
    # The parameters as they were written: as numbers 1 and 1.0 would be the same key.
    key = ("sql", os.path.realpath(question.path), question.query, tuple(sorted(parameter.items())))
    path = os.path.realpath(question.path)
    policy = CachePolicy(key, (proof,), durable=lambda: _evidence(path))
    return Plan(lane=LaneName.SQLITE, cache=policy, only_answers=True)


def _evidence(path: str) -> Evidence | None:
    try:
        return Evidence([DatabaseFiles.of(path)])
    except OSError:
        return None


@command(
    "sql",
    lane=LaneName.SQLITE,
    records=True,
    planner=plan_sql,
    usage="sql [OPTIONS] [DB] QUERY",
    category="Data",
)
async def sql(
    call: Call,
    first: Annotated[
        str,
        Argument(metavar="QUERY", complete="path", help="SQL; or, before it, DB: a SQLite file, or :memory:"),
    ],
    second: Annotated[str | None, Argument(metavar="QUERY", help="SQL, if DB was given")] = None,
    *,
    write: Annotated[
        bool, Option("-w", help="let the query change the database; a missing file is made")
    ] = False,
    parameter: Annotated[dict[str, str], Option("-p", help="the value of :NAME in the query")],
    separator: Annotated[
        str | None,
        Option("-F", metavar="SEP", help="what separates piped fields; a blank for runs of blanks"),
    ] = None,
    header: Annotated[bool, Option(help="the first piped row holds the names of the columns")] = False,
) -> AsyncIterator[Chunk]:
    """Query a SQLite file, or rows piped in as table `stdin`, or both at once.

    Piped JSON (an object a line, or an array of objects) keeps its names. Piped text has columns `c1`, `c2`,
    … and, last, `line`, the whole line. Its separator is, of comma, tab and runs of blanks, the first that
    cuts all lines into the same number of fields; else the first that is in every line; else the first that
    is in most. `-F` says it. Fields between commas or semicolons may be quoted. Empty lines are skipped,
    empty fields are NULL, and what looks like a number is one, unless a leading zero or plus in its column
    says that these are codes.

    Without `--write` nothing is changed. With it, several statements (`;` between them) are one transaction.
    The answer of a query that only reads a file is kept until that file changes.

    Examples:
        $ sql "select 6 * 7 as answer"
        {"answer":42}
        $ printf 'ann,3\\nbob,4\\nann,5\\n' | sql "select c1 as name, sum(c2) as total from stdin group by 1"
        {"name":"ann","total":8}
        {"name":"bob","total":4}
        $ echo '{"size":12}' | sql "select size > :least as big from stdin" -p least=10
        {"big":1}
    """
    question = _question(
        call, first, second, write=write, parameter=parameter, separator=separator, header=header
    )
    answer = _written(call, question) if write else _read(call, question)
    async with aclosing(answer):
        try:
            async for batch in answer:
                yield batch
        except WriteRefusedError as error:
            raise AzosError(f"{error.message}: say --write to let it") from error


async def _read(call: Call, question: _Question) -> AsyncGenerator[Records, None]:
    """From a pooled connection; from one of its own if the query turns out to want ``stdin``."""
    pools = call.services.sqlite
    if question.path is not None:
        batches = pools.pool(question.path).stream(
            question.query, question.parameters, _FIRST_CHUNK_ROWS, max_chunk_size=_LARGEST_CHUNK_ROWS
        )
        try:
            async with aclosing(batches):
                async for batch in batches:
                    yield batch
                return
        except NoSuchTableError as error:
            if error.name.lower() != "stdin":
                raise
    async with pools.private(question.path) as worker:
        answer = _with_stdin(call, question, worker, lambda: _stream(worker, question))
        async with aclosing(answer):
            async for batch in answer:
                yield batch


async def _written(call: Call, question: _Question) -> AsyncGenerator[Records, None]:
    """On the database's one writer; a file that was made for nothing is taken away again."""
    path = question.path
    existed = path is None or os.path.lexists(path)
    pools = call.services.sqlite
    try:
        lent = pools.private() if path is None else pools.pool(path, write=True).writer()
        async with lent as worker:
            answer = _with_stdin(
                call, question, worker, lambda: run_script(worker, question.query, question.parameters)
            )
            async with aclosing(answer):
                async for batch in answer:
                    yield batch
    except AzosError:
        if not existed and path is not None and _is_empty(path):
            os.unlink(path)
        raise


async def _with_stdin(
    call: Call,
    question: _Question,
    worker: SqliteWorker,
    ask: Callable[[], AsyncGenerator[Records, None]],
) -> AsyncGenerator[Records, None]:
    """Ask; if there is no table ``stdin``, make it and ask again. Standard input isn't touched otherwise."""
    table: StdinTable | None = None
    answered = False
    while True:
        batches = ask()
        try:
            async with aclosing(batches):
                async for batch in batches:
                    answered = True
                    yield batch
                return
        except NoSuchTableError as error:
            if table is not None or answered or error.name.lower() != "stdin":
                raise
            table = await _load(call, question, worker)
        except NoSuchColumnError as error:
            # No rows tell no names: an empty input has whatever columns it is asked for.
            if table is None or answered or not await _add_column(worker, table, error.name):
                raise _hinted(error, table) from error


async def _load(call: Call, question: _Question, worker: SqliteWorker) -> StdinTable:
    if call.stdin.is_terminal():
        raise UsageError("the query reads stdin, but nothing is piped in")
    worker.spent = True  # temporary tables stay with a connection
    table = await worker.with_connection(
        lambda connection: StdinTable(connection, separator=question.separator, header=question.header)
    )
    async for data in call.stdin.chunks():
        await worker.with_connection(lambda _, data=data: table.feed(data))  # type: ignore[misc]
    await worker.with_connection(lambda _: table.finish())
    return table


async def _add_column(worker: SqliteWorker, table: StdinTable, name: str) -> bool:
    return await worker.with_connection(lambda _: table.add_column(name))


def _stream(worker: SqliteWorker, question: _Question) -> AsyncGenerator[Records, None]:
    return worker.stream(
        question.query,
        question.parameters,
        chunk_size=_FIRST_CHUNK_ROWS,
        max_chunk_size=_LARGEST_CHUNK_ROWS,
        only_reading=True,
    )


def _hinted(error: NoSuchColumnError, table: StdinTable | None) -> AzosError:
    if table is None or len(table.columns) > 40:
        return error
    return AzosError(f"{error.message}; stdin has {', '.join(table.columns)}")


def _is_empty(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False


COMMANDS = (sql,)
