"""The DuckDB side of ``sql``: Parquet, large CSV and DuckDB's own files, by the same command.

Files are read by DuckDB itself, by its own rules. Piped rows are put into a file first, which DuckDB reads as often
as a query wants them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from tempfile import NamedTemporaryFile
from typing import IO, Any

from azos_shell.bus.intake import chunks_of
from azos_shell.commands.sql_files import near_files
from azos_shell.commands.sql_layout import STDIN
from azos_shell.commands.sql_question import Question
from azos_shell.commands.sql_side import FIRST_CHUNK_ROWS, Dialect, Schema
from azos_shell.commands.sql_table import quoted
from azos_shell.commands.sql_tables import as_bytes
from azos_shell.plugin import AzosError, Call, Records, UsageError
from azos_shell.pools.duckdb import DuckdbConnection
from azos_shell.pools.sqlite_errors import NoSuchTableError
from azos_shell.records.shape import SAMPLE_BYTES, Kind, guess_shape

LARGEST_CHUNK_ROWS = 2_048
"""A vector of DuckDB's: what it works in anyway."""

DUCKDB = Dialect(
    tables="""
        SELECT table_name AS name, lower(replace(table_type, 'BASE ', '')) AS type FROM information_schema.tables
        WHERE :name IS NULL OR table_name GLOB :name ORDER BY 1
    """,
    schema="""
        SELECT sql FROM (
            SELECT table_name AS name, table_name AS of, sql, 1 AS position FROM duckdb_tables()
            UNION ALL SELECT view_name, view_name, sql, 2 FROM duckdb_views() WHERE NOT internal
            UNION ALL SELECT index_name, table_name, sql, 3 FROM duckdb_indexes()
        ) WHERE :name IS NULL OR lower(name) = lower(:name) OR lower(of) = lower(:name) ORDER BY position, name
    """,
    indexes="""
        SELECT index_name AS name, table_name AS "table", is_unique AS "unique", expressions AS columns
        FROM duckdb_indexes() WHERE :name IS NULL OR lower(table_name) = lower(:name) ORDER BY 2, 1
    """,
    columns="""
        SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position LIMIT 20000
    """,
    plan="EXPLAIN ",
)


@asynccontextmanager
async def duckdb_side(call: Call, question: Question) -> AsyncIterator[DuckdbSide]:
    """A connection for one statement or several."""
    connection = DuckdbConnection(
        call.services.executor.run_async,
        question.path,
        write=question.write,
        directory=call.shell.cwd,
    )
    side = DuckdbSide(call, connection, question)
    try:
        await connection.open()
        yield side
    finally:
        await side.close()


class DuckdbSide:
    """A DuckDB connection with the table ``stdin`` made for it."""

    dialect = DUCKDB

    def __init__(self, call: Call, connection: DuckdbConnection, question: Question) -> None:
        self._call = call
        self._connection = connection
        self._question = question
        self._piped: IO[bytes] | None = None
        self._schema: Schema = {}

    async def answer(
        self, text: str, parameters: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[Records, None]:
        """Run one statement, making ``stdin`` if it wants that. Raises AzosError."""
        values = self._question.parameters if parameters is None else parameters
        while True:
            batches = self._connection.stream(
                text, values, chunk_size=FIRST_CHUNK_ROWS, max_chunk_size=LARGEST_CHUNK_ROWS
            )
            try:
                async with aclosing(batches):
                    async for batch in batches:
                        yield batch
                    return
            except NoSuchTableError as error:
                if error.name.lower() != STDIN or self._piped is not None:
                    raise self._with_near_files(error) from error
                await self._load_stdin()

    async def run_together(self, texts: Sequence[str]) -> int:
        """Each is looked at by itself."""
        return 0

    def explain(self, text: str) -> AsyncGenerator[Records, None]:
        """The plan of one statement."""
        return self.answer(DUCKDB.plan + text)

    async def prepare(self) -> None:
        """DuckDB reads files anew for each statement."""

    async def columns(self) -> Schema:
        """All tables with their columns; what was known before in a transaction that an error has ended."""
        try:
            rows = await self._connection.execute(DUCKDB.columns)
        except AzosError:
            return self._schema
        self._schema = {}
        for table, column in rows:
            self._schema.setdefault(table, []).append(column)
        return self._schema

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    @property
    def changes(self) -> int:
        """Rows inserted, updated and deleted so far."""
        return self._connection.changes

    async def close(self) -> None:
        """Close the connection and take what was piped away."""
        await self._connection.shut()
        if self._piped is not None:
            self._piped.close()

    async def _load_stdin(self) -> None:
        if self._call.stdin.is_terminal():
            raise UsageError("the query reads stdin, but nothing is piped in")
        self._piped = NamedTemporaryFile(prefix="azos-stdin-")  # noqa: SIM115 - closed with the connection
        sample = b""
        chunks = chunks_of(self._call.stdin)
        async with aclosing(chunks):
            async for chunk in chunks:
                data = as_bytes(chunk)
                sample = sample or data[:SAMPLE_BYTES]
                await self._call.services.executor.run_async(self._piped.write, data)
        self._piped.flush()
        await self._make_view(self._reader(sample))

    def _reader(self, sample: bytes) -> str:
        """The function that reads the file, and how."""
        assert self._piped is not None
        path = _string(self._piped.name)
        shape = guess_shape(sample.decode("utf-8", "replace"), whole=False)
        if shape.kind is not Kind.TEXT:
            return f"read_json_auto({path})"
        separator = self._question.reading.separator
        delimiter = "" if separator is None else f", delim = {_string(separator)}"
        header = str(self._question.reading.header).lower()
        return f"read_csv({path}, header = {header}{delimiter}, null_padding = true)"

    async def _make_view(self, reader: str) -> None:
        described = await self._connection.execute(f"DESCRIBE SELECT * FROM {reader}")
        names = [row[0] for row in described]
        if reader.startswith("read_csv") and not self._question.reading.header:
            names = [f"c{number}" for number in range(1, len(names) + 1)]
        listed = ", ".join(map(quoted, names))
        await self._connection.execute(f"CREATE TEMP VIEW {STDIN} ({listed}) AS SELECT * FROM {reader}")

    def _with_near_files(self, error: NoSuchTableError) -> AzosError:
        near = near_files(error.full_name, self._call.shell.resolve_path(error.full_name))
        is_path = "/" in error.full_name or "." in error.full_name
        if not is_path or not near:
            return error
        return AzosError(f"{error.message.partition('; ')[0]} (did you mean {' or '.join(near)}?)")

    def __repr__(self) -> str:
        return f"<DuckdbSide {self._connection!r}>"


def _string(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
