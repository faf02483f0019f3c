"""The sql command, without a bus."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest
from fakes.call import FakeCall
from fakes.clock import FakeClock
from fakes.database import make_database

from azos_shell.commands.sql import sql
from azos_shell.core.errors import AzosError, BusyError, UsageError
from azos_shell.core.values import LaneName, Records
from azos_shell.plugin import Services

GIT_LOG = (
    b"Ann Lee,2024-01-02T10:00:00+01:00\nBob,2024-01-01T10:00:00+01:00\nAnn Lee,2023-12-31T10:00:00+01:00\n"
)
ENDLESS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"


@pytest.fixture
async def services():
    services = Services({}, clock=FakeClock())
    yield services
    await services.aclose()


@pytest.fixture
def ask(services, tmp_path):
    make_database(str(tmp_path / "data.db"))

    async def ask(*words, **options):
        return await FakeCall(str(tmp_path), services=services, **options).run(sql, *words)

    return ask


async def test_the_readme_session_works(ask):
    query = "select c1 as author, count(*) as commits from stdin group by 1 order by 2 desc"
    assert await ask(query, stdin=GIT_LOG) == [
        {"author": "Ann Lee", "commits": 2},
        {"author": "Bob", "commits": 1},
    ]


async def test_a_file_is_queried_by_its_path_in_the_shells_directory(ask):
    assert await ask("data.db", "select max(n) as most from t") == [{"most": 999}]


async def test_parameters_are_numbers_where_they_look_like_them(ask):
    assert await ask(
        "select typeof(:a) a, typeof(:b) b, typeof(:c) c", "-p", "a=1", "-p", "b=007", "-p", "c=1.5"
    ) == [{"a": "integer", "b": "text", "c": "real"}]
    with pytest.raises(AzosError, match="give it with -p n=VALUE"):
        await ask("data.db", "select word from t where n = :n")


async def test_a_file_and_piped_rows_are_seen_at_once(ask):
    query = "select t.word, stdin.c2 from t join stdin on t.n = stdin.c1 order by 1"
    assert await ask("data.db", query, stdin=b"7,x\n3,y\n") == [
        {"word": "word 3", "c2": "y"},
        {"word": "word 7", "c2": "x"},
    ]


async def test_standard_input_is_left_alone_unless_it_is_asked_for(services, tmp_path):
    make_database(str(tmp_path / "data.db"))
    for words in (
        ["select 1 as one"],
        ["data.db", "select count(*) from t"],
        ["select 'from stdin' as text -- stdin"],
        ["with stdin as (select 1 as c1) select * from stdin"],
    ):
        call = FakeCall(str(tmp_path), stdin=b"a\n", services=services)
        assert len(await call.run(sql, *words)) == 1
        assert not call.input.was_read


async def test_a_terminal_is_not_waited_for(ask):
    assert await ask("select 1 as one", terminal=True) == [{"one": 1}]
    with pytest.raises(UsageError, match="nothing is piped in"):
        await ask("select * from stdin", terminal=True)


async def test_empty_input_is_an_empty_table_with_any_columns(ask):
    assert await ask("select 1 as one") == [{"one": 1}]
    assert await ask("select c1, s.c2, count(*) from stdin s where name > 1 group by 1") == []
    assert await ask("select count(*) as n from stdin") == [{"n": 0}]


async def test_a_wrong_column_is_told_with_those_there_are(ask):
    with pytest.raises(AzosError, match=r"no such column: c9 \(column 8\); stdin has c1, c2, line"):
        await ask("select c9 from stdin", stdin=b"a,b\n")


async def test_options_say_the_separator_and_the_names(ask):
    assert await ask("-F:", "--header", "select b from stdin", stdin=b"a:b\n1:2\n") == [{"b": 2}]
    assert await ask("-F", "\\t", "select c2 from stdin", stdin=b"a b\tc d\n") == [{"c2": "c d"}]
    assert await ask("-F", " ", "select c2 from stdin", stdin=b"a,b   c,d\n") == [{"c2": "c,d"}]


async def test_values_keep_their_types(services, tmp_path):
    call = FakeCall(str(tmp_path), services=services)
    chunks = [chunk async for chunk in call.chunks(sql, "select null n, 1 i, 1.5 r, 'a' t, x'00ff' b")]
    assert chunks == [Records(("n", "i", "r", "t", "b"), [(None, 1, 1.5, "a", b"\x00\xff")])]


async def test_bytes_that_are_no_utf8_come_through(ask):
    assert await ask("select c1 from stdin where c2 = 1", stdin=b"\xff\xe9,1\nok,2\n") == [
        {"c1": "\udcff\udce9"}
    ]


async def test_rows_stream_and_closing_early_interrupts(services, tmp_path):
    for database in ([], ["data.db"]):
        make_database(str(tmp_path / "data.db")) if not os.path.exists(tmp_path / "data.db") else None
        chunks = FakeCall(str(tmp_path), services=services).chunks(sql, *database, ENDLESS)
        assert len(await anext(chunks)) == 100
        assert len(await anext(chunks)) == 200
        await chunks.aclose()
    assert services.sqlite.statistics()[0].lent == 0


async def test_cancelling_while_rows_are_loaded_or_asked_for_leaves_nothing_behind(services, tmp_path):
    async def endless():
        while True:
            yield b"a,1\n" * 1000
            await asyncio.sleep(0)

    for query in ("select count(*) from stdin", ENDLESS.removesuffix("n FROM c") + "count(*) FROM c"):
        call = FakeCall(str(tmp_path), services=services)
        call.input.chunks = endless
        task = asyncio.create_task(call.run(sql, query))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_writing_needs_to_be_said(ask, tmp_path):
    for words in (
        ["data.db", "delete from t"],
        ["attach 'x.db' as x"],
        ["data.db", "pragma user_version = 3"],
    ):
        with pytest.raises(AzosError, match="say --write") as caught:
            await ask(*words)
        assert caught.value.status == 1
    assert await ask("data.db", "select count(*) as n from t") == [{"n": 1000}]
    assert {name for name in os.listdir(tmp_path) if "-" not in name} == {"data.db"}


async def test_writing_changes_the_file_and_gives_rows(ask):
    assert await ask("--write", "data.db", "delete from t where n >= :n returning n", "-p", "n=998") == [
        {"n": 998},
        {"n": 999},
    ]
    assert await ask("data.db", "select count(*) as n from t") == [{"n": 998}]


async def test_piped_rows_can_be_written_into_a_new_file(ask):
    assert (
        await ask(
            "-w", "new.db", "create table t as select c1 as name, c2 as size from stdin", stdin=b"a,1\nb,2\n"
        )
        == []
    )
    assert await ask("new.db", "select name, size from t") == [
        {"name": "a", "size": 1},
        {"name": "b", "size": 2},
    ]
    script = "insert into t select c1, c2 from stdin; select count(*) as n from t"
    assert await ask("-w", "new.db", script, stdin=b"c,3\n") == [{"n": 3}]


async def test_a_script_in_memory_may_write(ask):
    assert await ask("-w", ":memory:", "create table t (a); insert into t values (1); select a from t") == [
        {"a": 1}
    ]


async def test_no_file_is_made_for_nothing(ask, tmp_path):
    for words in (
        ["missing.db", "select 1"],
        ["-w", "missing.db", "insert into t values (1)"],
        ["-w", "missing.db", "selec"],
    ):
        with pytest.raises(AzosError):
            await ask(*words)
        assert not os.path.exists(tmp_path / "missing.db")


@pytest.mark.parametrize(
    ("words", "message", "status"),
    [
        (["missing.db", "select 1"], "missing.db: no such file", 1),
        (["text.db", "select * from t"], "text.db: is not a SQLite database", 1),
        ([".", "select 1"], "is a directory", 1),
        (["data.db", "selec 1"], 'near "selec": syntax error (column 1)', 1),
        (["data.db", "select * from nosuch"], "no such table: nosuch (column 15)", 1),
        (["select 1; select 2"], "more than one statement", 1),
        (["data.db", " -- nothing "], "QUERY is empty", 2),
        (["select * from t", "data.db"], "DB comes before QUERY: sql data.db", 2),
        (["-F", "", "select 1"], "separator is empty", 2),
        (["-p", "n", "select :n"], "-p takes NAME=VALUE", 2),
    ],
)
async def test_what_is_wrong_is_told(ask, tmp_path, words, message, status):
    (tmp_path / "text.db").write_text("just text " * 100)
    with pytest.raises(AzosError) as caught:
        await ask(*words)
    assert message in caught.value.message
    assert caught.value.status == status


async def test_a_locked_database_is_busy(services, tmp_path):
    path = str(tmp_path / "data.db")
    make_database(path)
    services.sqlite._busy_seconds = 0.02
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError):
            await FakeCall(str(tmp_path), services=services).run(sql, "data.db", "select * from t")


def plan(services, tmp_path, *words):
    return FakeCall(str(tmp_path), services=services).plan(sql, *words)


async def test_the_answer_of_a_file_may_be_kept_while_it_is_the_same(services, tmp_path):
    make_database(str(tmp_path / "data.db"))
    first = plan(services, tmp_path, "data.db", "select * from t where n = :n", "-p", "n=1")
    assert first.lane is LaneName.SQLITE
    (proof,) = first.cache.validators
    assert proof.reason(0.0) is None
    assert (
        first.cache.key
        == plan(services, tmp_path, "./data.db", "select * from t where n = :n", "-p", "n=1").cache.key
    )
    keys = {
        plan(services, tmp_path, "data.db", "select * from t where n = :n", "-p", f"n={value}").cache.key
        for value in ("1", "1.0", "2")
    }
    assert len(keys) == 3
    with closing(sqlite3.connect(tmp_path / "data.db")) as other:
        other.execute("DELETE FROM t")
        other.commit()
    assert "has changed" in proof.reason(0.0)


@pytest.mark.parametrize(
    "words",
    [
        ["data.db", "select random()"],
        ["data.db", "select datetime('now')"],
        ["data.db", "select * from stdin"],
        ["data.db", "select count(*) from t, stdin"],
        ["data.db", "selec"],
        ["data.db", "delete from t"],
        ["-w", "data.db", "select * from t"],
        ["missing.db", "select 1"],
        [":memory:", "select 1"],
        ["select * from stdin"],
    ],
)
async def test_other_answers_are_not_kept(services, tmp_path, words):
    make_database(str(tmp_path / "data.db"))
    assert plan(services, tmp_path, *words).cache is None
    assert not os.path.exists(tmp_path / "missing.db")
