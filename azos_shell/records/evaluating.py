"""SQL expressions over the columns of records, worked out by SQLite, batch by batch.

A batch goes into a table in memory, of which only the columns that the expressions read are filled. So that
``size > 10`` and ``size = '10'`` both mean what they say, columns have NUMERIC affinity; but in a row where such a
column holds text that is written as a number and would not come back as it was ('007', '1.10'), it has TEXT affinity
and stays what it is. What a row gives depends on nothing but the row.

Expressions can do nothing but reckon: SQLite's authorizer is told what they touch when they are prepared, and refuses
everything else (https://sqlite.org/c3ref/set_authorizer.html).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from azos_shell.core.errors import AzosError, UsageError
from azos_shell.core.values import Records
from azos_shell.pools.sqlite_errors import NoSuchColumnError, translated
from azos_shell.records.columns import with_columns
from azos_shell.records.expressions import is_balanced, quoted_names

COLUMN_LIMIT = 1_900
"""SQLite's own limit is 2,000."""

_TABLE = '"the rows"'
_PLACE = '"the place of the row"'
_INTEGER_LIMIT = 2**63
_TABLE_LIMIT = 64
"""Tables for the sets of columns that hold codes in a row: few, as a rule."""

_REFUSED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer"})
_TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
_QUANTITY = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")

Found = dict[int, tuple[Any, ...]]


class Evaluator:
    """The values of some expressions for each row of a batch. For the thread of its connection, which is its own.

    Raises UsageError for an expression that is wrong, NoSuchColumnError for one that names a column which is not there.
    """

    def __init__(
        self, connection: sqlite3.Connection, expressions: Sequence[str], *, is_filter: bool = False
    ) -> None:
        self._connection = connection
        self._expressions = expressions
        self._is_filter = is_filter
        self._columns: tuple[str, ...] | None = None
        self._names: list[str] = []
        self._used: list[int] = []
        self._tables: dict[frozenset[int], str] = {}
        self._made = 0
        self.names: tuple[str, ...] = ()
        """What SQL calls the expressions."""
        for expression in expressions:
            if not is_balanced(expression):
                raise UsageError(f"a bracket is closed that was not opened, in: {expression}")
        connection.execute("PRAGMA journal_mode = OFF")

    def prepare(self, columns: tuple[str, ...]) -> None:
        """Be ready for batches with these columns, or some of them."""
        if columns == self._columns:
            return
        if len(columns) > COLUMN_LIMIT:
            raise AzosError(f"more than {COLUMN_LIMIT} columns")
        self.forget()
        names = sql_names(columns)
        for expression in self._expressions:
            _check_quoted(expression, names)
        self._make_table("trial", [f"{_quoted(name)} NUMERIC" for name in names])
        try:
            touched = self._tried()
        except NoSuchColumnError as error:
            raise NoSuchColumnError(with_columns(error.message, error.name, columns), error.name) from error
        finally:
            self._connection.execute('DROP TABLE "trial"')
        self._used = [place for place, name in enumerate(names) if name in touched]
        self._names = names
        self._columns = columns

    def values(self, batch: Records) -> Found:
        """By the place of each row in the batch: its values. As a filter only those rows that are kept."""
        assert self._columns is not None
        width = len(batch.columns)
        used = [place for place in self._used if place < width]
        groups = _by_codes(batch.rows, used)
        found: Found = {}
        for codes, rows in groups.items():
            self._fill(self._table(codes), used, rows)
            for place, *values in self._connection.execute(self._query(self._table(codes))):
                found[place] = tuple(values)
        return found if len(groups) == 1 else dict(sorted(found.items()))

    def _query(self, table: str) -> str:
        listed = _PLACE + "".join(f", {expression}\n" for expression in self._expressions)
        if self._is_filter:
            return f"SELECT {_PLACE} FROM {table} WHERE ({self._expressions[0]}\n)"
        return f"SELECT {listed} FROM {table}"

    def _tried(self) -> set[str]:
        """Prepare the expressions; returns which columns they read."""
        touched = _Touched()
        for function in _TABLE_FUNCTIONS:  # at their first use SQLite declares them, which looks like a write
            self._connection.execute(f"SELECT 1 FROM {function}('1')").close()
        self._connection.set_authorizer(touched.authorize)
        query = ""
        try:
            for expression in self._expressions:
                # Over a group of rows there is nothing to reckon: a WHERE refuses functions that want one.
                alone = _without_name(expression)
                query = f'EXPLAIN SELECT 1 FROM "trial" WHERE ({alone}\n)'
                self._connection.execute(query).close()
            query = self._query('"trial"')
            cursor = self._connection.execute(query)
            self.names = tuple(str(column[0]) for column in cursor.description[1:])
            cursor.close()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise _told(error, touched, self._expressions) from error
        finally:
            self._connection.set_authorizer(None)
        return touched.columns

    def _table(self, codes: frozenset[int]) -> str:
        """The table for rows in which these columns hold codes."""
        if codes not in self._tables:
            if len(self._tables) >= _TABLE_LIMIT:
                self._connection.execute(f"DROP TABLE {self._tables.pop(next(iter(self._tables)))}")
            self._made += 1
            name = f'"rows {self._made}"'
            self._tables[codes] = name
            self._make_table(
                name.strip('"'),
                [
                    f"{_quoted(self._names[place])} {'TEXT' if place in codes else 'NUMERIC'}"
                    for place in self._used
                ],
            )
        return self._tables[codes]

    def _make_table(self, name: str, columns: Iterable[str]) -> None:
        # Without a rowid, so that there is no number of rows that would begin anew with every batch.
        listed = ", ".join([f"{_PLACE} INTEGER PRIMARY KEY", *columns])
        self._connection.execute(f"CREATE TABLE {_quoted(name)} ({listed}) WITHOUT ROWID")

    def _fill(self, table: str, used: Sequence[int], rows: list[tuple[Any, ...]]) -> None:
        names = "".join(f", {_quoted(self._names[place])}" for place in used)
        marks = [f"?{number}" for number in range(2, len(used) + 2)]
        self._connection.execute("BEGIN")
        try:
            self._connection.execute(f"DELETE FROM {table}")
            insert = f"INSERT INTO {table} ({_PLACE}{names}) VALUES (?1"
            try:
                self._connection.executemany(f"{insert}{''.join(f', {mark}' for mark in marks)})", rows)
            except UnicodeEncodeError:  # SQLite takes text that stands for other bytes only as bytes
                casts = [
                    f", CASE typeof({mark}) WHEN 'blob' THEN CAST({mark} AS TEXT) ELSE {mark} END"
                    for mark in marks
                ]
                self._connection.execute(f"DELETE FROM {table}")
                self._connection.executemany(
                    f"{insert}{''.join(casts)})", [tuple(map(bytes_if_needed, row)) for row in rows]
                )
        finally:
            self._connection.execute("COMMIT")

    def forget(self) -> None:
        """Drop its tables."""
        for table in self._tables.values():
            self._connection.execute(f"DROP TABLE {table}")
        self._tables, self._columns = {}, None

    def __repr__(self) -> str:
        return f"<Evaluator of {list(self._expressions)}: {self._columns}>"


class _Touched:
    """What the expressions touch."""

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self.refused: str | None = None

    def authorize(
        self, action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None
    ) -> int:
        if action == sqlite3.SQLITE_READ:
            if first == "trial":
                self.columns.add(second or "")
                return sqlite3.SQLITE_OK
            if first in _TABLE_FUNCTIONS:
                return sqlite3.SQLITE_OK
            return self._refuse(f"reads {first}")
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REFUSED_FUNCTIONS:
            return self._refuse(f"calls {second}")
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        return self._refuse("does more than reckon")

    def _refuse(self, why: str) -> int:
        self.refused = self.refused or why
        return sqlite3.SQLITE_DENY


def sql_names(columns: Sequence[str]) -> list[str]:
    """The names by which SQL knows columns: told apart whatever the case of their letters."""
    seen: set[str] = set()
    names = []
    for column in columns:
        name = wanted = column.replace("\0", "\ufffd").encode("utf-8", "replace").decode() or "c"
        count = 2
        while name.lower() in seen:
            name, count = f"{wanted}_{count}", count + 1
        seen.add(name.lower())
        names.append(name)
    return names


def sql_value(value: Any) -> Any:
    """A value as SQLite has it: nested ones as JSON, integers beyond 64 bits as text."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        return str(value)
    return value


def must_stay_text(value: str) -> bool:
    """Whether text is written as a number and would not come back as it is."""
    if _QUANTITY.fullmatch(value) is None:
        return False
    try:
        return str(int(value)) != value or not -_INTEGER_LIMIT <= int(value) < _INTEGER_LIMIT
    except ValueError:
        return repr(float(value)) != value


_PLAIN = frozenset({type(None), int, float})


def _by_codes(
    rows: Sequence[tuple[Any, ...]], used: Sequence[int]
) -> dict[frozenset[int], list[tuple[Any, ...]]]:
    """The rows' places and used values, by which of these are codes."""
    if not rows:
        return {}
    columns = []
    codes: dict[int, set[int]] = {}
    for place in used:
        column: Sequence[Any] = [row[place] if place < len(row) else None for row in rows]
        kinds = set(map(type, column))
        if not kinds <= _PLAIN or int in kinds:
            column = [value if value.__class__ is str else sql_value(value) for value in column]
        if not kinds <= _PLAIN:
            for index, value in enumerate(column):
                if value.__class__ is str and value[:1] in _BEGINS_A_NUMBER and must_stay_text(value):
                    codes.setdefault(index, set()).add(place)
        columns.append(column)
    taken = list(zip(range(len(rows)), *columns, strict=True))
    if not codes:
        return {frozenset(): taken}
    groups: dict[frozenset[int], list[tuple[Any, ...]]] = {}
    for index, row in enumerate(taken):
        groups.setdefault(frozenset(codes.get(index, ())), []).append(row)
    return groups


_BEGINS_A_NUMBER = frozenset("0123456789+-. \t\n\r\f\v")


def bytes_if_needed(value: Any) -> Any:
    """The value; text that stands for bytes that are no UTF-8 as those bytes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            try:
                return value.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:
                return value.encode("utf-8", "replace")
    return value


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


_NAMED = re.compile(r"\bas\s+(?:\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|'[^']*'|\w+)\s*\Z", re.IGNORECASE)


def _without_name(expression: str) -> str:
    """The expression without its ``AS name``."""
    return _NAMED.sub("", expression)


def _check_quoted(expression: str, names: Sequence[str]) -> None:
    known = {name.lower() for name in names}
    for name in quoted_names(expression):
        if name.lower() not in known:
            message = f"no such column: {name} (in quotation marks; text stands in apostrophes: '{name}')"
            raise NoSuchColumnError(with_columns(message, name, names), name)


def _told(error: Exception, touched: _Touched, expressions: Sequence[str]) -> AzosError:
    if touched.refused is not None:
        return UsageError(f"the expression {touched.refused}, which is not for it to do")
    said = translated(error, ":memory:", ", ".join(expressions))
    if isinstance(said, NoSuchColumnError):
        return said
    message = said.message.replace("\n)", "")
    if message.startswith('near ")"'):
        message = "the expression is not complete, or has a bracket too many"
    elif isinstance(error, sqlite3.ProgrammingError) and "binding" in str(error).lower():
        message = "an expression takes no parameters"
    return UsageError(f"{message}, in: {', '.join(expressions)}")
