"""sql by DuckDB: Parquet, CSV, its own files, what is piped in; what it may not do; how it is ended."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock

from azos_shell.commands.sql import sql
from azos_shell.commands.sql_duckdb import LARGEST_CHUNK_ROWS
from azos_shell.core.errors import AzosError, BusyError
from azos_shell.core.values import Records
from azos_shell.plugin import Services

duckdb = pytest.importorskip("duckdb", reason="the extra duckdb is not installed")

SLOW = "select count(*) as n from range(10000000000) a(i) where i % 7 = 3"


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def call(services, tmp_path):
    return lambda **options: FakeCall(str(tmp_path), services=services, **options)


@pytest.fixture
def ask(call):
    async def ask(*words, **options):
        return await call(**options).run(sql, *words)

    return ask


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "n.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select range as i, 'n' || range as s from range(5000)) to '{path}'")
    return path.name


async def test_parquet_chooses_duckdb(ask, parquet):
    assert await ask(f"select count(*) as n, max(i) as m from '{parquet}'") == [{"n": 5000, "m": 4999}]
    assert await ask(f"select s from '{parquet}' where i = :which", "-p", "which=7", "-p", "other=1") == [
        {"s": "n7"}
    ]


async def test_values_are_those_of_records(call):
    query = (
        "select null as nothing, true as b, 1.5 as d, 12345678901234567.25 as e, date '2024-01-02' as day,"
        " timestamp '2024-01-02 03:04:05' as t, time '01:02:03' as u, interval 3 day as i, [1, 2] as l,"
        " {'a': 1, 'b': [date '2024-01-01']} as s, map {'k': 1.25} as m, 170141183460469231731687303715884105727 as h,"
        " 'x'::blob as x, uuid '00000000-0000-0000-0000-000000000001' as id"
    )
    (batch,) = [chunk async for chunk in call().chunks(sql, "--engine", "duckdb", query)]
    assert isinstance(batch, Records)
    assert batch.rows == [
        (
            None,
            True,
            1.5,
            "12345678901234567.25",
            "2024-01-02",
            "2024-01-02 03:04:05",
            "01:02:03",
            "3 days, 0:00:00",
            [1, 2],
            {"a": 1, "b": ["2024-01-01"]},
            {"k": 1.25},
            170141183460469231731687303715884105727,
            b"x",
            "00000000-0000-0000-0000-000000000001",
        )
    ]


@pytest.mark.parametrize(
    ("stdin", "options", "query", "wanted"),
    [
        (b"a,1\nb,2\n", [], "select c1, c2 from stdin", [{"c1": "a", "c2": 1}, {"c1": "b", "c2": 2}]),
        (b"name;n\nx;2\n", ["--header", "-F", ";"], "select n from stdin where name = 'x'", [{"n": 2}]),
        (b'{"a":1}\n{"a":2}\n', [], "select sum(a) as s from stdin", [{"s": 3}]),
        (b'[{"a":[1,2]}]', [], "select a[2] as s from stdin", [{"s": 2}]),
    ],
)
async def test_piped_rows_are_a_table(ask, stdin, options, query, wanted):
    assert await ask("--engine", "duckdb", *options, query, stdin=stdin) == wanted


async def test_a_database_of_its_own_is_read_written_and_described(ask, call):
    script = (
        "create table t (a integer, b text); insert into t values (1, 'x'), (2, 'y'); create index i on t (a)"
    )
    assert await ask("-w", "d.duckdb", script) == []
    assert await ask("d.duckdb", "select sum(a) as s from t") == [{"s": 3}]
    assert await ask("d.duckdb", ".tables") == [{"name": "t", "type": "table"}]
    assert (await ask("d.duckdb", ".indexes t"))[0]["columns"] == "[a]"
    chunks = [chunk async for chunk in call().chunks(sql, "d.duckdb", ".schema t")]
    assert b"CREATE TABLE t(a INTEGER, b VARCHAR);" in b"".join(chunks)
    chunks = [chunk async for chunk in call().chunks(sql, "d.duckdb", ".explain select * from t")]
    assert b"Scan" in b"".join(chunks)


async def test_a_script_holds_as_a_whole_or_not_at_all(ask):
    await ask("-w", "d.duckdb", "create table t as select 1 as a")
    with pytest.raises(AzosError, match="no such table: nosuch"):
        await ask("-w", "d.duckdb", "delete from t; insert into nosuch values (1)")
    assert await ask("d.duckdb", "select count(*) as n from t") == [{"n": 1}]


@pytest.mark.parametrize(
    "statement",
    [
        "copy (select 1) to 'evil.csv'",
        "explain analyze copy (select 1) to 'evil.csv'",
        "explain (analyze) copy (select 1) to 'evil.csv'",
        "create table t (a int)",
        "attach 'evil.db'",
        "export database 'evil'",
        "install httpfs",
        "set threads = 1",
        "pragma enable_profiling",
        "call checkpoint()",
    ],
)
async def test_what_does_more_than_read_needs_write(ask, tmp_path, statement):
    with pytest.raises(AzosError, match="say --write to let it"):
        await ask("--engine", "duckdb", statement)
    assert [name for name in os.listdir(tmp_path) if "evil" in name] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["selec 1"], 'syntax error at or near "selec" (column 1)'),
        (["select\n1 +\n/"], "(line 3, column 1)"),
        (["select * from nosuch"], "no such table: nosuch (column 15)"),
        (["select * from 'parket.csv'"], "no such file: parket.csv (did you mean pocket.csv?)"),
        (["select :a + 1"], "the query has a parameter :a: give it with -p a=VALUE"),
        (["select $a + 1"], "the query has a parameter :a: give it with -p a=VALUE"),
        (["select 1; select 2"], "more than one statement"),
        (["pocket.csv", "select 1"], "pocket.csv: is not a DuckDB database"),
        (["missing.duckdb", "select 1"], "missing.duckdb: no such file"),
        ([".", "select 1"], "is a directory"),
    ],
)
async def test_what_is_wrong_is_told_in_one_line(ask, tmp_path, words, message):
    (tmp_path / "pocket.csv").write_text("a\n1\n")
    with pytest.raises(AzosError) as caught:
        await ask("--engine", "duckdb", *words)
    assert message in caught.value.message
    assert "\n" not in caught.value.message


async def test_a_database_that_another_process_writes_is_busy(ask, tmp_path):
    path = tmp_path / "d.duckdb"
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(BusyError, match=rf"locked.*PID {holder.pid}"):
        await ask("d.duckdb", "select 1")
    holder.stdin.close()
    await holder.wait()


async def test_a_large_answer_streams_and_closing_early_gives_the_thread_back(call, services):
    chunks = call().chunks(sql, "--engine", "duckdb", "select * from range(1000000000000)")
    sizes = [len(await anext(chunks)) for _ in range(7)]
    assert sizes == [100, 200, 400, 800, 1600, LARGEST_CHUNK_ROWS, LARGEST_CHUNK_ROWS]
    await chunks.aclose()
    assert services.executor.statistics().running == 0
    assert services.executor.statistics().abandoned == 0


async def test_cancelling_interrupts_the_query_and_leaves_nothing_behind(call, services):
    for _ in range(5):
        task = asyncio.create_task(call().run(sql, "--engine", "duckdb", SLOW))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert services.executor.statistics().running == 0


class Person:
    """Types lines to the prompt."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.prompts = []

    def open(self, call, dialogue):
        self.dialogue = dialogue
        return self

    async def read(self):
        self.prompts.append(self.dialogue.prompt)
        return self.lines.pop(0) if self.lines else None

    async def interruptible(self, work):
        await work
        return True

    def close(self):
        pass


async def test_its_prompt_shows_transactions_and_survives_one_that_an_error_has_ended(services, tmp_path):
    call = FakeCall(str(tmp_path), services=services, terminal=True)
    person = Person(
        "create table t (a integer);",
        "begin; insert into t values (1), (2);",
        "select nosuch from t;",
        "select 1;",
        "rollback;",
        "insert into t values (3) returning a;",
        ".tables",
    )
    services.open_dialogue = person.open
    await call.run(sql, "-w", "d.duckdb")
    assert person.prompts == ["sql> ", "sql> ", "sql*> ", "sql*> ", "sql*> ", "sql> ", "sql> ", "sql> "]
    assert call.output.data == b'{"a":3}\n{"name":"t","type":"table"}\n'
    told = call.errors.data.decode()
    assert "2 rows changed" in told
    assert "nosuch" in told
    assert "ROLLBACK" in told


async def test_what_was_piped_leaves_no_file(call, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    asked = call(stdin=b"a,1\n" * 10)
    async with aclosing(asked.chunks(sql, "--engine", "duckdb", "select * from stdin")) as chunks:
        await anext(chunks)
        assert [name for name in os.listdir(tmp_path) if name.startswith("azos-stdin-")]
    assert os.listdir(tmp_path) == []


async def test_without_the_library_the_message_says_how_to_get_it(ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(AzosError, match=r"duckdb is not installed: pip install 'azos-shell\[duckdb\]'"):
        await ask("--engine", "duckdb", "select 1")


async def test_nothing_of_it_is_cached(call, parquet):
    assert call().plan(sql, f"select * from '{parquet}'").cache is None
