"""A DuckDB connection (duckdb.org) whose work is done on threads, that streams, and that can be interrupted.

The library is an extra, imported with the first connection. It refuses nothing by itself where there is no database
file: what only reads is told by the kind of each statement, which DuckDB's own parser says.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from azos_shell.core.errors import AzosError
from azos_shell.core.values import Records
from azos_shell.pools.duckdb_errors import translated
from azos_shell.pools.duckdb_values import converter
from azos_shell.pools.sqlite_errors import SqlError, WriteRefusedError, missing_file

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

MEMORY = ":memory:"
_INTERRUPT_AGAIN_SECONDS = 0.01
_READING = frozenset({"SELECT", "EXPLAIN", "TRANSACTION"})
_TELLING_PRAGMAS = re.compile(
    r"\s*pragma\s+(?:table_info|storage_info|database_list|database_size|show_tables\w*|show|functions|version"
    r"|collations|user_agent|metadata_info)\b[^=]*",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(r"\s*explain\s+(?:analyze\s+|\([^)]*\)\s*)?", re.IGNORECASE)
_TOKENS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$\w*\$.*?\$\w*\$|::|(?<![\w:]):(?P<name>[A-Za-z_]\w*)",
    re.DOTALL,
)
_ACKNOWLEDGED = (("Count",), ("Success",))
"""What DuckDB answers with where there is no answer."""


class RunInThread(Protocol):
    """``await run(function, …)``, as the thread executor does it."""

    def __call__(self, function: Callable[..., T], /, *args: Any) -> Awaitable[T]: ...


class DuckdbConnection:
    """One connection, for one task at a time. Every method waits for its thread, also when it is cancelled."""

    def __init__(self, run: RunInThread, path: str | None, *, write: bool, directory: str) -> None:
        self._run = run
        self._path = path
        self._write = write
        self._directory = directory
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.in_transaction = False
        self.changes = 0

    async def open(self) -> None:
        """Connect. Raises AzosError, for a library that is not there, too."""
        if self._path is not None and not self._write and (missing := missing_file(self._path)) is not None:
            raise missing
        self._connection = await self._finished(self._connect)

    async def stream(
        self, query: str, parameters: Mapping[str, Any], *, chunk_size: int, max_chunk_size: int
    ) -> AsyncGenerator[Records, None]:
        """Run one statement and yield its rows in batches, fetched only as they are asked for.

        Values are those of ``Records``: dates and times are text, decimals numbers where a double is exactly that, else
        text. Raises AzosError; WriteRefusedError, before anything runs, for what does more than read.
        """
        started = await self._finished(self._begin, query, parameters)
        if started is None:
            return
        columns, convert = started
        size, first = chunk_size, True
        while True:
            rows = await self._finished(self._fetch, size)
            if rows or first:
                yield Records(columns, convert(rows))
            if len(rows) < size:
                return
            size, first = min(size * 2, max_chunk_size), False

    async def execute(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement of our own, whatever it does, and give all its rows. Raises AzosError."""
        return await self._finished(self._all_of, statement, parameters)

    async def shut(self) -> None:
        """Close the connection; a transaction that is open is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._finished(connection.close)

    # -- on the thread -----------------------------------------------------------------------------------------

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            import duckdb
        except ImportError as error:
            raise AzosError("duckdb is not installed: pip install 'azos-shell[duckdb]'") from error
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",  # a query must not load programs from the network
            "file_search_path": self._directory,
        }
        try:
            return duckdb.connect(
                self._path or MEMORY,
                read_only=self._path is not None and not self._write,
                config=settings,
            )
        except duckdb.Error as error:
            raise translated(error, path=self._path) from error

    def _all_of(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self._raw.execute(statement, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise translated(error, path=self._path, query=statement) from error

    def _begin(
        self, query: str, parameters: Mapping[str, Any]
    ) -> tuple[tuple[str, ...], Callable[[list[Any]], list[Any]]] | None:
        import duckdb

        query = named_as_here(query, parameters)
        try:
            statements = self._raw.extract_statements(query)
            if len(statements) > 1:
                raise SqlError("more than one statement; several at once are only run from a file with -f")
            if not statements:
                return None
            kind = statements[0].type.name
            if not self._write and (refusal := self._refusal(kind, query)) is not None:
                raise WriteRefusedError(f"the query writes ({refusal})")
            wanted = statements[0].named_parameters
            values = {name: value for name, value in parameters.items() if name in wanted}
            self._raw.execute(statements[0], values or None)
            return self._answer(kind, query)
        except duckdb.Error as error:
            raise translated(error, path=self._path, query=query) from error

    def _answer(
        self, kind: str, query: str
    ) -> tuple[tuple[str, ...], Callable[[list[Any]], list[Any]]] | None:
        described = self._raw.description or []
        columns = tuple(str(column[0]) for column in described)
        if kind == "TRANSACTION":
            self.in_transaction = re.match(r"\s*(?:begin|start)\b", query, re.IGNORECASE) is not None
        if (kind not in _READING and columns in _ACKNOWLEDGED) or kind == "TRANSACTION":
            self.changes += sum(row[0] for row in self._raw.fetchall() if columns == ("Count",))
            return None
        return columns, converter([str(column[1]) for column in described])

    def _fetch(self, size: int) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self._raw.fetchmany(size)
        except duckdb.Error as error:
            raise translated(error, path=self._path) from error

    def _refusal(self, kind: str, query: str) -> str | None:
        """What the statement does beside reading, or None."""
        if kind == "EXPLAIN":  # which runs the statement if it is to be analysed
            inner = self._raw.extract_statements(query[_EXPLAINED.match(query).end() :])  # type: ignore[union-attr]
            kinds = [statement.type.name for statement in inner]
            return next((one for one in kinds if one not in _READING), None)
        if kind == "PRAGMA" and _TELLING_PRAGMAS.fullmatch(query.rstrip().rstrip(";")):
            return None
        return None if kind in _READING else kind

    @property
    def _raw(self) -> duckdb.DuckDBPyConnection:
        assert self._connection is not None, "not open"
        return self._connection

    # -- waiting -----------------------------------------------------------------------------------------------

    async def _finished(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` on a thread; if we are cancelled it is interrupted, and its end waited for."""
        work: asyncio.Future[T] = asyncio.ensure_future(self._call(function, *args))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():
                if self._connection is not None:
                    self._connection.interrupt()
                try:
                    await asyncio.wait({work}, timeout=_INTERRUPT_AGAIN_SECONDS)
                except asyncio.CancelledError:
                    continue  # it is being cancelled already
            if not work.cancelled() and work.exception() is None and function == self._connect:
                self._connection = work.result()  # type: ignore[assignment]
            raise

    async def _call(self, function: Callable[..., T], *args: Any) -> T:
        return await self._run(function, *args)

    def __repr__(self) -> str:
        state = "closed" if self._connection is None else "open"
        return f"<DuckdbConnection {self._path or MEMORY} {state}>"


def named_as_here(query: str, parameters: Mapping[str, Any]) -> str:
    """``:name`` as DuckDB writes it, ``$name``, where it is the name of a parameter outside quotes and comments."""

    def replaced(match: re.Match[str]) -> str:
        return f"${match['name']}" if match["name"] in parameters else match.group()

    return _TOKENS.sub(replaced, query)
