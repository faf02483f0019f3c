"""Bytes that come in pieces, piped or from a file, as a table of one SQLite connection.

The rows go into a temporary table, which SQLite keeps in memory and spills to an unnamed file once it is
large; they are never all in Python. The table that queries see is a view of it, so that of piped text
``line``, the line as it came, can always be the last column.

Fields that look like numbers are numbers: the columns have NUMERIC affinity, so ``c2 > 10`` and ``c2 = '10'``
both mean what they say. A number that would not come back as it was written ('007', '+49', '1e5', 30 digits)
makes its whole column TEXT: such a column holds codes, not quantities. An empty field is NULL (in a file, unless it
stands in quotes).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from azos_shell.commands.sql_layout import PIPED, STDIN, Layout
from azos_shell.commands.sql_loaders import JsonDocumentLoader, JsonLinesLoader, Loader, TextLoader
from azos_shell.commands.sql_table import RowTable
from azos_shell.plugin import AzosError
from azos_shell.records.shape import SAMPLE_BYTES, Kind, Shape, guess_shape

LINE_LIMIT_BYTES = 64 * 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class InputTable:
    """Feed it bytes, then ``finish``; the connection then has a table ``name``. For the connection's thread.

    ``origin`` is what messages call the input. ``skip`` is told of each malformed row, which is then left out;
    without it the first one raises. Raises AzosError for input that is not what it began as, sqlite3.Error where
    SQLite does (a full disk).
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        layout: Layout = PIPED,
        *,
        name: str = STDIN,
        origin: str = "standard input",
        skip: Callable[[str], None] | None = None,
    ) -> None:
        self._connection = connection
        self._layout = layout
        self._origin = origin
        self._skip = skip
        self._shape: Shape | None = None
        self._loader: Loader | None = None
        self._held: list[bytes] = []
        self._held_size = 0
        self.name = name

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return () if self._loader is None else self._loader.shown

    @property
    def is_new(self) -> bool:
        """Whether nothing has been fed yet."""
        return self._loader is None and not self._held

    @property
    def is_empty(self) -> bool:
        """Whether there are no rows."""
        return self._loader is None or self._loader.table.row_count == 0

    def feed(self, data: bytes) -> None:
        """Take more of the input."""
        self._held.append(data)
        self._held_size += len(data)
        if self._loader is None:
            if self._held_size < SAMPLE_BYTES:
                return
            self._begin(whole=False)
        elif b"\n" not in data and self._held_size < LINE_LIMIT_BYTES and self._loader.by_lines:
            return  # joining what is held at every piece of a long line would be quadratic
        self._pass_on(last=False)

    def finish(self) -> None:
        """The input has ended: make the table."""
        if self._loader is None:
            self._begin(whole=True)
        self._pass_on(last=True)
        assert self._loader is not None
        self._loader.finish()

    def add_column(self, name: str) -> bool:
        """Give an empty table a column that a query asks for; False if it has rows, names, or the column."""
        if self._loader is None or not self.is_empty or self._loader.has_header:
            return False
        if name.lower() in map(str.lower, self.columns):
            return False
        self._loader.asked_for.append(name)
        self._loader.finish()
        return True

    def _begin(self, *, whole: bool) -> None:
        data = b"".join(self._held).removeprefix(_BYTE_ORDER_MARK)
        self._held = [data]
        layout = self._layout
        sample = data[:SAMPLE_BYTES].decode("utf-8", "surrogateescape")
        if layout.separator is not None:
            self._shape = Shape(Kind.TEXT, layout.separator)
        else:
            whole = whole and len(data) <= SAMPLE_BYTES
            self._shape = guess_shape(sample, whole=whole, separators=layout.separators)
        self._loader = self._loader_for(self._shape)

    def _loader_for(self, shape: Shape) -> Loader:
        table = RowTable(self._connection, self.name, self._origin)
        if shape.kind is Kind.TEXT:
            return TextLoader(
                table,
                self._origin,
                self._skip,
                separator=shape.separator,
                header=self._layout.header,
                strict=self._layout.strict,
                with_line=self._layout.with_line,
            )
        kind = JsonLinesLoader if shape.kind is Kind.JSON_LINES else JsonDocumentLoader
        return kind(table, self._origin, self._skip)

    def _pass_on(self, *, last: bool) -> None:
        """Give the loader all whole lines (or all there is, for a document); hold the rest."""
        assert self._loader is not None
        data = b"".join(self._held)
        end = len(data) if last or not self._loader.by_lines else data.rfind(b"\n") + 1
        if not end and len(data) >= LINE_LIMIT_BYTES:
            raise AzosError(f"{self._origin}: a line is longer than {LINE_LIMIT_BYTES >> 20} MiB")
        self._held, self._held_size = [data[end:]], len(data) - end
        self._loader.take(data[:end], last=last)

    def __repr__(self) -> str:
        return f"<InputTable {self.name!r} {self._shape} {self.columns}>"
