"""Statements and dot commands one after the other, as query arguments and scripts."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import aclosing, closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.commands.sql_dot import Dot, dot_of
from azos_shell.commands.sql_pieces import Piece
from azos_shell.commands.sql_session import Session, plan_text
from azos_shell.commands.sql_side import SQLITE
from azos_shell.core.errors import AzosError
from azos_shell.core.values import Records
from azos_shell.plugin import Services


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def call(services, tmp_path):
    make_database(str(tmp_path / "data.db"))
    return lambda **options: FakeCall(str(tmp_path), services=services, **options)


async def said(call, *words):
    """The rows, or else the bytes, that these words give, and what is on standard error."""
    rows, data = [], b""
    async with aclosing(call.chunks(sql, *words)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Records):
                rows += [dict(zip(chunk.columns, row, strict=True)) for row in chunk.rows]
            else:
                data += chunk
    return rows or data.decode()


async def test_dot_commands_are_answered_as_a_query_argument(call, tmp_path):
    with closing(sqlite3.connect(tmp_path / "data.db")) as connection:
        connection.executescript(
            "create index i on t (word, n); create view v as select 1; create unique index u on t (n + 1)"
        )
    assert await said(call(), "data.db", ".tables") == [
        {"name": "t", "type": "table"},
        {"name": "v", "type": "view"},
    ]
    assert await said(call(), "data.db", ".tables v*") == [{"name": "v", "type": "view"}]
    assert await said(call(), "data.db", ".indexes t") == [
        {"name": "i", "table": "t", "unique": 0, "columns": "word, n"},
        {"name": "u", "table": "t", "unique": 1, "columns": "(expression)"},
    ]
    schema = await said(call(), "data.db", ".schema")
    assert schema.splitlines()[-1] == "CREATE UNIQUE INDEX u on t (n + 1);"
    assert await said(call(), "data.db", ".schema V") == "CREATE VIEW v as select 1;\n"
    assert await said(call(), "data.db", ".explain select * from t where word = 'x'") == (
        "└─ SEARCH t USING COVERING INDEX i (word=?)\n"
    )
    with pytest.raises(AzosError, match="no such table, view, index or trigger: nosuch"):
        await said(call(), "data.db", ".schema nosuch")
    with pytest.raises(AzosError, match="only means something at the prompt"):
        await said(call(), "data.db", ".help")


async def test_explaining_runs_nothing_and_writes_nothing(call):
    assert "SCAN t" in await said(call(), "data.db", ".explain delete from t where word > 'x'")
    with pytest.raises(AzosError, match="PRAGMA user_version"):
        await said(call(), "data.db", ".explain pragma user_version = 7")
    assert await said(call(), "data.db", "select count(*) as n from t") == [{"n": 1000}]
    assert await said(call(), "data.db", "pragma user_version") == [{"user_version": 0}]


async def test_a_script_gives_each_answer_in_the_format_asked_for(call, tmp_path):
    (tmp_path / "x.sql").write_text("select 1 as a;\nselect 'x' as b, 2 as c;\n.mode json\nselect 3 as d;\n")
    assert await said(call(), "data.db", "-f", "x.sql") == '{"a":1}\n{"b":"x","c":2}\n[\n{"d":3}\n]\n'
    assert await said(call(), "data.db", "-f", "x.sql", "--csv") == 'a\n1\nb,c\nx,2\n[\n{"d":3}\n]\n'
    piped = call(stdin=(tmp_path / "x.sql").read_bytes())
    assert await said(piped, "data.db", "-f", "-", "--tsv") == 'a\n1\nb\tc\nx\t2\n[\n{"d":3}\n]\n'


async def test_a_script_with_one_answer_gives_records(call):
    script = b"-- a comment\ncreate table x (a); insert into x values (1), (2); select sum(a) as s from x;"
    assert await said(call(stdin=script), "-w", ":memory:") == [{"s": 3}]


async def test_an_error_of_a_script_names_file_and_line_and_nothing_of_it_holds(call, tmp_path):
    (tmp_path / "x.sql").write_text("delete from t where n = 1;\n\n-- oh\ninsert into nosuch\nvalues (1);\n")
    with pytest.raises(AzosError, match=r"^x\.sql, line 4: no such table: nosuch"):
        await said(call(), "-w", "data.db", "-f", "x.sql")
    assert await said(call(), "data.db", "select count(*) as n from t") == [{"n": 1000}]


async def test_the_line_of_an_error_is_the_scripts_and_not_the_statements(call, tmp_path):
    (tmp_path / "x.sql").write_text("select 1;\n\nselect a,\n  b,\n  c d zz9\nfrom t;\n")
    with pytest.raises(AzosError, match=r'^x\.sql, line 5: near "zz9": syntax error \(column 7\)$'):
        await said(call(), "data.db", "-f", "x.sql")
    (tmp_path / "y.sql").write_text("\nselect n,\n  nosuch\nfrom t;\n")
    with pytest.raises(AzosError, match=r"^y\.sql, line 3: no such column: nosuch \(column 3\)"):
        await said(call(), "data.db", "-f", "y.sql")


async def test_statements_without_rows_are_run_together_and_their_errors_told_one_by_one(call, tmp_path):
    lines = [f"insert into x values ({number}, 'a;b');" for number in range(2_500)]
    lines[1_700] = "insert into x values (1, 2, 3);"
    lines[2_000] = "insert into x select id, name from 'rows.csv';"
    (tmp_path / "rows.csv").write_text("id,name\n-1,from a file\n")
    (tmp_path / "x.sql").write_text(
        "\n".join(["create table x (a, b);", *lines, "select count(*) as n from x;"])
    )
    with pytest.raises(
        AzosError, match=r"^x\.sql, line 1702: table x has 2 columns but 3 values were supplied"
    ):
        await said(call(), "-w", "new.db", "-f", "x.sql")
    asked = call()
    assert await said(asked, "-w", "new.db", "--continue", "-f", "x.sql") == [{"n": 2_499}]
    assert asked.errors.data.count(b"x.sql, line 1702") == 1
    assert await said(call(), "new.db", "select b from x where a < 0") == [{"b": "from a file"}]


async def test_a_script_that_goes_on_tells_its_errors_and_keeps_the_rest(call, tmp_path):
    (tmp_path / "x.sql").write_text("delete from t where n = 1;\nselec;\ndelete from t where n = 2;\n")
    asked = call()
    await said(asked, "-w", "data.db", "--continue", "-f", "x.sql")
    assert asked.status == 1
    assert asked.errors.data.decode() == 'azos: sql: x.sql, line 2: near "selec": syntax error (column 1)\n'
    assert await said(call(), "data.db", "select count(*) as n from t") == [{"n": 998}]


async def test_a_script_may_hold_its_own_transactions(call):
    script = (
        b"begin; delete from t where n = 1; commit; begin; delete from t; rollback; begin; delete from t;"
    )
    asked = call(stdin=script)
    await said(asked, "-w", "data.db")
    assert b"COMMIT is missing" in asked.errors.data
    assert await said(call(), "data.db", "select count(*) as n from t") == [{"n": 999}]


async def test_a_script_that_only_reads_needs_no_write_and_may_do_nothing_else(call):
    assert await said(call(stdin=b"select 1 as a; select 2 as b;"), "data.db") == '{"a":1}\n{"b":2}\n'
    with pytest.raises(AzosError, match=r"standard input, line 2: the query writes \(DELETE\): say --write"):
        await said(call(stdin=b"select 1 as a;\ndelete from t;"), "data.db")


async def test_a_script_ends_where_it_says_quit(call):
    assert await said(call(stdin=b"select 1 as a;\n.quit\nselec;"), "data.db") == '{"a":1}\n'
    assert await said(call(stdin=b""), "data.db") == ""


async def test_a_script_that_is_not_there_is_told(call, tmp_path):
    for file, message in {"nosuch.sql": "nosuch.sql: No such file", ".": ".: Is a directory"}.items():
        with pytest.raises(AzosError, match=message):
            await said(call(), "data.db", "-f", file)
    (tmp_path / "nul.sql").write_bytes(b"select 1;\nselect '\0';\n")
    with pytest.raises(AzosError, match=r"nul\.sql, line 2: "):
        await said(call(), "data.db", "-f", "nul.sql")
    (tmp_path / "latin.sql").write_bytes(b"select 1;\nselect 'caf\xe9';\n")
    with pytest.raises(AzosError, match=r"latin\.sql, line 2: the query or a parameter is no valid UTF-8"):
        await said(call(), "data.db", "-f", "latin.sql")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (".tables", Dot("tables")),
        (".schema 'my table';", Dot("schema", "my table")),
        (".exit", Dot("quit")),
        (".INDICES t", Dot("indexes", "t")),
        (".explain select ';'", Dot("explain", "select ';'")),
    ],
)
def test_dot_commands_are_read(text, wanted):
    assert dot_of(text) == wanted


def test_a_plan_is_a_tree():
    rows = [(2, 0, 0, "a"), (5, 2, 0, "b"), (7, 2, 0, "c"), (9, 0, 0, "d")]
    assert plan_text(rows) == "├─ a\n│  ├─ b\n│  └─ c\n└─ d\n"


class SlowSide:
    """Gives a row and then waits for ever."""

    dialect = SQLITE
    changes = 0
    in_transaction = False

    def __init__(self):
        self.closed = asyncio.Event()

    async def answer(self, text, parameters=None):
        try:
            yield Records(("a",), [(1,)])
            await asyncio.Event().wait()
        finally:
            self.closed.set()


async def test_what_a_table_holds_back_is_shown_while_the_next_row_is_slow(call):
    side = SlowSide()
    asked = call()
    asked.format = "table"
    chunks = Session(asked, side).said(Piece("select 1"))
    assert await anext(chunks) == b""
    assert (await anext(chunks)).decode().splitlines() == ["a", "─", "1"]
    await chunks.aclose()
    assert side.closed.is_set()
