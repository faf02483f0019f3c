"""``sql``: queries of SQLite files, of files of rows, and of rows piped in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from azos_shell.commands.sql_evidence import policy_of
from azos_shell.commands.sql_pieces import pieces_of
from azos_shell.commands.sql_question import Question, question_of, reading_of
from azos_shell.plugin import (
    Argument,
    AzosError,
    BusyError,
    Call,
    Chunk,
    LaneName,
    Option,
    Plan,
    command,
)
from azos_shell.pools.sqlite_errors import NotADatabaseError, WriteRefusedError


def plan_sql(call: Call, first: str | None = None, second: str | None = None, **options: Any) -> Plan:
    """The answer of a file may be kept while that is provably the same, if the query reads nothing else."""
    question = _question(call, first, second, **options)
    if _is_talk(call, question, options["file"]):
        return Plan()  # a person who thinks must not hold a place in the lane
    plain = Plan(lane=LaneName.SQLITE, only_for_reader=not question.write)
    if question.text is None or question.write or question.engine != "sqlite":
        return plain
    cache = policy_of(call, question, options["parameter"])
    return Plan(lane=LaneName.SQLITE, cache=cache, only_for_reader=True)


@command(
    "sql",
    lane=LaneName.SQLITE,
    records=True,
    reads_records=True,
    planner=plan_sql,
    usage="sql [OPTIONS] [DB] [QUERY | .COMMAND]",
    category="Data",
)
async def sql(
    call: Call,
    first: Annotated[
        str | None,
        Argument(metavar="QUERY", complete="path", help="SQL; or, before it, DB: a SQLite file, or :memory:"),
    ] = None,
    second: Annotated[
        str | None, Argument(metavar="QUERY", help="SQL, or a dot command as .tables, if DB was given")
    ] = None,
    *,
    write: Annotated[
        bool, Option("-w", help="let the query change the database; a missing file is made")
    ] = False,
    parameter: Annotated[dict[str, str], Option("-p", help="the value of :NAME in the query")],
    file: Annotated[
        str | None, Option("-f", metavar="FILE", help="run the statements of a script; - for standard input")
    ] = None,
    continue_: Annotated[bool, Option(help="go on with a script after an error")] = False,
    separator: Annotated[
        str | None,
        Option("-F", metavar="SEP", help="what separates fields; a blank for runs of blanks"),
    ] = None,
    header: Annotated[bool, Option(help="the first piped row holds the names of the columns")] = False,
    no_header: Annotated[bool, Option(help="the first row of a file holds no names")] = False,
    on_error: Annotated[
        Literal["stop", "skip"], Option(help="what a malformed row does: end the query, or be left out")
    ] = "stop",
    engine: Annotated[
        Literal["sqlite", "duckdb"] | None, Option(help="what runs the query; duckdb reads Parquet, too")
    ] = None,
) -> AsyncIterator[Chunk]:
    """Query a SQLite file, files of rows, and rows piped in as table `stdin`, all at once.

    A table that the database doesn't have may be a file: `from 'sales.csv'` reads CSV, TSV, JSON and JSON Lines,
    packed or not, `from 'other.db'.t` a table of another database. A file's first row holds the names of its columns.

    Piped JSON (an object a line, or an array of objects) keeps its names. Piped text has columns `c1`, `c2`,
    … and, last, `line`, the whole line. Its separator is, of comma, tab and runs of blanks, the first that
    cuts all lines into the same number of fields; else the first that is in every line; else the first that
    is in most. `-F` says it. Fields between commas or semicolons may be quoted. Empty lines are skipped,
    empty fields are NULL, and what looks like a number is one, unless a leading zero or plus in its column
    says that these are codes.

    Without `--write` nothing is changed. With it, several statements (`;` between them) are one transaction
    unless they say BEGIN themselves. The answer of a query that only reads a database is kept until that changes.

    DuckDB, where it is installed, reads Parquet and its own databases, and files by its own rules.

    With a database and no query there is a prompt, on a terminal; else the statements are read from standard input.
    Dot commands: `.tables [PATTERN]`, `.schema [NAME]`, `.indexes [TABLE]`, `.explain QUERY`, and in scripts and
    at the prompt `.mode FORMAT`, `.timer on|off`.

    Examples:
        $ sql "select 6 * 7 as answer"
        {"answer":42}
        $ printf 'ann,3\\nbob,4\\nann,5\\n' | sql "select c1 as name, sum(c2) as total from stdin group by 1"
        {"name":"ann","total":8}
        {"name":"bob","total":4}
        $ echo '{"size":12}' | sql "select size > :least as big from stdin" -p least=10
        {"big":1}
        $ printf 'name,size\\nann,3\\nbob,4\\n' > sizes.csv; sql "select name from 'sizes.csv' where size > 3"
        {"name":"bob"}
    """
    question = _question(
        call,
        first,
        second,
        write=write,
        parameter=parameter,
        file=file,
        continue_=continue_,
        separator=separator,
        header=header,
        no_header=no_header,
        on_error=on_error,
        engine=engine,
    )
    if _is_talk(call, question, file):
        from azos_shell.commands.sql_prompt import talk

        await talk(call, question)
        return
    answer = _answer(call, question, file, goes_on=continue_)
    async with aclosing(answer):
        try:
            async for chunk in answer:
                yield chunk
        except WriteRefusedError as error:
            from azos_shell.commands.sql_side import told

            raise AzosError(told(error)) from error
        except NotADatabaseError as error:
            raise NotADatabaseError(
                f"{error.message}; a file of rows is a table of the query: from 'FILE'"
            ) from error
        except BusyError as error:
            from azos_shell.commands.sql_holders import told_holders

            path = question.path if question.engine == "sqlite" else None  # DuckDB says who it is
            holders = "" if path is None else told_holders(path)
            raise BusyError(error.message + holders) from error


def _question(call: Call, first: str | None, second: str | None, **options: Any) -> Question:
    reading = reading_of(
        options["separator"],
        header=options["header"],
        no_header=options["no_header"],
        on_error=options["on_error"],
    )
    return question_of(
        call,
        first,
        second,
        write=options["write"],
        parameter=options["parameter"],
        reading=reading,
        script=options["file"],
        engine=options["engine"],
    )


def _answer(
    call: Call, question: Question, file: str | None, *, goes_on: bool
) -> AsyncGenerator[Chunk, None]:
    if question.text is not None:
        return _query(call, question, question.text, goes_on=goes_on)
    return _script(call, question, file or "-", goes_on=goes_on)


def _is_talk(call: Call, question: Question, file: str | None) -> bool:
    """Whether there is nothing to run and a person to ask."""
    return question.text is None and file is None and call.stdin.is_terminal()


def _query(call: Call, question: Question, text: str, *, goes_on: bool) -> AsyncGenerator[Chunk, None]:
    """One statement as records; what gives several answers as text, each in the format that was asked for."""
    from azos_shell.commands.sql_answer import answered
    from azos_shell.commands.sql_script import Script, run_script

    pieces = tuple(pieces_of(text))
    if len(pieces) == 1 and not pieces[0].is_dot:
        return answered(call, question, text)
    if question.write or any(piece.is_dot for piece in pieces):
        return run_script(call, question, Script(pieces, goes_on=goes_on))
    raise AzosError(
        "more than one statement; several at once are only run with --write, or from a file with -f"
    )


async def _script(call: Call, question: Question, file: str, *, goes_on: bool) -> AsyncGenerator[Chunk, None]:
    from azos_shell.commands.sql_script import Script, run_script, text_of

    text = await text_of(call, file)
    script = Script.of(text, "standard input" if file == "-" else file, goes_on=goes_on)
    answer = run_script(call, question, script)
    async with aclosing(answer):
        async for chunk in answer:
            yield chunk


COMMANDS = (sql,)
