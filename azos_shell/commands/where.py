"""where and each: records chosen, and records computed, by SQL expressions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from azos_shell.commands.rows_input import piped_records, prepared
from azos_shell.plugin import Argument, Call, Chunk, Records, UsageError, command, ensure_loop
from azos_shell.records.computing import Computation
from azos_shell.records.evaluating import Evaluator
from azos_shell.records.expressions import items_of, tokens


@command("where", records=True, reads_records=True, usage="where [OPTIONS] EXPR", category="Data")
async def where(
    call: Call,
    *expression: Annotated[str, Argument(metavar="EXPR", help="a SQL expression, in one word or several")],
) -> AsyncIterator[Chunk]:
    """Let those records through for which an SQL expression is true.

    EXPR is an expression of SQLite over the columns: `size > 10 and name like 'a%'`. Text stands in apostrophes,
    so put the whole into quotation marks; a column whose name is no word stands in quotation marks itself. Numbers
    compare as numbers also where they are written as text, but for codes such as 007. Nested values are JSON
    (`json_extract(tags, '$[0]')`, `exists (select 1 from json_each(tags) where value = 'x')`). Sums and the like
    over several records are for `sql`.

    Records come from a command before it in the pipeline; JSON, JSON Lines, CSV and TSV are read, other text is a
    column `line`. `open` before it says how.

    Examples:
        $ printf 'name,age\\nann,31\\nbob,\\n' | where 'age > 30'
        {"name":"ann","age":31}
        $ printf '%s\\n' alpha beta | where "line like '%et%'"
        {"line":"beta"}

    Exit status:
        0, also if no record is left; 1 for a column that there is not; 2 for a wrong expression.
    """
    text = " ".join(expression)
    if not any(tokens(text)):
        raise UsageError("EXPR is missing")
    batches = piped_records(call)
    await ensure_loop()
    async with call.services.sqlite.private() as worker:
        chosen = await worker.with_connection(
            lambda connection: Evaluator(connection, [text], is_filter=True)
        )

        async def prepare(columns: tuple[str, ...]) -> None:
            await worker.with_connection(lambda _: chosen.prepare(columns))

        ready = prepared(batches, prepare)
        first = True
        async with aclosing(ready):
            async for batch in ready:
                found = await worker.with_connection(lambda _, batch=batch: chosen.values(batch))  # type: ignore[misc]
                if found or first:
                    first = False
                    yield Records(batch.columns, [batch.rows[place] for place in found])


@command("each", records=True, reads_records=True, usage="each [OPTIONS] EXPR[, EXPR…]", category="Data")
async def each(
    call: Call,
    *expression: Annotated[str, Argument(metavar="EXPR", help="columns and SQL expressions, between commas")],
) -> AsyncIterator[Chunk]:
    """Make a new record of each: columns, and SQL expressions over them.

    EXPR are columns, `*` for all of them, and expressions of SQLite, which `as` gives a name: `name, size * 2 as
    double`. One that is called as a column before it takes that one's place: `*, upper(name) as name`. What `where`
    says of expressions holds here, too.

    Examples:
        $ printf 'name,size\\nann,3\\n' | each 'name, size * 2 as double'
        {"name":"ann","double":6}
        $ printf 'name,size\\nann,3\\n' | each '*, upper(name) as name, size / 2.0 as half'
        {"name":"ANN","size":3,"half":1.5}

    Exit status:
        0; 1 for a column that there is not; 2 for a wrong expression.
    """
    items = items_of(" ".join(expression))
    if not all(item.is_star or any(tokens(item.text)) for item in items):
        raise UsageError("an expression is missing")
    batches = piped_records(call)
    await ensure_loop()
    async with call.services.sqlite.private() as worker:
        computed = await worker.with_connection(lambda connection: Computation(connection, items))

        async def prepare(columns: tuple[str, ...]) -> None:
            await worker.with_connection(lambda _: computed.prepare(columns))

        ready = prepared(batches, prepare)
        async with aclosing(ready):
            async for batch in ready:
                yield await worker.with_connection(lambda _, batch=batch: computed.batch(batch))  # type: ignore[misc]


COMMANDS = (where, each)
